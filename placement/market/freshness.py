"""A price is used only while it is young enough for how it was collected: sheets never expire, prices of APIs do."""

from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from placement.domain.offering import CAPACITY_TYPES, CapacityType, Offering
from placement.domain.sweep import SourceKind
from placement.market.catalog import Catalog

MOST_AGE_OF_API = {
    CapacityType.ON_DEMAND: timedelta(days=7),
    CapacityType.SPOT: timedelta(hours=1),
    CapacityType.RESERVED: timedelta(days=7),
}
"""Spot prices may change at any time, list prices do so rarely."""


def stale_rows(catalog: Catalog, now: datetime) -> NDArray[np.bool_]:
    """Shape (O,): offerings whose price is older than it may be."""
    rows = catalog.offerings
    most_s = np.array([MOST_AGE_OF_API[kind].total_seconds() for kind in CAPACITY_TYPES])
    from_api = np.array([kind is SourceKind.API for kind in catalog.source_kinds], np.bool_)
    age_s = now.timestamp() - rows.observed_at
    return np.asarray(from_api[rows.source] & (age_s > most_s[rows.capacity_type]))


def is_stale(offering: Offering, catalog: Catalog, now: datetime) -> bool:
    """The same of one offering of this catalog."""
    kind = catalog.source_kinds[catalog.sources.index(offering.source)]
    return kind is SourceKind.API and now - offering.observed_at > MOST_AGE_OF_API[offering.capacity_type]


def judged(catalog: Catalog, now: datetime) -> Catalog:
    """The same catalog, its offerings marked as stale where they are."""
    stale = stale_rows(catalog, now)
    return catalog.marked(stale) if stale.any() else catalog
