"""How near rules that tie workloads together are closed, and how soon: `python -m tests.benchmarks.couplings`.

Quotas on the ten hottest regions leave 60 % of what would be used freely, spot may take 15 % of each of five groups.
The first problems are seeded arrays (`coupled_problems`); the last are whole fleets on a seeded market, from the
screens to the checked answer. Medians of five after a first use; the largest problem is asked once, with `--large`.
"""

import resource
import statistics
import sys
from collections.abc import Callable
from datetime import date
from time import monotonic, perf_counter, process_time

from placement.domain.fleet import Fleet
from placement.market.catalog import Catalog
from placement.optimizer.coupled.pricing import Coupled, Pricing, Until
from placement.optimizer.coupled.solving import close_couplings
from placement.optimizer.pairwise.oracle import Oracle
from placement.optimizer.problem import Problem
from placement.optimizer.search import Settings
from placement.optimizer.solve import solve
from placement.optimizer.warm import ready
from tests.benchmarks.coupled_problems import coupled
from tests.benchmarks.fleets import (
    estate,
    partly_spread,
    with_exposure,
    with_hurdle_and_budget,
    with_tight_limits,
)
from tests.benchmarks.markets import market
from tests.benchmarks.pairwise_problems import asked
from tests.benchmarks.plain_models import solved_by

TIMES = 5
HEAD = ("problem", "target", "limit, s", "seconds", "cpu s", "gap", "bound, USD", "peak MB")
LIMITS = {200: (1e-2, 5.0), 1_000: (1e-3, 15.0), 5_000: (1e-3, 10.0), 10_000: (1e-3, 20.0), 100_000: (1e-3, 150.0)}
Closed = tuple[float, float]
"""(bound, value)."""


def say(*columns: str) -> None:
    print(f"{columns[0]:<44}", *(f"{column:>13}" for column in columns[1:]), flush=True)  # noqa: T201


def row(name: str, gap: float, limit_s: float, work: Callable[[], Closed], times: int = TIMES) -> Closed:
    """Print one line of the table; gives what was closed last."""
    walls, cpus, gaps = [], [], []
    for _ in range(times):
        wall, cpu = perf_counter(), process_time()
        bound, value = work()
        walls.append(perf_counter() - wall)
        cpus.append(process_time() - cpu)
        gaps.append((value - bound) / value)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    times_s = f"{statistics.median(walls):.2f}", f"{statistics.median(cpus):.2f}"
    say(name, f"{gap:.0e}", f"{limit_s:g}", *times_s, f"{statistics.median(gaps):.1e}", f"{bound:,.2f}", f"{peak:,.0f}")
    return bound, value


def of_arrays(problem: Coupled, gap: float, limit_s: float) -> Closed:
    """From messages that know nothing."""
    fresh = Coupled(
        Oracle(problem.oracle.graph), problem.costs, problem.fixed, problem.choices, problem.limit, problem.closed
    )
    pricing = Pricing(fresh, Until(gap, monotonic() + limit_s), threads=2)
    close_couplings(pricing, lambda step: None)
    return pricing.bound, pricing.value


def of_fleet(fleet: Fleet, catalog: Catalog, gap: float, limit_s: float) -> Closed:
    search = solve(Problem(fleet, catalog, date(2026, 11, 1)), Settings(time_limit_s=limit_s, gap=gap)).search
    return search.bound_usd, search.value_usd


def main() -> None:
    ready()
    say(*HEAD)
    sizes = [size for size in LIMITS if size < 100_000 or "--large" in sys.argv]
    for size in sizes:
        gap, limit_s = LIMITS[size]
        pairs = asked(size)
        problem = coupled(pairs)
        times = 1 if size == 100_000 else TIMES
        name = f"quotas and spot shares, {size:,} workloads"
        bound, _ = row(name, gap, limit_s, lambda: of_arrays(problem, gap, limit_s), times)  # noqa: B023
        if size == 200:
            ended = solved_by("HIGHS", pairs, 60.0, gap, problem)
            if ended.value < bound * (1 - 1e-9):
                sys.exit(f"HiGHS found {ended.value:,.2f}, below the bound {bound:,.2f}")
            say("the same as one model for HiGHS", "", "60", f"{ended.seconds:.1f}", "", f"{ended.gap:.1e}")
    flat, tiered = market(), market(tiers=True)
    regions = [region.id for region in flat.regions]
    spread = partly_spread(estate(1_000, regions))
    row(spread.name, 3e-3, 10.0, lambda: of_fleet(spread, flat, 3e-3, 10.0))
    tight = with_tight_limits(estate(1_000, regions), flat)
    row(tight.name, 1e-3, 15.0, lambda: of_fleet(tight, flat, 1e-3, 15.0))
    both = with_tight_limits(estate(1_000, regions), tiered)
    row(f"{both.name}, tiers", 2e-3, 20.0, lambda: of_fleet(both, tiered, 2e-3, 20.0))
    for size, fraction, gap in ((300, 0.1, 1e-3), (300, 0.05, 1e-3), (1_000, 0.05, 1e-3), (1_000, 0.02, 2e-3)):
        exposed = with_exposure(estate(size, regions), fraction)
        row(exposed.name, gap, 15.0, lambda: of_fleet(exposed, flat, gap, 15.0))  # noqa: B023
    for size in (300, 1_000):
        held = with_hurdle_and_budget(estate(size, regions), flat)
        row(held.name, 1e-3, 15.0, lambda: of_fleet(held, flat, 1e-3, 15.0))  # noqa: B023


if __name__ == "__main__":
    main()
