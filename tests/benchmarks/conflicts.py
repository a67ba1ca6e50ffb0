"""How long it takes to say why a large fleet cannot be placed: `python -m tests.benchmarks.conflicts`.

A thousand workloads in twenty teams under two hundred policies, on the market whose folder PLACEMENT_FULL_MARKET names:
once with three workloads that must lie together and may not, once with quotas too small for the teams that must stay
in Europe.
"""

import os
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from placement.domain.fleet import Fleet, Limits, Quota, Resources, Together, Workload
from placement.domain.policy import DataClass, Dimension, Effect, Policy, PolicySet, Selector
from placement.market.catalog import Catalog
from placement.optimizer.conflict import conflict
from placement.optimizer.problem import Problem
from placement.optimizer.search import Settings
from placement.optimizer.solve import solve
from placement.planner.deciding import problem_of
from tests.benchmarks.markets import full_market

WORKLOADS, TEAMS, POLICIES = 1_000, 20, 200
IN_EUROPE = 6
"""Teams."""
MOST_SECONDS = 3.0
_CONTINENTS = ("europe", "north-america", "europe", "north-america", "asia")


def say(words: str) -> None:
    print(words, flush=True)  # noqa: T201


def policies(draw: Random) -> PolicySet:
    """Of each team where it may lie and which provider it must not use; the others judge what few carry."""
    rules = []
    for team in range(TEAMS):
        continent = "europe" if team < IN_EUROPE else draw.choice(_CONTINENTS)
        chosen = Selector(labels=(("team", (f"t{team}",)),))
        rules.append(Policy(f"residency-{team}", 1, Effect.ALLOW_ONLY, chosen, ((Dimension.PLACE, (continent,)),)))
        banned = draw.choice(("aws", "azure", "gcp"))
        rules.append(Policy(f"ban-{team}", 1, Effect.DENY, chosen, ((Dimension.PLACE, (banned,)),)))
    for number in range(POLICIES - len(rules)):
        chosen = Selector(labels=(("team", (f"t{draw.randrange(TEAMS)}",)), ("tier", (f"{number % 4}",))))
        place = draw.choice(("AU", "ZA", "BR", "IN", "JP", "KR"))
        rules.append(Policy(f"rule-{number}", 1, Effect.DENY, chosen, ((Dimension.PLACE, (place,)),)))
    return PolicySet((DataClass("any"),), tuple(rules))


def fleet(draw: Random) -> Fleet:
    workloads = tuple(
        Workload(
            f"w{i}",
            Resources(vcpus := float(draw.choice([1, 2, 4, 8])), vcpus * 4),
            replicas=draw.choice([1, 1, 2, 3]),
            labels=(("team", f"t{i % TEAMS}"), ("tier", str(draw.randrange(4)))),
        )
        for i in range(WORKLOADS)
    )
    return Fleet("bench", workloads)


def chained(demand: Fleet) -> Fleet:
    """A workload of a European team, one in between and one of an American team, two by two in the same region."""
    return replace(demand, affinity=(Together(("w0", "w500")), Together(("w500", "w13"))))


def squeezed(demand: Fleet, catalog: Catalog) -> Fleet:
    """Quotas in Europe that hold nine tenths of what its teams ask for, and plenty elsewhere."""
    european = [region for region in catalog.regions if region.continent == "europe"]
    asked = sum(w.replicas * w.resources.vcpus for w in demand.workloads if int(dict(w.labels)["team"][1:]) < IN_EUROPE)
    each = 0.9 * asked / len(european)
    total = sum(w.replicas * w.resources.vcpus for w in demand.workloads)
    quotas = tuple(Quota(region.id, round(each, 1) if region in european else total) for region in catalog.regions)
    return replace(demand, limits=Limits(quotas=quotas))


def cases(catalog: Catalog) -> Iterator[tuple[str, Problem]]:
    now = datetime.now(UTC)
    for seed in range(2):
        draw = Random(seed)
        rules, demand = policies(draw), fleet(draw)
        for name, asked in (("chain", chained(demand)), ("quotas", squeezed(demand, catalog))):
            yield f"{name}, seed {seed}", problem_of(catalog, asked, now, policies=rules)


def main(folder: Path) -> None:
    catalog = full_market(folder)
    slow = []
    for name, problem in cases(catalog):
        began = time.perf_counter()
        outcome = solve(problem, Settings(time_limit_s=10))
        solved = time.perf_counter() - began
        began = time.perf_counter()
        found = conflict(problem, outcome.nodes, 20.0)
        seconds = time.perf_counter() - began
        say(f"{name}: infeasible {outcome.infeasible} after {solved:.2f} s, {len(found)} rules in {seconds:.2f} s")
        for rule in found:
            subjects = ", ".join(rule.subjects[:3]) + (
                f" and {len(rule.subjects) - 3} more" if len(rule.subjects) > 3 else ""
            )
            say(f"    {rule.rule} of {subjects}: {rule.reason}")
        if seconds > MOST_SECONDS or not found:
            slow.append(name)
    if slow:
        raise SystemExit(f"too slow, or without an answer: {', '.join(slow)}")


if __name__ == "__main__":
    named = os.environ.get("PLACEMENT_FULL_MARKET")
    if not named:
        sys.exit("set PLACEMENT_FULL_MARKET to the folder of the full market's price sheet")
    main(Path(named))
