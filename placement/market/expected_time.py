"""How long a job takes on capacity that may be withdrawn.

With hazard h, work W, restart R and checkpoints of length C after each of n equal segments (Daly):

    E[T] = n e^(hR) / h (e^(h (W/n + C)) - 1)

and without checkpoints the same with n = 1 and C = 0. The best n is taken: E[T] is convex in n, and its real
minimum solves 1 - hs = e^(-h (s + C)) for the segment s = W/n. A restart may itself be interrupted.
"""

import math
from functools import lru_cache

from placement.domain.fleet import Job


@lru_cache(maxsize=65536)
def expected_hours(
    work_hours: float, restart_hours: float, hazard_per_hour: float, checkpoint_hours: float | None
) -> float:
    """E[T] in hours; infinite where no run can be expected to end.

    `checkpoint_hours` is the time to write one checkpoint, None for a job that writes none.
    """
    if hazard_per_hour <= 0:
        return work_hours + (checkpoint_hours or 0.0)
    if checkpoint_hours is None:
        return _segments(1, work_hours, restart_hours, hazard_per_hour, 0.0)
    ideal = work_hours / _best_segment(hazard_per_hour, max(checkpoint_hours, 1e-6))
    around = {max(1, math.floor(ideal)), max(1, math.ceil(ideal))}
    return min(_segments(n, work_hours, restart_hours, hazard_per_hour, checkpoint_hours) for n in around)


def _segments(n: int, work: float, restart: float, hazard: float, checkpoint: float) -> float:
    try:
        return n * math.exp(hazard * restart) / hazard * math.expm1(hazard * (work / n + checkpoint))
    except OverflowError:
        return math.inf


def _best_segment(hazard: float, checkpoint: float) -> float:
    """Newton's method from Young's sqrt(2 C / h)."""
    s = min(math.sqrt(2 * checkpoint / hazard), 0.99 / hazard)
    for _ in range(30):
        rest = math.exp(-hazard * (s + checkpoint))
        step = (1 - hazard * s - rest) / (hazard * rest - hazard)
        s = min(max(s - step, 1e-9), 1 / hazard)
        if abs(step) <= 1e-12 * s:
            break
    return s


def job_hours(job: Job, hazard_per_hour: float) -> float:
    """E[T] of one run."""
    checkpoint = None if job.checkpoint_write_minutes is None else job.checkpoint_write_minutes / 60
    return expected_hours(job.hours, job.restart_minutes / 60, hazard_per_hour, checkpoint)
