"""Find the cheapest placement, and prove how near the answer is to it. Here is decided which steps run, and in a step's
own module which parts of it do.

A fleet with a budget is solved without it first, if need be several times (`within_budget`); each of these runs:

0. count       where quotas, counts or shares bind: is more asked for than there is (`short_of`)
1. relax       leave couplings out and lay straight lines under tariffs: a bound, and often the answer (`relaxation`)
2. filter      drop the regions whose bound is above the best answer (reduced costs)
   agree       where several copies may move: prices on these, for a better bound and answers (`copy_prices`)
3. charge      where only tiers are open, of many tariffs: flows are charged apart for them (`charging`), in turns with
               prices on copies (`agreeing`)
   tighten     of few tariffs, or where that left a gap: how much a better answer could send through each (`tighten`)
   branch      and then: cut their volumes (`branch`)
4. scatter     scattered workloads get all of their regions at once (`scattered`)
   price       where couplings bind on many regions: prices on them, for a better bound and answers (`lagrange`)
   tiers       beside couplings, at these prices: flows are charged apart, or volumes bounded and cut
5. restrict    where that gave no answer: CP-SAT on the few most promising regions of each node (`restricting`)
6. polish      a better answer: CP-SAT on a few nodes at a time (`polish`)
7. close       CP-SAT on all regions that are left, with every coupling and tier
8. greed       where there is no answer, for want of time or of luck: nodes one after the other (`greedy`)
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from placement.domain.decision import StoppedBy
from placement.optimizer.agreeing import apart, charge
from placement.optimizer.among_places import AmongPlaces
from placement.optimizer.boxes import Bounds, Lies, lines_near, lines_of
from placement.optimizer.branch import branch_on_tiers, volumes_of
from placement.optimizer.charged_places import charge_places
from placement.optimizer.charging import Charging
from placement.optimizer.constraints.couplings import COUPLINGS
from placement.optimizer.copy_prices import price_copies
from placement.optimizer.cpsat import Effort, solve_exactly
from placement.optimizer.greedy import greedy
from placement.optimizer.lagrange import Prices
from placement.optimizer.methods import ALL, Methods
from placement.optimizer.nodes import DatasetNode, Node, nodes_of
from placement.optimizer.outcome import Outcome, Start
from placement.optimizer.pairwise.graph import Floats
from placement.optimizer.places import placed
from placement.optimizer.polish import polish
from placement.optimizer.problem import Problem
from placement.optimizer.relaxation import Domain, Relaxation, Relaxed, whole
from placement.optimizer.restricting import pairs_of, restrict
from placement.optimizer.rounding import placement_of
from placement.optimizer.scattered import answer, open_up, scatter
from placement.optimizer.search import Search, Settings, Watch
from placement.optimizer.short_of import is_short
from placement.optimizer.tiers import Line
from placement.optimizer.tighten import tighten
from placement.optimizer.traffic import tiered
from placement.optimizer.warm import ready
from placement.optimizer.within_budget import keep_budget

_PASSES = 200
_PRICING, _ALL_PRICING = 0.65, 0.95
"""Part of the time limit that prices on couplings may take, and where CP-SAT could not close what they leave."""
_SCATTERING = 0.1
"""Part of it that the first look at places may take where tiers are open."""
_FEW_PLACES, _MOST_PLACES = 3_000, 20_000
"""Places of all scattered workloads together: about so many where volumes are cut as well, and where they are not."""
_FLAT_PRICING = 0.4
"""Of the part that prices may take, where tiers are open as well."""
_AGREEING = 0.3
"""Part of the time limit that prices on copies may take."""
_TURNS = 2
"""Searches of CP-SAT that take turns, on any number of processors: so that the answer is the same on all of them."""
_ROUGH = 0.02
"""Gap above which an answer is polished before CP-SAT closes what is left."""
_POLISHING = 0.4
"""Part of the time limit that this may take then."""
_PATIENCE = 24
"""Neighbourhoods without a better answer after which the search ends."""
_SMALL, _MIDDLE, _LARGE = 4_000, 7_500, 60_000
"""Pairs of regions over all arcs that CP-SAT closes in seconds, in the time that is left, and can be given at all."""


def solve(
    problem: Problem,
    settings: Settings,
    start: Start | None = None,
    spent_s: float = 0.0,
    watch: Watch = lambda progress: None,
    methods: Methods = ALL,
) -> Outcome:
    """Run the steps until the gap is closed, the time is up, or nothing is left to do.

    `spent_s` of the time limit are over already. The time to compile the core, once after an installation, is none
    of it.
    """
    ready()
    search = Search.begun(problem, settings, spent_s, watch)
    budget = problem.fleet.limits.budget_usd_per_month
    if budget is None:
        return _search(search, start, methods)
    return keep_budget(search, budget, start, lambda search, start: _search(search, start, methods))


def _search(search: Search, start: Start | None, methods: Methods) -> Outcome:
    problem, settings = search.problem, search.settings
    if start is not None:
        search.offer(start.placement)
        search.prove(start.bound_usd)
        search.log(start.words)
        if search.closed:
            return Outcome(search, (), "gap", search.too_dear)
    nodes = nodes_of(problem)
    if any(not np.isfinite(node.region_usd).any() for node in nodes):
        return Outcome(search, nodes, "work", infeasible=True)
    if is_short(problem, nodes):
        search.log("more is asked for than quotas, counts and shares leave")
        return Outcome(search, nodes, "work", infeasible=True)
    relaxation = whole(problem, nodes)
    relaxation.until, relaxation.threads, relaxation.seed = search.until, settings.workers, settings.seed
    found = _relax(search, relaxation)
    if found is None:
        return Outcome(search, nodes, "work", infeasible=True)
    budget = problem.fleet.limits.budget_usd_per_month
    impossible = budget is not None and found.bound > budget + _penalty_room(nodes)
    domains = list(relaxation.domains)
    if _unfinished(search) and not impossible:
        impossible = _close(search, relaxation, found, methods)
    if methods.greedy and search.placement is None and not impossible:
        _answer_greedily(search, nodes, domains, found)
    if search.closed:
        return Outcome(search, nodes, "gap", search.too_dear)
    stopped: StoppedBy = "time" if search.seconds_left <= 0 else "work"
    return Outcome(search, nodes, stopped, infeasible=impossible)


def _answer_greedily(search: Search, nodes: Sequence[Node], domains: Sequence[Domain], found: Relaxed) -> None:
    """Where there was no time for better, or nothing better was found."""
    tried = (greedy(search.problem, nodes, domains, found, spot=spot) for spot in (True, False))
    placed = any(search.offer(placement) for placement in tried)
    search.log("placed one after the other" if placed else "found no room one after the other")


def _relax(search: Search, relaxation: Relaxation) -> Relaxed | None:
    """Step 1; None where even the relaxed problem has no solution."""
    largest = relaxation.largest_gb()
    zero = np.zeros(len(largest))
    lines = lines_of(relaxation, zero, largest, zero)
    found = relaxation.solve(lines, passes=_PASSES, gap=search.settings.gap / 4, start=None)
    if found.bound >= relaxation.closed:
        return None
    search.offer(placement_of(relaxation, found.labels, lines))
    search.prove(found.bound)
    size = sum(len(domain) for domain in relaxation.domains)
    search.log(f"relaxed {len(relaxation.nodes)} nodes with {size} regions")
    return found


def _close(search: Search, relaxation: Relaxation, found: Relaxed, methods: Methods) -> bool:
    """Steps 2 to 7; True if there is proof that no placement exists."""
    coupled, lies = _coupled(search.problem, relaxation.nodes), relaxation.regions(found.labels)
    if search.placement is not None:
        found = replace(found, rest=_filter(search, relaxation, found.bound, found.rest))
    if coupled and (pairs_of(relaxation) > _SMALL or not methods.close or _is_intricate(search.problem, relaxation)):
        return _close_coupled(search, relaxation, found, lies, methods)
    largest = relaxation.largest_gb()
    pools = tiered(search.problem.egress.tariffs, largest)
    if pools and not coupled:
        if search.placement is not None and methods.charges and apart(relaxation, pools):
            Charging.of(search, relaxation, pools, largest).run(relaxation, lies, search.settings.time_limit_s)
            largest = relaxation.largest_gb()
            pools = tiered(search.problem.egress.tariffs, largest)
        # CP-SAT mostly closes a small one as soon, but now and then it needs minutes where some boxes do.
        is_small = pairs_of(relaxation) <= _SMALL
        limit = search.settings.time_limit_s * (0.25 if is_small and methods.close else 1.0)
        if methods.tighten and not is_small and search.placement is not None:
            largest, tighter = tighten(search, relaxation, pools, largest, limit / 2)
            if tighter is not None and _unfinished(search):
                _filter(search, relaxation, tighter.bound, tighter.rest)
        if methods.tiers and _unfinished(search):
            pools = tiered(search.problem.egress.tariffs, largest)
            branch_on_tiers(search, relaxation, pools, largest, limit)
    if not methods.close:
        return False
    if pairs_of(relaxation) <= _LARGE:
        return _unfinished(search) and _finish(search, relaxation)
    # On more pairs the model alone would take longer than the time limit.
    without = search.placement is None and _unfinished(search)
    return without and restrict(search, relaxation, found.rest, (), relaxation.first_lines, _LARGE)


def _close_coupled(search: Search, relaxation: Relaxation, relaxed: Relaxed, lies: Lies, methods: Methods) -> bool:
    """Couplings on many regions: price them, answer on few regions where that gave none, filter, polish; CP-SAT where
    few regions are left."""
    limit = search.settings.time_limit_s
    found, prices, wide = relaxed, None, None
    if methods.prices and relaxation.edges.copied.sets and _unfinished(search):
        found = _agree_on_copies(search, relaxation)
    largest = relaxation.largest_gb()
    zero = np.zeros(len(largest))
    lines = lines_of(relaxation, zero, largest, zero)
    scattered = methods.places and bool(placed(relaxation.nodes))
    tiers = bool(tiered(search.problem.egress.tariffs, largest))
    if scattered:
        part, most = (_SCATTERING, _FEW_PLACES) if tiers else (_ALL_PRICING, _MOST_PLACES)
        wide = scatter(search, relaxation, lines, part * limit, methods, most)
    if wide is not None and search.placement is not None and tiers and (methods.tiers or methods.charges):
        if _unfinished(search):
            found = _close_scattered(search, relaxation, wide, largest, lies, methods)
    elif methods.prices and _unfinished(search) and (tiers or not scattered):
        part = _PRICING if pairs_of(relaxation) <= _LARGE else _ALL_PRICING
        part *= _FLAT_PRICING if tiers else 1.0
        prices = Prices(search, relaxation, methods)
        found = prices.work(lines, part * limit)
    if search.placement is None:
        if not methods.close or not _unfinished(search):
            return False
        if restrict(search, relaxation, found.rest, prices.chosen if prices is not None else (), lines, _LARGE):
            return True
        if search.placement is None:
            return pairs_of(relaxation) <= _LARGE and _unfinished(search) and _finish(search, relaxation)
    rest = found.rest
    if _unfinished(search):
        rest = _filter(search, relaxation, found.bound, rest)
    if wide is None and methods.tiers and _unfinished(search):
        rest = _close_tiers(search, relaxation, prices, rest, methods)
    if scattered and wide is None and tiers and _unfinished(search):
        # Fewer regions are left, over which lines under tariffs lie higher.
        largest = relaxation.largest_gb()
        scatter(search, relaxation, lines_of(relaxation, zero, largest, zero), limit, methods, _MOST_PLACES)
    is_middle = methods.close and pairs_of(relaxation) <= _MIDDLE
    if methods.polish and _unfinished(search) and (not is_middle or search.gap > _ROUGH):
        polish(search, relaxation, rest, _POLISHING * limit if is_middle else limit, _PATIENCE)
    if methods.close and _unfinished(search) and pairs_of(relaxation) <= _LARGE:
        return _finish(search, relaxation)
    return False


def _agree_on_copies(search: Search, relaxation: Relaxation) -> Relaxed:
    """Prices on copies that may move, and what the regions that are left say then."""
    largest = relaxation.largest_gb()
    zero = np.zeros(len(largest))
    lines = lines_of(relaxation, zero, largest, zero)
    near = lines if search.placement is None else _near_best(search, relaxation)
    price_copies(search, relaxation, lines, near, _AGREEING * search.settings.time_limit_s)
    found = relaxation.solve(lines, passes=_PASSES, gap=search.settings.gap / 4, start=None)
    search.prove(found.bound)
    if search.placement is None:
        return found
    return replace(found, rest=_filter(search, relaxation, found.bound, found.rest))


def _close_scattered(
    search: Search, relaxation: Relaxation, wide: AmongPlaces, largest: Floats, lies: Lies, methods: Methods
) -> Relaxed:
    """Tiers where nothing but spread ties nodes together: among places, flows are charged apart for many tariffs, and
    volumes of few bounded and cut. Returns what the regions that are left say."""
    limit, tariffs, zero = search.settings.time_limit_s, search.problem.egress.tariffs, np.zeros(len(largest))
    pools = tiered(tariffs, largest)
    if methods.charges and apart(relaxation, pools):
        charging = Charging.of(search, relaxation, pools, largest)
        charge(charging, relaxation, lies, _PRICING * limit)
        charge_places(charging, relaxation, lies, _ALL_PRICING * limit)
        relaxation.charges = charging.charges
        found = relaxation.solve(relaxation.first_lines, passes=_PASSES, gap=search.settings.gap / 4, start=None)
        relaxation.charges = None
        return found
    if methods.tighten:
        largest, tighter = tighten(search, wide, tiered(tariffs, largest), largest, 0.4 * limit)
        if tighter is not None:
            _filter(search, wide, tighter.bound, tighter.rest)
            relaxation.shrink(wide.left_of(relaxation.domains))
            largest = np.minimum(largest, relaxation.largest_gb())
    lines = lines_of(relaxation, zero, largest, zero)
    if methods.tighten and _unfinished(search):
        # What neighbours ask under these lines says more of open places.
        wide = open_up(search, AmongPlaces.of(relaxation, lines), lines, 0.5 * limit, offer=True, most=_FEW_PLACES)
        while _unfinished(search) and answer(search, wide, _near_best(search, relaxation)):
            pass
    if _unfinished(search):
        branch_on_tiers(search, wide, tiered(tariffs, largest), largest, _ALL_PRICING * limit)
    return relaxation.solve(lines, passes=_PASSES, gap=search.settings.gap / 4, start=None)


def _close_tiers(
    search: Search, relaxation: Relaxation, prices: Prices | None, rest: Sequence[Floats], methods: Methods
) -> Sequence[Floats]:
    """Tiers beside couplings: volumes are bounded and cut at the prices of the couplings, which go on to rise."""
    limit = search.settings.time_limit_s
    largest = relaxation.largest_gb()
    pools = tiered(search.problem.egress.tariffs, largest)
    if not pools:
        return rest
    if prices is not None and search.placement is not None:
        if methods.charges and apart(relaxation, pools):
            return _charge_coupled(search, relaxation, prices, Charging.of(search, relaxation, pools, largest))
        prices.work(_near_best(search, relaxation), 0.6 * limit, prove=False)
    if methods.tighten:
        largest, tighter = tighten(search, relaxation, pools, largest, 0.6 * limit)
        if tighter is not None and _unfinished(search):
            rest = _filter(search, relaxation, tighter.bound, tighter.rest)
    if _unfinished(search):
        pools = tiered(search.problem.egress.tariffs, largest)
        zero = np.zeros(len(largest))
        lines = lines_of(relaxation, zero, largest, zero)

        def priced(twin: Relaxation) -> Bounds:
            assert prices is not None
            return prices.boxes(twin, lines, _ALL_PRICING * limit)

        asking = priced if prices is not None else None
        branch_on_tiers(search, relaxation, pools, largest, _ALL_PRICING * limit, asking)
    return rest


def _charge_coupled(search: Search, relaxation: Relaxation, prices: Prices, charging: Charging) -> Sequence[Floats]:
    """Many tariffs beside couplings: flows are charged apart at the prices of the couplings, which go on to rise under
    these charges. Returns what the regions that are left say."""
    limit = search.settings.time_limit_s
    charge(charging, relaxation, np.array([domain[0] for domain in relaxation.domains]), 0.6 * limit)
    if _unfinished(search):
        prices.work(_near_best(search, relaxation), 0.8 * limit, prove=False)
    relaxation.charges = charging.charges
    found = prices.work(relaxation.first_lines, _ALL_PRICING * limit)
    relaxation.charges = None
    return _filter(search, relaxation, found.bound, found.rest)


def _is_intricate(problem: Problem, relaxation: Relaxation) -> bool:
    """Whether parts of flows decide on tiers: CP-SAT alone may take ten seconds for two such workloads."""
    parted = bool(placed(relaxation.nodes)) or bool(relaxation.edges.copied.sets)
    return parted and bool(tiered(problem.egress.tariffs, relaxation.largest_gb()))


def _near_best(search: Search, relaxation: Relaxation) -> list[Line]:
    """Lines at which the best placement's tariffs end."""
    assert search.placement is not None
    return lines_near(relaxation, volumes_of(relaxation, search.placement))


