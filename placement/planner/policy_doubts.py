"""Policies and waivers that do nothing for a fleet are likely not what was meant: each is told where it stands."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from placement.domain.errors import Flaw
from placement.domain.fleet import Fleet
from placement.domain.policy import Effect, Guardrail, Policy
from placement.policy_file import PolicyDocument
from placement.residency.evaluation import Evaluation
from placement.residency.validity import in_force
from placement.written.notes import in_order

if TYPE_CHECKING:
    from placement.residency.admissible import Admissible


def doubts(document: PolicyDocument, fleet: Fleet, judged: "Admissible", as_of: date) -> list[str]:
    """In the order of the files, beside what reading them warned of: what is over."""
    found = [*_rules(document, fleet, judged, as_of), *_waivers(document, judged, as_of)]
    return [str(flaw) for flaw in sorted(found, key=lambda flaw: (flaw.source, in_order(flaw)))]


def _rules(document: PolicyDocument, fleet: Fleet, judged: "Admissible", as_of: date) -> Iterator[Flaw]:
    """Those that are about nothing in the fleet."""
    unwaived = Evaluation(replace(document.policies, waivers=()), judged.regions, as_of).compiled(fleet).applied
    for policy in document.policies.policies:
        if policy.valid_from is not None and as_of < policy.valid_from:
            reason = f"{policy.id} begins on {policy.valid_from} and does not hold yet"
            yield document.flaw_at("policies", policy.name, reason, ("valid_from",))
        elif in_force(policy, as_of) and policy.id not in judged.applied:
            yield document.flaw_at("policies", policy.name, _idle(policy, policy.id in unwaived))
    for guardrail in document.policies.guardrails:
        if guardrail.id not in judged.applied:
            yield document.flaw_at("guardrails", guardrail.name, _idle(guardrail, guardrail.id in unwaived))


def _idle(rule: Policy | Guardrail, is_waived: bool) -> str:
    if is_waived:
        return f"{rule.id} is waived for all that it concerns in this fleet"
    if isinstance(rule, Guardrail):
        return f"{rule.id} concerns no workload of this fleet"
    if rule.effect is Effect.REQUIRE_COPY_IN:
        return f"{rule.id} concerns no dataset of this fleet"
    return f"{rule.id} concerns no workload and no dataset of this fleet"


def _waivers(document: PolicyDocument, judged: "Admissible", as_of: date) -> Iterator[Flaw]:
    """Those for what is not there."""
    for waiver in document.policies.waivers:
        if as_of <= waiver.expires and waiver.workload not in judged.subjects:
            reason = f"{waiver.workload!r} is neither a workload nor a dataset of this fleet ({waiver.ticket})"
            yield document.flaw_at("waivers", f"{waiver.policy}/{waiver.workload}", reason, ("workload",))
