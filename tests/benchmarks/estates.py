"""How soon estates of 300 on the full market, whose folder PLACEMENT_FULL_MARKET names, are proven within 0.1 %, with
all tiers of its tariffs: as they are, with 5 % of the workloads scattered, and with two copies of each dataset that may
move: `python -m tests.benchmarks.estates`.

Five fleets of each kind, once each after a first use, and their medians.
"""

import os
import statistics
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from placement.domain.fleet import Fleet
from placement.market.catalog import Catalog
from placement.optimizer.problem import Problem
from placement.optimizer.search import Settings
from placement.optimizer.solve import solve
from placement.optimizer.warm import ready
from tests.benchmarks.couplings import say
from tests.benchmarks.fleets import copied, estate, partly_spread
from tests.benchmarks.markets import full_market

GAP, LIMIT_S, SEEDS = 1e-3, 20.0, 5


def rows(fleets: Sequence[Fleet], catalog: Catalog) -> None:
    """A line of the table for each, and one for the medians."""
    found = []
    for fleet in fleets:
        settings = Settings(time_limit_s=LIMIT_S, gap=GAP)
        search = solve(Problem(fleet, catalog, date(2026, 11, 1)), settings).search
        found.append((search.seconds, search.gap))
        say(fleet.name, f"{search.seconds:.2f}", f"{search.gap:.1e}", f"{search.bound_usd:,.2f}")
    seconds, gaps = zip(*found, strict=True)
    say("median", f"{statistics.median(seconds):.2f}", f"{statistics.median(gaps):.1e}", "")


def main(folder: Path) -> None:
    catalog = full_market(folder)
    regions = [region.id for region in catalog.regions]
    estates = [estate(300, regions, seed) for seed in range(SEEDS)]
    ready()
    say("fleet", "seconds", "gap", "bound, USD")
    rows(estates, catalog)
    rows([partly_spread(fleet) for fleet in estates], catalog)
    rows([copied(fleet) for fleet in estates], catalog)


if __name__ == "__main__":
    found = os.environ.get("PLACEMENT_FULL_MARKET")
    if not found:
        sys.exit("set PLACEMENT_FULL_MARKET to the folder of the full market's price sheet")
    main(Path(found))
