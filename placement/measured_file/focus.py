"""FOCUS: a provider's Cost and Usage file, CSV of 1.0 and newer. `EffectiveCost` is what counts.

A row belongs to the workload that its tag `placement.dev/workload` names, else to that of its resource's name.
"""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal

from placement.domain.errors import BadInput
from placement.domain.money import MicroUsd, amount_from_usd
from placement.reports.measured import MOST_USD, Measured

_NEEDED = ("EffectiveCost", "BillingCurrency", "ChargePeriodStart", "ChargePeriodEnd", "ServiceCategory")
_TERMS = {"Compute": "compute", "Storage": "storage", "Networking": "egress"}
_WORKLOAD, _FLEET = "placement.dev/workload", "placement.dev/fleet"


def is_one(text: str) -> bool:
    """Whether it could be meant as one."""
    return "EffectiveCost" in text.partition("\n")[0]


def read(text: str, path: str) -> tuple[Measured, ...]:
    """One a row of compute, storage or networking; raises BadInput."""
    lines = csv.DictReader(io.StringIO(text, newline=""))
    missing = [name for name in _NEEDED if name not in (lines.fieldnames or ())]
    if missing:
        raise BadInput(f"{path}: no column {', '.join(missing)}; is it a FOCUS Cost and Usage file?")
    found = []
    for line in _whole(lines, path):
        where = f"{path}, line {lines.line_num}"
        if line.get("x_IsEstimate") == "true":
            raise BadInput(f"{where} is an estimate of placement's own: nothing was measured; give the provider's file")
        if line["BillingCurrency"] != "USD":
            raise BadInput(f"{where}: BillingCurrency is {line['BillingCurrency']!r}; only USD can be set beside USD")
        term = _TERMS.get(line["ServiceCategory"])
        if term is not None and line.get("ChargeCategory") != "Tax":
            found.append(_measured(line, term, where))
    return tuple(found)


def _whole(lines: "csv.DictReader[str]", path: str) -> Iterator[dict[str, str]]:
    """Each line, with a field for each column; raises BadInput."""
    columns = len(lines.fieldnames or ())
    try:
        for line in lines:
            if None in line or None in line.values():
                raise BadInput(f"{path}, line {lines.line_num}: its fields are not as many as the {columns} columns")
            yield line
    except csv.Error as failure:
        raise BadInput(f"{path}, line {lines.line_num + 1}: {failure}") from None


def _measured(line: Mapping[str, str], term: str, where: str) -> Measured:
    tags = _tags(line.get("Tags"), where)
    names = (tags.get(_WORKLOAD), line.get("ResourceName"), line.get("ResourceId"), line.get("SkuId"))
    since, until = (_time(line[column], column, where) for column in ("ChargePeriodStart", "ChargePeriodEnd"))
    if until < since:
        raise BadInput(f"{where}: ChargePeriodEnd is before ChargePeriodStart")
    known = tuple(name for name in names if name) or ("(no name)",)
    return Measured(known, tags.get(_FLEET), since, until, term, _amount(line["EffectiveCost"], where), "FOCUS")


def _amount(text: str, where: str) -> MicroUsd:
    try:
        usd = Decimal(text)
        if abs(usd) < MOST_USD:
            return amount_from_usd(usd)
    except ArithmeticError:
        pass
    raise BadInput(f"{where}: EffectiveCost must be a number of USD, not {text[:40]!r}")


def _tags(text: str | None, where: str) -> Mapping[str, str]:
    try:
        tags = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        tags = None
    if not isinstance(tags, dict):
        raise BadInput(f"{where}: Tags must be a JSON object, not {(text or '')[:40]!r}")
    return {str(name): str(value) for name, value in tags.items()}


def _time(text: str, column: str, where: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(f"{where}: {column} must be a time such as 2026-10-01T00:00:00Z, not {text[:40]!r}") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
