import json
from itertools import pairwise

import pytest

from placement.fleet_file import parse_fleet, to_document
from tests.fleet_file.shop import ONE, SHOP, flaws_of, read

SHOP_JSON = json.dumps(to_document(read(SHOP).fleet))


def web(**overrides: object) -> str:
    workload = {"name": "web", "resources": {"vcpus": 2, "memory_gib": 8}} | overrides
    return json.dumps({"fleet": "f", "workloads": [workload]})


def test_json_means_what_the_same_yaml_means() -> None:
    assert parse_fleet(web(), "fleet.json").fleet == read(ONE).fleet
    assert parse_fleet(SHOP_JSON, "body").fleet == read(SHOP).fleet


@pytest.mark.parametrize("indent", ["\t", "  ", None])
def test_json_may_be_indented_with_tabs(indent: str | None) -> None:
    text = json.dumps(json.loads(SHOP_JSON), indent=indent)
    assert parse_fleet(f"\n\t{text}\r\n", "fleet.json").fleet == read(SHOP).fleet


def test_a_flow_mapping_of_yaml_is_no_json_and_is_read() -> None:
    text = "{fleet: f, workloads: [{name: web, resources: {vcpus: 2, memory_gib: 8},}]}"
    assert parse_fleet(text, "body").fleet == read(ONE).fleet


def test_a_name_beyond_the_first_plane_survives_the_escapes_of_json() -> None:
    assert "\\ud83d\\ude80" in web(name="\N{ROCKET}")
    assert parse_fleet(web(name="\N{ROCKET}"), "body").fleet.workloads[0].name == "\N{ROCKET}"


def test_half_a_surrogate_pair_is_no_text() -> None:
    (flaw,) = flaws_of(web(name="\ud83d"), "body")
    assert (flaw.key, flaw.reason) == (
        "workloads[0].name",
        "must be one line of text without control characters",
    )


def test_a_long_text_on_one_line_is_read() -> None:
    labels = {f"key-{n}": "v" * 400 for n in range(5000)}
    assert len(parse_fleet(web(labels=labels), "body").fleet.workloads[0].labels) == 5000


@pytest.mark.parametrize(
    ("text", "line", "column", "key", "reason"),
    [
        ('{\n  "fleet": "f",\n  "flet": 1\n}', 3, 3, "flet", "did you mean 'fleet'?"),
        ('{"fleet": "f",\n "fleet": "g"}', 2, 2, "fleet", "this key stands here twice, first in line 1"),
        (web(replicas=None), 1, 102, "workloads[0].replicas", "but is empty"),
        (web(replicas=float("nan")), 1, 102, "workloads[0].replicas", "but is nan"),
        (web(replicas=10**4000), 1, 102, "workloads[0].replicas", "but is inf"),
        (web(replicas=True), 1, 102, "workloads[0].replicas", "but is true"),
    ],
)
def test_a_mistake_in_json_is_told_with_its_place(text: str, line: int, column: int, key: str, reason: str) -> None:
    found = [flaw for flaw in flaws_of(text, "body") if flaw.key == key and reason in flaw.reason]
    assert [(flaw.line, flaw.column) for flaw in found] == [(line, column)]


@pytest.mark.parametrize(
    ("text", "place", "reason"),
    [
        ('{"fleet": "f",}', "1:15", "a key in double quotes is expected here"),
        ('{"fleet" "f"}', "1:10", "a colon is expected here"),
        ('{"fleet":\n "f" "g"}', "2:6", "a comma or } is expected here"),
        ('{"fleet": ["f" 1]}', "1:16", "a comma or ] is expected here"),
        ('{"fleet": f}', "1:11", "Expecting value"),
        ('{"fleet": "f\n"}', "1:13", "Invalid control character at"),
        ('{"fleet": "f"} x', "1:16", "there is more text after the end of the document"),
        ('{"fleet": "f', "1:11", "Unterminated string starting at"),
        ("", "1:1", "Expecting value"),
    ],
)
def test_a_file_that_is_named_json_must_be_json(text: str, place: str, reason: str) -> None:
    (flaw,) = flaws_of(text, "fleet.json")
    assert str(flaw) == f"fleet.json:{place}: this is not JSON: {reason}"


def test_every_flaw_of_a_long_document_has_a_place_further_on() -> None:
    workloads = [{"name": f"w{n}", "colour": n} for n in range(300)]
    flaws = flaws_of(json.dumps({"fleet": "f", "workloads": workloads}, indent=1), "body")
    places = [(flaw.line or 0, flaw.column or 0) for flaw in flaws]
    assert len(flaws) == 600
    assert all(before < after for before, after in pairwise(places))
