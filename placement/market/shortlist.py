"""Screens say which offerings a workload may use; the shortlist finds the cheapest of those, exactly.

A screen says its rule twice: as a mask over the whole catalog, and as words about one offering. Tests hold both equal.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Literal, Protocol, get_args

import numpy as np
from numpy.typing import NDArray

from placement.domain.fleet import Workload
from placement.domain.offering import CAPACITY_TYPES, CapacityType, Offering
from placement.market.catalog import Catalog

Axis = Literal["region", "instance_type", "capacity_type", "offering"]
AXES: tuple[Axis, ...] = get_args(Axis)
_CHUNK = 2048


class Screen(Protocol):
    """A rule about one workload and one offering."""

    name: str
    axis: Axis
    """What the mask ranges over: regions (R,), instance types (T,), CAPACITY_TYPES (3,) or offerings (O,)."""

    def admits(self, workload: Workload, catalog: Catalog, as_of: date) -> NDArray[np.bool_] | None:
        """The mask of what may be used, or None where the rule asks for nothing."""

    def rejects(self, workload: Workload, offering: Offering, as_of: date) -> str | None:
        """The reason why this offering may not be used, or None."""

    def asks(self, workload: Workload) -> str:
        """What the rule asks of this workload's offerings, in words."""


class Screened:
    """The masks of all screens for one workload, by screen."""

    def __init__(
        self,
        workload: Workload,
        catalog: Catalog,
        screens: Sequence[Screen],
        as_of: date,
        regions: NDArray[np.bool_] | None = None,
    ) -> None:
        """`regions` are those that may be used, shape (R,); all, if left out."""
        self.workload, self.catalog, self.regions = workload, catalog, regions
        self.masks = [
            (screen, mask) for screen in screens if (mask := screen.admits(workload, catalog, as_of)) is not None
        ]

    def _joined(self, axis: Axis) -> NDArray[np.bool_] | None:
        joined = self.regions if axis == "region" else None
        for screen, mask in self.masks:
            if screen.axis == axis:
                joined = mask if joined is None else joined & mask
        return joined

    def rows(self, capacity_type: CapacityType, *, cheapest_first: bool = False) -> Iterator[NDArray[np.intp]]:
        """Catalog rows that pass every screen, in chunks; all in one, or ascending by price."""
        by_region, by_type = self._joined("region"), self._joined("instance_type")
        by_row, columns = self._joined("offering"), self.catalog.offerings
        by_kind = self._joined("capacity_type")
        if by_kind is not None and not by_kind[CAPACITY_TYPES.index(capacity_type)]:
            return
        every = self.catalog.rows_by_price(capacity_type)
        step = _CHUNK if cheapest_first else max(1, len(every))
        for start in range(0, len(every), step):
            rows = every[start : start + step]
            if by_type is not None:
                rows = rows[by_type[columns.instance_type[rows]]]
            if by_region is not None:
                rows = rows[by_region[columns.region[rows]]]
            yield rows if by_row is None else rows[by_row[rows]]

    def admissible(self) -> NDArray[np.bool_]:
        """Shape (O,): passes every screen, whatever the capacity type."""
        by_axis = {axis: self._joined(axis) for axis in AXES}
        spread = [self._over_offerings(axis, mask) for axis, mask in by_axis.items() if mask is not None]
        return np.logical_and.reduce(spread) if spread else np.ones(len(self.catalog.offerings), np.bool_)

    def over_offerings(self, screen: Screen, mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """A screen's mask, spread from its own axis to shape (O,)."""
        return self._over_offerings(screen.axis, mask)

    def _over_offerings(self, axis: Axis, mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
        columns = self.catalog.offerings
        if axis == "region":
            return mask[columns.region]
        if axis == "capacity_type":
            return mask[columns.capacity_type]
        return mask[columns.instance_type] if axis == "instance_type" else mask


def cheapest(screened: Screened, capacity_types: Sequence[CapacityType], top: int) -> NDArray[np.intp]:
    """The `top` cheapest rows by price among the capacity types, ascending; ties by catalog order."""
    price = screened.catalog.offerings.nano_usd_per_hour
    found: list[NDArray[np.intp]] = []
    for capacity_type in capacity_types:
        count = 0
        for rows in screened.rows(capacity_type, cheapest_first=True):
            found.append(rows)
            count += len(rows)
            if count >= top:
                break
    rows = np.concatenate(found) if found else np.empty(0, np.intp)
    return rows[np.lexsort((rows, price[rows]))][:top]