def _unfinished(search: Search) -> bool:
    return not search.closed and search.seconds_left > 0


def _finish(search: Search, relaxation: Relaxation) -> bool:
    """Step 7; True if CP-SAT proves that there is no placement: regions are filtered only once there is one."""
    effort = _effort(search, search.seconds_left)
    solved = solve_exactly(relaxation, effort, search.placement)
    search.offer(solved.placement)
    if solved.ended == "infeasible":
        search.log(f"CP-SAT on {solved.variables} variables found no placement")
        return search.placement is None and relaxation.complete
    if relaxation.complete:
        search.prove(solved.bound_usd)
    search.log(f"CP-SAT on {solved.variables} variables: {solved.ended}")
    return False


def _filter(
    search: Search, relaxation: Relaxation, bound_usd: float, rest: Sequence[NDArray[np.float64]]
) -> list[NDArray[np.float64]]:
    """Step 2."""
    room = search.value_usd - bound_usd + 1e-6 * max(1.0, search.value_usd)
    keep = relaxation.promising(np.concatenate(rest), room)
    before = len(keep)
    relaxation.shrink(keep)
    search.log(f"filtered {before} regions of nodes to {int(keep.sum())}")
    ends = np.cumsum([len(left) for left in rest])[:-1]
    return [left[kept] for left, kept in zip(rest, np.split(keep, ends), strict=True)]


def _penalty_room(nodes: Sequence[Node]) -> float:
    """How much of any bound may be penalties, which no budget counts."""
    room = 0.0
    for node in nodes:
        if isinstance(node, DatasetNode):
            room += float(node.penalty_usd.max(initial=0.0)) * node.copies
        else:
            most = (node.options.penalty_usd + node.options.arrival_penalty_usd).max(initial=0.0)
            room += float(most) * node.workload.replicas
    return room


def _coupled(problem: Problem, nodes: Sequence[Node]) -> bool:
    """Whether a region for each node is not the whole answer, or rules beyond pairs of nodes bind."""
    pairwise = ("affinity", "anti_affinity")
    if any(coupling.binds(problem, nodes) for coupling in COUPLINGS if coupling.name not in pairwise):
        return True
    return any(
        node.copies > 1 and not node.fixed if isinstance(node, DatasetNode) else not node.folded for node in nodes
    )


def _effort(search: Search, seconds: float) -> Effort:
    settings = search.settings
    return Effort(seconds, settings.gap / 2, settings.seed, _TURNS)
