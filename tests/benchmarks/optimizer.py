"""How fast the pairwise core is, and solvers that get the same problem whole: `python -m tests.benchmarks.optimizer`.

Nothing here needs a real market: problems are seeded (`pairwise_problems`). Times are medians of five after a first
use; processor seconds beside them tell what other work on the machine does not change. With `--large` also 100,000
workloads.
"""

import resource
import statistics
import sys
from time import perf_counter, process_time

from placement.optimizer.pairwise.oracle import Oracle
from placement.optimizer.pairwise.solving import Solved, solved
from placement.optimizer.warm import ready
from tests.benchmarks.pairwise_problems import Asked, asked
from tests.benchmarks.plain_models import solved_by

GAP = 1e-4
TIMES = 5
HEAD = ("problem", "nodes", "edges", "seconds", "cpu s", "gap", "bound, USD", "peak MB")


def say(*columns: str) -> None:
    print(f"{columns[0]:<44}", *(f"{column:>13}" for column in columns[1:]), flush=True)  # noqa: T201


def measured(problem: Asked, gap: float, times: int) -> tuple[float, float, Solved]:
    """(seconds, processor seconds, what was found): medians over fresh starts, finding the components included."""
    walls, cpus = [], []
    for _ in range(times):
        wall, cpu = perf_counter(), process_time()
        found = solved(Oracle(problem.graph), problem.usd, problem.costs, passes=200, gap=gap, threads=2)
        walls.append(perf_counter() - wall)
        cpus.append(process_time() - cpu)
    return statistics.median(walls), statistics.median(cpus), found


def row(name: str, problem: Asked, gap: float) -> tuple[float, float]:
    """Print one line of the table; gives the seconds and the bound."""
    seconds, cpu, found = measured(problem, gap, TIMES)
    proven = (found.value - found.bound) / found.value
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    size = f"{len(problem.graph.first) - 1:,}", f"{len(problem.graph.tail):,}"
    say(name, *size, f"{seconds:.3f}", f"{cpu:.2f}", f"{proven:.1e}", f"{found.bound:,.2f}", f"{peak:,.0f}")
    return seconds, found.bound


def main() -> None:
    began = process_time()
    ready()
    say(f"core ready after {process_time() - began:.2f} processor seconds: compiled now, or kept from before")
    say(*HEAD)
    small = asked(200)
    ours, bound = row("200 workloads", small, GAP)
    for workloads in (1_000, 10_000):
        row(f"{workloads:,} workloads", asked(workloads), GAP)
    row("5,000 workloads in one component, flows x 5", asked(5_000, scale=5.0, one=True), 2e-3)
    if "--large" in sys.argv:
        row("100,000 workloads", asked(100_000), GAP)
    for solver in ("HIGHS", "CP_SAT"):
        ended = solved_by(solver, small, 60.0, GAP)
        if ended.value < bound * (1 - 1e-9):
            sys.exit(f"{solver} found {ended.value:,.2f}, below the bound {bound:,.2f}")
        times = f"{ended.seconds / ours:,.0f} times as long as the core"
        say(f"{solver} on the compact model of 200 workloads: {ended.seconds:.1f} s, gap {ended.gap:.1e}: {times}")


if __name__ == "__main__":
    main()
