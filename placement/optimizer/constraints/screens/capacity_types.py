"""Only capacity types that the workload opted in to; spot only if the fraction leaves room for one replica."""

from datetime import date

import numpy as np
from numpy.typing import NDArray

from placement.domain.fleet import Workload
from placement.domain.offering import CAPACITY_TYPES, CapacityType, Offering
from placement.market.catalog import Catalog
from placement.market.shortlist import Axis
from placement.optimizer.problem import whole_part


class CapacityTypes:
    """on_demand, spot or reserved."""

    name = "capacity_types"
    axis: Axis = "capacity_type"

    def asks(self, workload: Workload) -> str:
        """The types opted in to."""
        if usable := usable_types(workload):
            return f"only {' or '.join(usable)}"
        return f"only {' or '.join(workload.capacity.types)}, and {_leaves_none(workload)}"

    def admits(self, workload: Workload, catalog: Catalog, as_of: date) -> NDArray[np.bool_]:
        """By capacity type."""
        usable = usable_types(workload)
        return np.array([kind in usable for kind in CAPACITY_TYPES])

    def rejects(self, workload: Workload, offering: Offering, as_of: date) -> str | None:
        """Says how to opt in."""
        kind = offering.capacity_type
        if kind not in workload.capacity.types:
            return f"{kind} is not among capacity.types: {', '.join(workload.capacity.types)}"
        if kind not in usable_types(workload):
            return _leaves_none(workload)
        return None


def _leaves_none(workload: Workload) -> str:
    fraction = workload.capacity.max_spot_fraction
    return f"capacity.max_spot_fraction {fraction:g} of {workload.replicas} replicas leaves none for spot"


def usable_types(workload: Workload) -> tuple[CapacityType, ...]:
    """The capacity types that at least one replica may use."""
    return tuple(
        kind for kind in workload.capacity.types if kind is not CapacityType.SPOT or max_spot_replicas(workload) > 0
    )


def max_spot_replicas(workload: Workload) -> int:
    """floor(max_spot_fraction x replicas), 0 without the opt-in."""
    if CapacityType.SPOT not in workload.capacity.types:
        return 0
    return whole_part(workload.capacity.max_spot_fraction, workload.replicas)
