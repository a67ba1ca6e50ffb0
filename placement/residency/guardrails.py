"""A guardrail refuses a workload in every region unless its expression is true of the workload or of its pod.

What cannot be evaluated refuses too, and says so. An expression that speaks of `pod` is judged where there is a pod: in
a cluster. Any other is judged of the workload.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from placement.domain.policy import Activity, Guardrail, Reason
from placement.residency.expressions import compiled

Document = Mapping[str, Any]


def check(expression: str) -> str | None:
    """What is wrong with an expression, with the place in it, or None."""
    return compiled(expression).complaint


def speaks_of_pods(guardrail: Guardrail) -> bool:
    """Whether the expression is about a pod, and must be judged anew for each."""
    return compiled(guardrail.expression).of_pod


class Guardrails:
    """Expressions that are compiled once, in the order of their names."""

    def __init__(self, guardrails: Sequence[Guardrail]) -> None:
        self._guardrails = sorted(guardrails, key=lambda each: (each.name, each.version))

    def refusals(
        self, workload_document: Document | None, pod: Document | None = None, among: Collection[str] | None = None
    ) -> tuple[Reason, ...]:
        """What the guardrails, or those `among` them by id, have against a workload as a fleet document has it.

        A workload without a document is refused by every guardrail about workloads.
        """
        found = []
        for guardrail in self._guardrails:
            if among is None or guardrail.id in among:
                complaint = _complaint(guardrail, workload_document, pod)
                if complaint is not None:
                    found.append(_reason(guardrail, complaint))
        return tuple(found)


def _complaint(guardrail: Guardrail, workload: Document | None, pod: Document | None) -> str | None:
    expression = compiled(guardrail.expression)
    if expression.of_pod and pod is None:
        return None
    if expression.complaint is None and not expression.of_pod and workload is None:
        return "there is no document of it"
    return expression.judge(workload, pod)


def _reason(guardrail: Guardrail, complaint: str) -> Reason:
    return Reason(
        code="guardrail",
        policy=guardrail.id,
        activity=Activity.COMPUTE.value,
        dimension="pod" if compiled(guardrail.expression).of_pod else "workload",
        observed=f"refused by {guardrail.expression} ({complaint})",
        required=guardrail.message,
        fixable_by=f"a workload of which it is true that {guardrail.expression}; a waiver of {guardrail.name}",
    )
