"""The bill stays within the budget:  total <= budget_usd_per_month."""

from collections.abc import Iterable, Sequence

from placement.domain.decision import Placement
from placement.domain.money import amount_from_usd, amount_in_usd
from placement.optimizer.constraints.couplings.base import Coupling
from placement.optimizer.constraints.couplings.reach import Reach
from placement.optimizer.model import PlacementModel
from placement.optimizer.price import price
from placement.optimizer.problem import Problem


class Budget(Coupling):
    """Hard, and on the whole bill."""

    name = "budget"

    def active(self, problem: Problem) -> bool:
        """A budget is named."""
        return problem.fleet.limits.budget_usd_per_month is not None

    def ties(self, problem: Problem) -> Iterable[Sequence[str]]:
        """None: parts are solved without it, and what they are together is then held to it."""
        return ()

    def post(self, model: PlacementModel) -> None:
        """Nothing here: the bill is the objective, so `PlacementModel.minimise` adds the row."""

    def violations(self, problem: Problem, placement: Placement) -> Iterable[str]:
        """Prices the placement."""
        budget = problem.fleet.limits.budget_usd_per_month
        if budget is None or list(Reach().violations(problem, placement)):
            return
        total = price(problem, placement).bill.total
        if total > amount_from_usd(budget):
            yield f"the placement costs {amount_in_usd(total):,.2f} USD a month, the budget is {budget:,.2f}"
