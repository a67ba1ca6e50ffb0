"""OpenCost: an answer of `GET /allocation/compute`, by controller and namespace.

Field names are those of OpenCost's allocation (core/pkg/opencost/allocation.go, October 2024). Network costs of 0 mean
that its network daemon does not run, which measures nothing.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from placement.domain.errors import BadInput
from placement.domain.money import amount_from_usd
from placement.reports.measured import MOST_USD, Measured

_FIELDS: Mapping[str, tuple[str, ...]] = {
    "compute": tuple(f"{of}Cost{more}" for of in ("cpu", "gpu", "ram") for more in ("", "Adjustment")),
    "storage": ("pvCost", "pvCostAdjustment"),
    "egress": ("networkCost", "networkCostAdjustment"),
}
_FLEET = ("placement.dev/fleet", "placement_dev_fleet")
_NO_WORKLOAD = ("__idle__", "__unallocated__", "__unmounted__", "__load_balancer__")
"""What OpenCost allocates to nobody."""


def is_one(text: str) -> bool:
    """Whether it could be meant as one."""
    return text.lstrip()[:1] in ("{", "[")


def read(text: str, path: str) -> tuple[Measured, ...]:
    """One for each term of each allocation; raises BadInput."""
    try:
        document = json.loads(text, parse_int=float)
    except json.JSONDecodeError as failure:
        raise BadInput(f"{path}, line {failure.lineno}, column {failure.colno}: {failure.msg}") from None
    except RecursionError:
        raise BadInput(f"{path} is nested too deeply to be an answer of OpenCost") from None
    sets = document.get("data") if isinstance(document, dict) else document
    if not isinstance(sets, list) or not all(each is None or isinstance(each, dict) for each in sets):
        raise BadInput(f"{path}: data must be a list of allocations by name, as OpenCost answers")
    found: list[Measured] = []
    for number, allocations in enumerate(sets):
        for name, allocation in (allocations or {}).items():
            found += _measured(allocation, name, f"{path}: data[{number}].{name}")
    return tuple(found)


def _measured(allocation: Any, name: str, where: str) -> Iterator[Measured]:
    if not isinstance(allocation, dict):
        raise BadInput(f"{where} must be an allocation")
    properties = _table(allocation, "properties", where)
    namespace, controller = (_text(properties, key, f"{where}.properties") for key in ("namespace", "controller"))
    if name.startswith(_NO_WORKLOAD):
        names: tuple[str, ...] = (name,)
    elif controller:
        names = ((f"{namespace}/{controller}",) if namespace else ()) + (controller,)
    else:
        raise BadInput(f"{where} names no controller; ask OpenCost for aggregate=namespace,controller")
    labels = _table(properties, "labels", f"{where}.properties")
    fleets = (_text(labels, label, f"{where}.properties.labels") for label in _FLEET)
    fleet = next((each for each in fleets if each is not None), None)
    since, until = (_time(allocation, field, where) for field in ("start", "end"))
    if until < since:
        raise BadInput(f"{where}: end is before start")
    for term, fields in _FIELDS.items():
        usd = sum(_number(allocation, field, where) for field in fields)
        if usd or term == "compute":
            yield Measured(names, fleet, since, until, term, amount_from_usd(f"{usd:.9f}"), "OpenCost")


def _table(within: Mapping[str, Any], field: str, where: str) -> Mapping[str, Any]:
    value = within.get(field) or {}
    if not isinstance(value, dict):
        raise BadInput(f"{where}.{field} must be an object, not {f'{value!r}'[:40]}")
    return value


def _text(within: Mapping[str, Any], field: str, where: str) -> str | None:
    value = within.get(field)
    if value is not None and not isinstance(value, str):
        raise BadInput(f"{where}.{field} must be text, not {f'{value!r}'[:40]}")
    return value


def _number(allocation: Mapping[str, Any], field: str, where: str) -> float:
    value = allocation.get(field, 0)
    if not isinstance(value, int | float) or isinstance(value, bool) or not abs(value) < MOST_USD:
        raise BadInput(f"{where}.{field} must be a number of USD, not {f'{value!r}'[:40]}")
    return float(value)


def _time(allocation: Mapping[str, Any], field: str, where: str) -> datetime:
    value = allocation.get(field)
    try:
        at = datetime.fromisoformat(f"{value}")
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise BadInput(f"{where}.{field} must be a time such as 2026-10-01T00:00:00Z, not {value!r}")
    return at
