"""The instance has the GPUs that a replica asks for; an unknown model or memory never matches a request for it."""

from datetime import date

import numpy as np
from numpy.typing import NDArray

from placement.domain.fleet import Workload
from placement.domain.offering import Offering
from placement.market.catalog import Catalog
from placement.market.shortlist import Axis


class Gpus:
    """Number, model and total memory."""

    name = "gpus"
    axis: Axis = "instance_type"

    def asks(self, workload: Workload) -> str:
        """The request."""
        wanted = workload.resources.gpus
        if wanted is None:
            return ""
        memory = f" with {wanted.memory_gib:g} GiB in all" if wanted.memory_gib else ""
        return f"needs {wanted.count} GPUs{' ' + ' or '.join(wanted.model) if wanted.model else ''}{memory}"

    def admits(self, workload: Workload, catalog: Catalog, as_of: date) -> NDArray[np.bool_] | None:
        """By instance type."""
        wanted, types = workload.resources.gpus, catalog.types
        if wanted is None:
            return None
        fits = types.gpu_count >= wanted.count
        if wanted.model:
            fits &= np.isin(types.gpu_model, [model.lower() for model in wanted.model])
        if wanted.memory_gib:
            fits &= np.nan_to_num(types.gpu_memory_gib, nan=-1.0) >= wanted.memory_gib
        return fits

    def rejects(self, workload: Workload, offering: Offering, as_of: date) -> str | None:
        """The first thing that is missing."""
        wanted, has = workload.resources.gpus, offering.instance_type
        if wanted is None:
            return None
        if has.gpu_count < wanted.count:
            return f"needs {wanted.count} GPUs, {has.name} has {has.gpu_count}"
        if wanted.model and (has.gpu_model or "").lower() not in [model.lower() for model in wanted.model]:
            return f"needs a GPU {' or '.join(wanted.model)}, {has.name} has {has.gpu_model or 'an unknown one'}"
        if wanted.memory_gib and (has.gpu_memory_gib is None or has.gpu_memory_gib < wanted.memory_gib):
            known = "unknown" if has.gpu_memory_gib is None else f"{has.gpu_memory_gib:g} GiB"
            return f"needs {wanted.memory_gib:g} GiB of GPU memory, that of {has.name} is {known}"
        return None
