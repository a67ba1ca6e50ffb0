"""What each policy costs: the fleet is placed again without it.

The figures need not add up. Where two policies refuse the same regions, taking away one changes nothing, and together
they cost what taking away both saves. Where each of two opens another cheap region, only one of these can be used, and
together they cost less than the sum. So all of them together are a figure of their own.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from placement.domain.decision import Decision
from placement.domain.fleet import Fleet
from placement.domain.money import MicroUsd
from placement.domain.policy import PolicySet
from placement.market.catalog import Catalog
from placement.optimizer.search import Settings
from placement.planner.deciding import decide


@dataclass(frozen=True, slots=True)
class PolicyCost:
    """The fleet without one policy, or without all of them."""

    policy: str | None
    """`name@version`; None: all."""
    total: MicroUsd | None
    """USD a month without it; None where no placement was found, be it in the time or at all."""
    saving: MicroUsd | None
    """What the policy costs a month, never below 0. None where no placement was found with it, or none without it."""
    at_most: MicroUsd | None
    """The saving that the bounds leave possible; more than `saving` where an answer was not proven cheapest."""


@dataclass(frozen=True, slots=True)
class PolicyCosts:
    """All figures against one answer with all policies."""

    total: MicroUsd | None
    each: tuple[PolicyCost, ...]
    """The dearest first."""
    without_all: PolicyCost

    @property
    def unexplained(self) -> MicroUsd | None:
        """What all cost together beyond the sum of each alone; below 0 where the savings are alternatives."""
        savings = [cost.saving for cost in self.each]
        if self.without_all.saving is None or any(saving is None for saving in savings):
            return None
        return MicroUsd(self.without_all.saving - sum(saving for saving in savings if saving is not None))


def policy_costs(
    catalog: Catalog,
    fleet: Fleet,
    policies: PolicySet,
    settings: Settings,
    now: datetime,
    *,
    allow_stale: bool = False,
    watch: Callable[[str], None] = lambda words: None,
) -> PolicyCosts:
    """Place the fleet with all policies, without each of those that concern it, and without any."""

    def solved(kept: PolicySet) -> Decision:
        return decide(catalog, fleet, settings, now, policies=kept, allow_stale=allow_stale)

    watch("all policies")
    now_with_all = solved(policies)
    found: list[PolicyCost] = []
    for wanted in now_with_all.policies.applied:
        watch(f"without {wanted}")
        found.append(_cost(wanted, now_with_all, solved(without(policies, [wanted]))))
    watch("without any policy")
    none = _cost(None, now_with_all, solved(PolicySet(classes=policies.classes)))
    found.sort(key=lambda cost: (-(cost.saving or 0), cost.policy or ""))
    return PolicyCosts(_total(now_with_all), tuple(found), none)


def without(policies: PolicySet, names: Sequence[str]) -> PolicySet:
    """The policies that are left when these, named `name@version`, are taken away."""
    return replace(
        policies,
        policies=tuple(policy for policy in policies.policies if policy.id not in names),
        guardrails=tuple(guardrail for guardrail in policies.guardrails if guardrail.id not in names),
    )


def _cost(policy: str | None, with_all: Decision, without: Decision) -> PolicyCost:
    before, after = _total(with_all), _total(without)
    if before is None or after is None:
        return PolicyCost(policy, after, None, None)
    # Fewer rules never cost more. An answer that is dearer was not searched for long enough, or was chosen by a
    # preference, which is no part of the bill.
    saving = MicroUsd(max(0, before - after))
    at_most = before - without.lower_bound if without.lower_bound is not None else saving
    return PolicyCost(policy, after, saving, MicroUsd(max(saving, at_most)))


def _total(decision: Decision) -> MicroUsd | None:
    return None if decision.bill is None else decision.bill.total
