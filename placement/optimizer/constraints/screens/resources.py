"""The instance has the processors and memory that a replica and its node need, of the kind that was asked for."""

from datetime import date

import numpy as np
from numpy.typing import NDArray

from placement.domain.fleet import Workload
from placement.domain.offering import Offering
from placement.market.catalog import Catalog
from placement.market.shortlist import Axis


class Resources:
    """vCPUs, memory, architecture and whole cores."""

    name = "resources"
    axis: Axis = "instance_type"

    def asks(self, workload: Workload) -> str:
        """The request with the overhead of the node."""
        wanted = workload.resources
        shared = "" if wanted.burstable else ", cores of its own"
        size = f"{_vcpus(workload):g} vCPUs and {_memory_gib(workload):g} GiB"
        return f"needs {size} on {' or '.join(wanted.architecture)}{shared}"

    def admits(self, workload: Workload, catalog: Catalog, as_of: date) -> NDArray[np.bool_]:
        """By instance type."""
        wanted, types = workload.resources, catalog.types
        fits = types.vcpus >= _vcpus(workload)
        fits &= types.memory_gib >= _memory_gib(workload)
        fits &= np.logical_or.reduce([types.architecture == name for name in wanted.architecture])
        if not wanted.burstable:
            fits &= ~types.burstable
        return fits

    def rejects(self, workload: Workload, offering: Offering, as_of: date) -> str | None:
        """The first thing that is missing."""
        wanted, has = workload.resources, offering.instance_type
        if has.vcpus < _vcpus(workload):
            return f"needs {_vcpus(workload):g} vCPUs, {has.name} has {has.vcpus:g}"
        if has.memory_gib < _memory_gib(workload):
            return f"needs {_memory_gib(workload):g} GiB, {has.name} has {has.memory_gib:g}"
        if has.architecture not in wanted.architecture:
            known = has.architecture or "of unknown architecture"
            return f"needs {' or '.join(wanted.architecture)}, {has.name} is {known}"
        if has.burstable and not wanted.burstable:
            return f"{has.name} shares its cores, ask for it with resources.burstable: true"
        return None


def _vcpus(workload: Workload) -> float:
    return workload.resources.vcpus + workload.overhead.vcpus


def _memory_gib(workload: Workload) -> float:
    return workload.resources.memory_gib + workload.overhead.memory_gib
