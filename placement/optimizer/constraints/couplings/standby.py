"""Where replicas may be started instead, and where backups lie, is lawful too, whether or not it is ever used.

The regions are given and not chosen: a policy that refuses one refuses the fleet.
"""

from collections.abc import Iterable, Iterator, Sequence

from placement.domain.decision import Placement
from placement.domain.policy import Activity
from placement.optimizer.constraints.couplings.base import Coupling
from placement.optimizer.constraints.policies import policy_rule
from placement.optimizer.model import PlacementModel
from placement.optimizer.problem import Problem
from placement.optimizer.rules import Rule


class Standby(Coupling):
    """`failover` of workloads and `backups` of datasets."""

    name = "standby"

    def active(self, problem: Problem) -> bool:
        """Some given region is refused: else there is nothing to keep."""
        return any(True for _ in _refused(problem))

    def ties(self, problem: Problem) -> Iterable[Sequence[str]]:
        """None: each is judged by itself."""
        return ()

    def post(self, model: PlacementModel) -> None:
        """What can never hold."""
        for rule in _refused(model.problem):
            model.add(model.cp.add_bool_or([]), rule)

    def violations(self, problem: Problem, placement: Placement) -> Iterable[str]:
        """The same for every placement."""
        for rule in _refused(problem):
            yield f"{rule.subjects[0]}: {rule.reason}"


def _refused(problem: Problem) -> Iterator[Rule]:
    residency = problem.residency
    if residency is None:
        return
    for workload in problem.fleet.workloads:
        for region in workload.failover:
            index = problem.region(region)
            for rule in residency.rules(workload.name):
                if not rule.mask[index]:
                    reason = f"fails over to {region}, but {rule.words}"
                    yield Rule(policy_rule(rule), (workload.name,), reason)
    for dataset in problem.fleet.datasets:
        for region in dataset.backups:
            for against in residency.reasons_to(Activity.BACKUP, dataset.name, problem.region(region)):
                yield Rule(f"policy {against.policy}", (dataset.name,), f"is backed up in {region}, but {against}")
