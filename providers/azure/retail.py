"""A row of the Retail Prices API is an hourly price of a Linux machine, or out of scope, or refused."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from placement.domain.money import NanoUsd, rate_from_usd
from placement.domain.offering import CapacityType
from placement.domain.provider import Refusal

Row = Mapping[str, Any]
"""As the API gives it."""
VIRTUAL_MACHINES = "Virtual Machines"

_WINDOWS = re.compile(r"\bWin(dows)?\b", re.IGNORECASE)
_CLOUD_SERVICES = re.compile(r"Cloud ?Services", re.IGNORECASE)
_DEDICATED = re.compile(r"\bDedicated\b", re.IGNORECASE)
_HOST_SIZE = re.compile(r"(\b|_|-|ADH)Type ?\d", re.IGNORECASE)
"""Whole hosts: `Dsv3_Type1`, `DCasv5 Type 1`."""


@dataclass(frozen=True, slots=True)
class Quote:
    """What a size costs from `starts` to `ends`, both inclusive."""

    size: str
    capacity_type: CapacityType
    usd_per_hour: NanoUsd
    starts: datetime
    ends: datetime | None
    """None: it has no end yet."""


class Unusable(Exception):
    """A row in scope that cannot be believed."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def read_quote(row: Row, now: datetime) -> Quote | Refusal | None:
    """The quote; why there is none; or None for a row that is out of scope or not in force yet."""
    if not _in_scope(row):
        return None
    size = _text(row, "armSkuName")
    subject = " ".join(filter(None, (_text(row, "armRegionName"), size or _text(row, "skuName"))))
    try:
        starts, ends = interval_of(row)
        if starts > now:
            return None
        capacity_type = _capacity_type(row)
        subject = f"{subject} {capacity_type}"
        if not size:
            raise Unusable("it names no size")
        if row.get("tierMinimumUnits"):
            raise Unusable("a price an hour that depends on the volume")
        return Quote(size, capacity_type, positive_price_of(row), starts, ends)
    except Unusable as unusable:
        return Refusal(unusable.reason, subject)


def price_of(row: Row) -> NanoUsd:
    """USD a unit, 0 or more; raises Unusable."""
    if row.get("currencyCode") != "USD":
        raise Unusable("a price in another currency than USD")
    usd = row.get("retailPrice")
    if isinstance(usd, bool) or not isinstance(usd, int | float) or not math.isfinite(usd):
        raise Unusable("no price")
    if usd < 0:
        raise Unusable("price below 0")
    return rate_from_usd(usd)


def positive_price_of(row: Row) -> NanoUsd:
    """USD a unit, above 0: what Azure does not sell yet it lists at 0; raises Unusable."""
    rate = price_of(row)
    if rate == 0:
        raise Unusable("price of 0")
    return rate


def interval_of(row: Row) -> tuple[datetime, datetime | None]:
    """From when to when the row is in force; raises Unusable."""
    end = row.get("effectiveEndDate")
    return moment(row.get("effectiveStartDate")), moment(end) if end else None


def moment(text: Any) -> datetime:
    """A time as Azure writes it, UTC unless it says otherwise; raises Unusable."""
    try:
        at = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise Unusable("no time from which it holds") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _in_scope(row: Row) -> bool:
    product, names = _text(row, "productName"), (_text(row, "skuName"), _text(row, "meterName"))
    return (
        row.get("serviceName") == VIRTUAL_MACHINES
        and row.get("type") == "Consumption"
        and row.get("unitOfMeasure") == "1 Hour"
        and not _WINDOWS.search(product)
        and not _CLOUD_SERVICES.search(product)
        and not _DEDICATED.search(product)
        and not _HOST_SIZE.search(_text(row, "armSkuName"))
        and not any(name.endswith(" Low Priority") for name in names)
    )


def _capacity_type(row: Row) -> CapacityType:
    """Spot where the SKU and its meter both say so; where one does, it is not known which price this is."""
    says = {_text(row, key).endswith(" Spot") for key in ("skuName", "meterName") if _text(row, key)}
    if len(says) > 1:
        raise Unusable("its SKU and its meter disagree whether it is spot")
    return CapacityType.SPOT if says == {True} else CapacityType.ON_DEMAND


def _text(row: Row, key: str) -> str:
    value = row.get(key)
    return value.strip() if isinstance(value, str) else ""
