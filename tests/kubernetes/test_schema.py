"""docs/annotations.schema.json accepts what the code accepts and refuses what it refuses, key by key."""

import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from placement.kubernetes.demand import ANNOTATIONS, demand_of
from placement.kubernetes.own_words import CLASSIFICATION, OF_NAMESPACES
from placement.kubernetes.pods import OF_PODS
from placement.kubernetes.shape import BadPod
from placement.kubernetes.volumes import AT, GB_PER_MONTH
from tests.kubernetes.judging import shape

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "annotations.schema.json").read_text(encoding="utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)
DATASET = {"name": "orders", "size_gb": 8, "at": ["aws:eu-central-1"], "classification": ["pii"], "copies": 1}
FULL: dict[str, Any] = {
    "capacity-types": ["spot", "on_demand"],
    "places": {"allow": ["EU", "aws"], "deny": ["aws:*"]},
    "instance-types": ["m*", "c*"],
    "failover": ["aws:eu-west-1"],
    "service": {"restart_minutes": 4, "interruption_usd": 2},
    "job": {
        "hours": 8, "runs_per_month": 20, "checkpoint_write_minutes": 3, "restart_minutes": 1, "reload_gb": 5,
        "deadline_hours": 24,
    },
    "hours-per-month": 200,
    "state-gb": 40,
    "datasets": [DATASET | {"places": {"allow": ["EU"]}, "backups": ["aws:eu-west-1"], "movable": False}],
    "flows": [
        {
            "from": "aws:eu-west-1", "gb_per_month": 9, "max_rtt_ms": 30,
            "declassify": {"method": "k", "evidence": "D", "classes": ["pii"]},
        }
    ],
}  # fmt: skip
"""Every key once."""
UNBRACKETED = ("capacity-types", "places", "instance-types", "failover")
"""Lists of words that may be written without brackets."""


def test_the_schema_has_all_annotations_and_no_others() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    named = {name.removeprefix("placement.dev/") for name in SCHEMA["properties"]}
    assert named == {*OF_PODS, *OF_NAMESPACES, CLASSIFICATION, AT, GB_PER_MONTH}
    assert {*FULL} == {*ANNOTATIONS}


def changes(value: Any) -> Iterator[Any]:
    """The value, and others that differ in one place: another type or size, a key more, a key less."""
    yield value
    yield from (None, True, -1, 10**10, "shop/other", "", [], {}, [[]], {"allow": []}, [value, value])
    if isinstance(value, dict):
        yield {**value, "unknown": 1}
        for key in value:
            yield {name: each for name, each in value.items() if name != key}
            yield from ({**value, key: changed} for changed in changes(value[key]))
    if isinstance(value, list):
        for index in range(len(value)):
            for changed in changes(value[index]):
                copy = deepcopy(value)
                copy[index] = changed
                yield copy


def code_accepts(name: str, text: str) -> bool:
    try:
        demand_of(replace(shape(), annotations=((name, text),)))
    except BadPod:
        return False
    return True


@pytest.mark.parametrize("name", sorted(FULL))
def test_the_schema_and_the_code_agree(name: str) -> None:
    seen: set[str] = set()
    verdicts = set()
    differing = []
    for value in changes(FULL[name]):
        if name in UNBRACKETED and not isinstance(value, str | list | dict):
            # Without brackets it is a word.
            value = json.dumps(value)
        text = value if name in UNBRACKETED and isinstance(value, str) else json.dumps(value)
        if text in seen:
            continue
        seen.add(text)
        by_schema = VALIDATOR.is_valid({f"placement.dev/{name}": value})
        verdicts.add(by_schema)
        if by_schema != code_accepts(name, text):
            differing.append((by_schema, text))
    assert differing == []
    assert verdicts == {True, False}
