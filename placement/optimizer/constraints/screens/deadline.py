"""A run of a job is expected to end, and to end in time."""

import math
from datetime import date

import numpy as np
from numpy.typing import NDArray

from placement.domain.fleet import Job, Workload
from placement.domain.offering import CapacityType, Offering
from placement.market.catalog import Catalog
from placement.market.expected_time import job_hours
from placement.market.shortlist import Axis


class Deadline:
    """E[T] of one run is finite and within deadline_hours."""

    name = "deadline"
    axis: Axis = "offering"

    def asks(self, workload: Workload) -> str:
        """The deadline."""
        run = workload.run
        if not isinstance(run, Job):
            return ""
        limit = f" within {run.deadline_hours:g} h" if run.deadline_hours is not None else ""
        return f"a run of {run.hours:g} h is expected to end{limit}"

    def admits(self, workload: Workload, catalog: Catalog, as_of: date) -> NDArray[np.bool_] | None:
        """By offering; hazard is 0 except on spot."""
        if not isinstance(workload.run, Job):
            return None
        hazards, which = np.unique(catalog.offerings.hazard_per_hour, return_inverse=True)
        in_time = [self._late(workload.run, float(hazard)) is None for hazard in hazards]
        return np.array(in_time)[which]

    def rejects(self, workload: Workload, offering: Offering, as_of: date) -> str | None:
        """Names the expected hours."""
        if not isinstance(workload.run, Job):
            return None
        spot = offering.capacity_type is CapacityType.SPOT
        return self._late(workload.run, offering.hazard_per_hour if spot else 0.0)

    def _late(self, job: Job, hazard_per_hour: float) -> str | None:
        hours = job_hours(job, hazard_per_hour) if hazard_per_hour else job.hours
        if not math.isfinite(hours):
            return f"a run of {job.hours:g} h is never expected to end at {hazard_per_hour:g} interruptions an hour"
        if job.deadline_hours is not None and hours > job.deadline_hours:
            return f"a run is expected to take {hours:.2f} h, deadline_hours is {job.deadline_hours:g}"
        return None
