"""One subject against one region, policy by policy in plain Python: what the masks of a whole fleet must agree with."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from placement.domain.policy import Activity, Effect, Guardrail, Policy, PolicySet, Reason
from placement.domain.region import Region
from placement.residency import operators
from placement.residency.activities import is_judged
from placement.residency.guardrails import Document, Guardrails
from placement.residency.matching import all_hold
from placement.residency.reasons import Refused, by_terms, by_transfer, ordered
from placement.residency.selection import Selection
from placement.residency.subjects import Classes, Subject
from placement.residency.transfer import NOT_SAID, has_basis, has_basis_from, origins_of
from placement.residency.truth import Truth, negated
from placement.residency.validity import in_force, is_waived, waivers_in_force
from placement.residency.vocabulary import Vocabulary


def judge(
    policies: PolicySet,
    subject: Subject,
    region: Region,
    as_of: date,
    workload: Document | None = None,
    pod: Document | None = None,
) -> tuple[Reason, ...]:
    """Why the subject may not lie in the region on that day, in order; nothing if it may.

    `workload` and `pod` are the documents that guardrails speak of.
    """
    judged = Judge(policies, as_of)
    return ordered((*judged.reasons(subject, region), *judged.guardrail_reasons(subject, workload, pod)))


class Judge:
    """The policies in force on one day."""

    def __init__(self, policies: PolicySet, as_of: date) -> None:
        self.vocabulary = Vocabulary(policies, as_of)
        self.selection = Selection(policies, self.vocabulary)
        self.policies = tuple(policy for policy in policies.policies if in_force(policy, as_of))
        self.waived = waivers_in_force(policies, as_of)
        self._about = policies.guardrails
        self.guardrails = Guardrails(policies.guardrails)

    def reasons(self, subject: Subject, region: Region, among: Iterable[Policy] | None = None) -> tuple[Reason, ...]:
        """What the policies, or those `among` them, have against the region, guardrails apart."""
        known = operators.of(region)
        policies = self.policies if among is None else tuple(among)
        return ordered(reason for policy in policies for reason in self._of_policy(policy, subject, known))

    def guardrail_reasons(
        self, subject: Subject, workload: Document | None, pod: Document | None
    ) -> tuple[Reason, ...]:
        """What the guardrails have against a workload in every region; they are not about datasets."""
        if subject.kind != "workload":
            return ()
        among = {guardrail.id for guardrail in self._about if self.affected(guardrail, (), subject)}
        return self.guardrails.refusals(workload, pod, among)

    def affected(
        self, rule: Policy | Guardrail, activities: tuple[Activity, ...], subject: Subject
    ) -> tuple[tuple[Activity, Classes], ...]:
        """What of all that the subject does the rule judges."""
        if is_waived(rule, subject.name, self.waived):
            return ()
        return tuple(
            (activity, classes)
            for activity, classes in subject.does
            if is_judged(activity, activities)
            and self.selection.picks(rule.when, classes, subject.labels, subject.name)
        )

    def _of_policy(self, policy: Policy, subject: Subject, region: Region) -> Iterator[Reason]:
        affected = self.affected(policy, policy.activities, subject)
        if not affected:
            return
        classes = frozenset[str]().union(*(each for _, each in affected))
        if policy.effect is Effect.REQUIRE_TRANSFER_BASIS:
            yield from self._of_transfer(policy, affected[0][0], classes, subject, region)
        elif _admits(policy, region, self.vocabulary) is not True:
            via = self._via(policy, classes, subject.paths)
            yield from by_terms(Refused(policy, region, affected[0][0], via), self.vocabulary)

    def _of_transfer(
        self, policy: Policy, activity: Activity, classes: Classes, subject: Subject, region: Region
    ) -> Iterator[Reason]:
        origins = origins_of(policy)
        if origins:
            truth = has_basis_from(policy, region, self.vocabulary)
            if truth is not True:
                refused = Refused(policy, region, activity, self._via(policy, classes, subject.paths))
                yield by_transfer(refused, origins, truth, self.vocabulary)
            return
        for jurisdiction, brought in self.jurisdictions(policy, classes).items():
            truth = has_basis(policy, jurisdiction, region, self.vocabulary)
            if truth is not True:
                refused = Refused(policy, region, activity, _nearest(brought, subject.paths))
                yield by_transfer(refused, (jurisdiction,), truth, self.vocabulary)

    def jurisdictions(self, policy: Policy, classes: Classes) -> Mapping[str, frozenset[str]]:
        """Whose law the matched classes are under, and which of them brought it up."""
        found: dict[str, frozenset[str]] = {}
        for name in self.selection.matched(policy.when, classes):
            for jurisdiction in self.selection.subjects(name) or (NOT_SAID,):
                found[jurisdiction] = found.get(jurisdiction, frozenset()) | {name}
        return found

    def _via(self, policy: Policy, classes: Classes, paths: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
        """The way of the class without which the policy would not be about the subject."""
        ways = (
            _nearest((name for name in classes if condition(name)), paths)
            for condition in self.selection.conditions(policy.when)
        )
        return max(ways, key=lambda way: (len(way), way), default=())


def _admits(policy: Policy, region: Region, vocabulary: Vocabulary) -> Truth:
    match policy.effect:
        case Effect.ALLOW_ONLY | Effect.REQUIRE:
            return all_hold(policy.terms, region, vocabulary)
        case Effect.DENY:
            return negated(all_hold(policy.terms, region, vocabulary))
        case _:
            return True


def _nearest(classes: Iterable[str], paths: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The shortest way among those of the classes, which is empty for one of the subject's own."""
    return min((paths.get(name, ()) for name in classes), key=lambda way: (len(way), way), default=())
