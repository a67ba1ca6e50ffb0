"""A problem is one fleet against one catalog at one time; everything derived from these is computed once, here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from placement.domain.fleet import INTERNET, Dataset, Fleet, Workload
from placement.domain.money import exact
from placement.domain.tariff import EgressTariff
from placement.market.catalog import Catalog
from placement.market.egress import FREE, NO_TARIFF, EgressMap

if TYPE_CHECKING:
    from placement.residency.admissible import Admissible


@dataclass(frozen=True, eq=False)
class Problem:
    """What is to be placed, and on which market."""

    fleet: Fleet
    catalog: Catalog
    as_of: date
    """The day whose groups of countries and rules count."""
    residency: "Admissible | None" = None
    """The policies, evaluated for this fleet and these regions; None where there are none."""
    penalty_weight: float = 1.0
    """What penalties are multiplied with."""

    @cached_property
    def workloads(self) -> Mapping[str, Workload]:
        """The workloads by name."""
        return {workload.name: workload for workload in self.fleet.workloads}

    @cached_property
    def datasets(self) -> Mapping[str, Dataset]:
        """The datasets by name."""
        return {dataset.name: dataset for dataset in self.fleet.datasets}

    @cached_property
    def flow_gb(self) -> Sequence[Fraction]:
        """GB a month of each flow of the fleet, as written."""
        return [exact(flow.gb_per_month) for flow in self.fleet.flows]

    @property
    def egress(self) -> EgressMap:
        """Which tariff prices which pair of regions."""
        return self.catalog.egress

    @property
    def rtt_ms(self) -> NDArray[np.float64]:
        """Round-trip time between regions, shape (R, R); see `market.distance`."""
        return self.catalog.rtt_ms

    def region(self, region_id: str) -> int:
        """Position of a region in the catalog."""
        return self.catalog.region_index[region_id]

    def tariff(self, src: str, dst: str) -> EgressTariff | None:
        """The tariff from a region to another region or the internet; None where traffic is free.

        Raises LookupError where no row prices the pair.
        """
        here = self.region(src)
        found = self.egress.to_internet[here] if dst == INTERNET else self.egress.between[here, self.region(dst)]
        if found == NO_TARIFF:
            raise LookupError(f"no egress tariff prices {src} -> {dst}")
        return None if found == FREE else self.egress.tariffs[found]

    def cross_zone_tariff(self, region: str) -> EgressTariff | None:
        """The tariff between zones of a region; None where the provider lists none."""
        found = self.egress.cross_zone[self.region(region)]
        return None if found == NO_TARIFF else self.egress.tariffs[found]

    def cross_zone_share(self, src: str, dst: str) -> Fraction:
        """The share of a flow that changes its zone inside one region: (k - 1) / k when either end asks for k zones."""
        zones = max(self._zones.get(src, 1), self._zones.get(dst, 1))
        return Fraction(zones - 1, zones)

    @cached_property
    def _zones(self) -> Mapping[str, int]:
        """Of the workloads that ask for some."""
        return {w.name: w.spread.min_zones for w in self.fleet.workloads if w.spread}


def whole_part(fraction: float, count: int) -> int:
    """floor(fraction x count), exact in the decimal that the user wrote."""
    return int(exact(fraction) * count)


def may_scatter(workload: Workload) -> bool:
    """Whether the replicas may lie in several regions: only a workload with a spread over regions asks for that."""
    spread = workload.spread
    return spread is not None and (
        spread.min_regions > 1 or spread.min_providers > 1 or spread.max_fraction_per_region < 1
    )
