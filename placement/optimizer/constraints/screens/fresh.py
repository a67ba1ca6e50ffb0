"""A price that is too old is not used."""

from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from placement.domain.fleet import Workload
from placement.domain.offering import Offering
from placement.market.catalog import Catalog
from placement.market.freshness import MOST_AGE_OF_API
from placement.market.shortlist import Axis


class Fresh:
    """Offerings that the catalog marks as stale; it marks none where the request admits them."""

    name = "freshness"
    axis: Axis = "offering"

    def asks(self, workload: Workload) -> str:
        """The limits of the capacity types that the workload may use."""
        limits = (f"{kind} of at most {_span(MOST_AGE_OF_API[kind])}" for kind in workload.capacity.types)
        return f"prices from APIs: {', '.join(limits)}; collect again or allow stale prices"

    def admits(self, workload: Workload, catalog: Catalog, as_of: date) -> NDArray[np.bool_] | None:
        """By offering."""
        return ~catalog.offerings.stale if catalog.offerings.stale.any() else None

    def rejects(self, workload: Workload, offering: Offering, as_of: date) -> str | None:
        """Names the time of the price and how old it may be."""
        if not offering.stale:
            return None
        limit = _span(MOST_AGE_OF_API[offering.capacity_type])
        return f"its price is of {offering.observed_at:%Y-%m-%d %H:%M} UTC; {offering.capacity_type} may be {limit} old"


def _span(age: timedelta) -> str:
    return f"{age.days} d" if age.days else f"{age.total_seconds() / 3600:g} h"
