"""A budget is kept by giving penalties less weight, for they alone can make a dearer placement the better one.

Let P(t) be the least of  bill + t x penalties  over the placements that keep all other rules. One that keeps a budget
of B as well has

    bill + penalties  =  (bill + t x penalties) / t - (1 / t - 1) x bill  >=  B + (P(t) - B) / t        for 0 < t <= 1

and none keeps it if P(0) > B. So each weight is a problem without a budget, for all steps there are. Without penalties
one is enough. With them the next weight is that at which the best known placement above the budget costs as much as
the best one within it, until no placement is better there than these.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from placement.domain.decision import Placement
from placement.optimizer.costs import PENALTIES
from placement.optimizer.outcome import Outcome, Start
from placement.optimizer.price import price
from placement.optimizer.problem import Problem
from placement.optimizer.search import Progress, Search

_FIRST, _EACH, _ALL = 0.4, 0.15, 0.8
"""Of the time limit: for penalties at their own weight, for each other weight, and for all of them."""
_MOST_WEIGHTS = 12

Run = Callable[[Search, Start | None], Outcome]
"""Goes on with a search, from what is known."""


def keep_budget(search: Search, budget_usd: float, start: Start | None, run: Run) -> Outcome:
    """Offer placements within the budget and prove bounds, until the gap is closed or the time is over."""
    penalised = _penalised(search.problem)
    weights = _Weights(search, budget_usd, run)
    first = weights.solve(1.0, _FIRST if penalised else 1.0, start, exactly=not penalised)
    if not penalised or first.infeasible or search.closed:
        return replace(first, search=search)
    if weights.within is None:
        # What was proven before holds for penalties at their own weight.
        cheapest = weights.solve(0.0, search.spent + _EACH, None, exactly=True)
        if cheapest.infeasible:
            return replace(cheapest, search=search)
    weights.meet()
    if search.closed or search.seconds_left <= 0:
        return Outcome(search, first.nodes, "gap" if search.closed else "time", infeasible=False)
    return run(search, None)


def _penalised(problem: Problem) -> bool:
    """Whether anything but money counts."""
    none = np.empty(0, np.intp)
    return any(
        term.per_replica(problem, workload, none) is not None or term.per_arrival(problem, workload, none) is not None
        for term in PENALTIES
        for workload in problem.fleet.workloads
    ) or any(term.per_copy(problem, dataset) is not None for term in PENALTIES for dataset in problem.fleet.datasets)


@dataclass(frozen=True, slots=True)
class _Known:
    """A placement's bill and penalties, in USD a month."""

    bill: float
    penalties: float


@dataclass(eq=False)
class _Weights:
    """Problems without the budget, and the last placements above it and within it that these gave."""

    search: Search
    budget_usd: float
    run: Run
    above: _Known | None = None
    within: _Known | None = None

    def solve(self, weight: float, until: float, start: Start | None, *, exactly: bool) -> Outcome:
        """Penalties at this weight, until a part of the time limit is over; `exactly` where the bill alone counts, so
        that a placement above the budget is not near enough."""
        search, settings = self.search, self.search.settings
        limits = replace(search.problem.fleet.limits, budget_usd_per_month=None)
        fleet = replace(search.problem.fleet, limits=limits)
        part = search.part(
            replace(search.problem, fleet=fleet, penalty_weight=weight),
            replace(settings, time_limit_s=until * settings.time_limit_s),
            self.budget_usd if exactly else np.inf,
        )
        part.watch = lambda progress: self._tell(progress, weight)
        outcome = self.run(part, start)
        self._prove(part.bound_usd, weight)
        words = "" if weight == 1.0 else f" with penalties x {weight:.3g}"
        search.steps += [f"{step}{words}" for step in part.steps]
        if part.placement is not None:
            self._remember(part.placement)
        # Rules can hold where there is a placement: then it is the budget that none keeps.
        least = part.bound_usd if outcome.infeasible and part.placement is not None else None
        return replace(outcome, least_usd=least)

    def meet(self) -> None:
        """Go on to the weight at which both cost the same, as long as that gives another placement."""
        for _ in range(_MOST_WEIGHTS):
            above, within = self.above, self.within
            if above is None or within is None or self.search.closed or self.search.spent > _ALL:
                return
            fewer = within.penalties - above.penalties
            weight = (above.bill - within.bill) / fewer if fewer > 0 else 0.0
            if not 0 < weight < 1:
                return
            self.solve(weight, self.search.spent + _EACH, None, exactly=False)
            if (above, within) == (self.above, self.within):
                return

    def _remember(self, placement: Placement) -> None:
        self.search.offer(placement)
        priced = price(self.search.problem, placement)
        known = _Known(priced.bill.total / 1e6, (priced.objective - priced.bill.total) / 1e6)
        if known.bill > self.budget_usd:
            self.above = known
        else:
            self.within = known

    def _prove(self, bound_usd: float, weight: float) -> None:
        if weight > 0:
            self.search.prove(self.budget_usd + (bound_usd - self.budget_usd) / weight)

    def _tell(self, progress: Progress, weight: float) -> None:
        self._prove(progress.bound_usd, weight)
        value = self.search.value_usd if self.search.placement is not None else None
        self.search.watch(replace(progress, value_usd=value, bound_usd=self.search.bound_usd))
