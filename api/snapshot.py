"""A snapshot is one catalog, ready to be asked, with its offerings judged by age; a new one takes its place as a whole.

Letters of the array shapes: O offerings.
"""

from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from placement.domain.offering import CAPACITY_TYPES
from placement.market.catalog import Catalog
from placement.market.freshness import judged
from placement.residency.places import parse_place


@dataclass(frozen=True, eq=False)
class Snapshot:
    """What requests are answered from."""

    catalog: Catalog
    """As it was read, nothing judged: for requests that admit stale prices."""
    fresh: Catalog
    """The same, its offerings marked as stale where they were at `judged_at`."""
    judged_at: datetime

    @classmethod
    def of(cls, catalog: Catalog, now: datetime) -> "Snapshot":
        """The catalog, judged now, with everything computed that is needed again and again."""
        fresh = judged(catalog, now)
        for each in (catalog, fresh):
            _prepare(each)
        return cls(catalog, fresh, now)

    def judged_again(self, now: datetime) -> "Snapshot":
        """The same catalog, judged now."""
        fresh = judged(self.catalog, now)
        if np.array_equal(fresh.offerings.stale, self.fresh.offerings.stale):
            return replace(self, judged_at=now)
        _prepare(fresh)
        return replace(self, fresh=fresh, judged_at=now)

    @property
    def version(self) -> int:
        """Of the catalog."""
        return self.catalog.version

    @property
    def stale_offerings(self) -> int:
        """How many are too old to be used."""
        return int(self.fresh.offerings.stale.sum())

    @property
    def has_fresh_offerings(self) -> bool:
        """Whether anything at all may be used."""
        return not bool(self.fresh.offerings.stale.all())


def _prepare(catalog: Catalog) -> None:
    """Compute now what a catalog computes when it is first asked, and read the tables of countries."""
    _ = catalog.types, catalog.region_index
    for kind in CAPACITY_TYPES:
        catalog.rows_by_price(kind)
    parse_place("DE", catalog.providers)
