"""A workload that must span zones cannot live on an offering that one zone alone has."""

from datetime import date

import numpy as np
from numpy.typing import NDArray

from placement.domain.fleet import Workload
from placement.domain.offering import Offering
from placement.market.catalog import NO_ZONE, Catalog
from placement.market.shortlist import Axis


class Zones:
    """Offerings without a zone are had in all zones of their region."""

    name = "min_zones"
    axis: Axis = "offering"

    def asks(self, workload: Workload) -> str:
        """The number of zones."""
        return f"needs {workload.spread.min_zones if workload.spread else 1} zones"

    def admits(self, workload: Workload, catalog: Catalog, as_of: date) -> NDArray[np.bool_] | None:
        """By offering."""
        if workload.spread is None or workload.spread.min_zones <= 1:
            return None
        return np.asarray(catalog.offerings.zone == NO_ZONE)

    def rejects(self, workload: Workload, offering: Offering, as_of: date) -> str | None:
        """Names the zone."""
        if workload.spread is None or workload.spread.min_zones <= 1 or offering.zone is None:
            return None
        return f"needs {workload.spread.min_zones} zones, this offering is in {offering.zone} only"
