"""What pods are judged by at one time: a catalog, and the policies of one day over its regions."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from placement.kubernetes.pods import Asked
from placement.kubernetes.shape import BadPod
from placement.market.catalog import Catalog
from placement.policy_file import PolicyDocument
from placement.residency.evaluation import Evaluation
from placement.residency.guardrails import speaks_of_pods
from placement.residency.spelling import did_you_mean


@dataclass(frozen=True, eq=False)
class Ground:
    """One ground for all pods, until the market, the policies or the day change."""

    catalog: Catalog
    """With stale offerings marked as such."""
    policies: PolicyDocument
    """Without any, nothing is lawful that is classified."""
    day: date

    @cached_property
    def evaluation(self) -> Evaluation:
        """The policies, ready to be asked."""
        return Evaluation(self.policies.policies, self.catalog.regions, self.day)

    @cached_property
    def asked(self) -> Asked:
        """What of a pod the policies look at."""
        rules = self.policies.policies
        if rules.guardrails:
            # An expression may speak of any label, and of the name.
            return Asked(labels=None, names=None, document=any(map(speaks_of_pods, rules.guardrails)))
        return Asked(
            labels=sorted({key for policy in rules.policies for key, _ in policy.when.labels}),
            names=sorted(
                {name for policy in rules.policies for name in policy.when.names}
                | {waiver.workload for waiver in rules.waivers}
            ),
        )

    @cached_property
    def classes(self) -> frozenset[str]:
        """Those that the policies define."""
        return frozenset(each.name for each in self.policies.policies.classes)

    def check_classes(self, what: str, classification: Iterable[str]) -> None:
        """Raises BadPod for a class that no policies define."""
        for name in classification:
            if name not in self.classes:
                near = did_you_mean(name, self.classes)
                raise BadPod(f"no stored policies define the class {name[:80]!r} of {what}{near}")
