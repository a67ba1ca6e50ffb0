"""Which tariff row prices the traffic between two places: the most specific one.

Same provider and partition: region to region, then ever wider names down to `*` to `*`. Otherwise the data crosses the
internet: to `internet:CC` of the target's country where the provider lists it, else to `internet`, from the region, its
continent or `*`. Where no row is found, the pair has no price and may not be used.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from placement.domain.region import Region
from placement.domain.tariff import EgressTariff

NO_TARIFF = -1
"""No row prices this pair."""
FREE = -2
"""Traffic that never leaves its region."""


@dataclass(frozen=True, eq=False)
class EgressMap:
    """Indices into `tariffs`, or NO_TARIFF, or FREE; R regions of a catalog, in its order."""

    tariffs: tuple[EgressTariff, ...]
    between: NDArray[np.int32]
    """Shape (R, R): from row to column."""
    to_internet: NDArray[np.int32]
    """Shape (R,): to people."""
    cross_zone: NDArray[np.int32]
    """Shape (R,): between two zones of the region."""

    @classmethod
    def of(cls, regions: Sequence[Region], tariffs: tuple[EgressTariff, ...]) -> "EgressMap":
        """Look up every pair of the regions."""
        rows = {(t.provider, t.src, t.dst): index for index, t in enumerate(tariffs)}
        between = np.full((len(regions), len(regions)), NO_TARIFF, np.int32)
        for i, src in enumerate(regions):
            for j, dst in enumerate(regions):
                between[i, j] = FREE if i == j else _between(rows, src, dst)
        return cls(
            tariffs=tariffs,
            between=between,
            to_internet=np.array([_to_internet(rows, region, None) for region in regions], np.int32),
            cross_zone=np.array([_first(rows, region, (), "same-region-cross-zone") for region in regions], np.int32),
        )


_Rows = dict[tuple[str, str, str], int]


def _between(rows: _Rows, src: Region, dst: Region) -> int:
    if src.provider != dst.provider or src.partition != dst.partition:
        return _to_internet(rows, src, dst.country)
    here, there = src.continent or "?", dst.continent or "?"
    domestic = (
        (src.name, dst.name),
        (src.name, there),
        (here, there),
        (src.name, "other-region"),
        (here, "*"),
        ("*", there),
        ("*", "other-region"),
        ("*", "*"),
    )
    return next((rows[key] for a, b in domestic if (key := (src.provider, a, b)) in rows), NO_TARIFF)


def _to_internet(rows: _Rows, src: Region, country: str | None) -> int:
    return _first(rows, src, (f"internet:{country}",) if country else (), "internet")


def _first(rows: _Rows, src: Region, preferred: tuple[str, ...], otherwise: str) -> int:
    for dst in (*preferred, otherwise):
        for origin in (src.name, src.continent or "?", "*"):
            if (found := rows.get((src.provider, origin, dst))) is not None:
                return found
    return NO_TARIFF
