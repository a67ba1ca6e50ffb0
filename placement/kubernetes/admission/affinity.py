"""A pod is bound to regions by its node affinity, so that whoever places it, autoscalers too, keeps to them.

Terms are alternatives to one another: what must hold stands in each of them. A term without any condition matches no
node, and stays as it is.
"""

from collections.abc import Callable, Iterable, Sequence

from msgspec import field

from placement.kubernetes.admission.patch import Operation
from placement.kubernetes.names import REGION
from placement.kubernetes.objects import Part, Requirement

_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"

Pointer = Callable[..., str]
"""The place of a part of the pod, by its keys."""


class Term(Part, frozen=True):
    """Conditions that hold together."""

    match_expressions: list[Requirement] | None = None
    match_fields: list[Requirement] | None = None


class Required(Part, frozen=True):
    """Terms of which one must hold."""

    node_selector_terms: list[Term] | None = None


class NodeAffinity(Part, frozen=True):
    """On which nodes a pod may be."""

    required: Required | None = field(default=None, name=_REQUIRED)


class Affinity(Part, frozen=True):
    """Near what a pod may be."""

    node_affinity: NodeAffinity | None = None


def in_regions(names: Iterable[str]) -> Requirement:
    """The condition that a node is in one of these regions, by the name that its provider gives them."""
    return Requirement(REGION[0], "In", sorted(set(names)))


def bound(
    affinity: Affinity | None, wanted: Requirement | None, before: Requirement | None, at: Pointer
) -> list[Operation]:
    """What to change so that each term has the wanted condition, in the place of the one that was written before."""
    required = affinity.node_affinity.required if affinity and affinity.node_affinity else None
    if required is None or required.node_selector_terms is None:
        return [] if wanted is None else [_made(affinity, wanted, at)]
    keys = ("spec", "affinity", "nodeAffinity", _REQUIRED)
    terms = required.node_selector_terms
    if wanted is None:
        if before and terms and all(term == Term([before]) for term in terms):
            return [Operation("remove", at(*keys))]
        return [*_taken_out(terms, before, lambda *rest: at(*keys, "nodeSelectorTerms", *rest))]
    return [*_put_in(terms, wanted, before, lambda *rest: at(*keys, "nodeSelectorTerms", *rest))]


def _made(affinity: Affinity | None, wanted: Requirement, at: Pointer) -> Operation:
    """With as much around it as is missing."""
    terms = {"nodeSelectorTerms": [{"matchExpressions": [_written(wanted)]}]}
    if affinity is None:
        return Operation("add", at("spec", "affinity"), {"nodeAffinity": {_REQUIRED: terms}})
    if affinity.node_affinity is None:
        return Operation("add", at("spec", "affinity", "nodeAffinity"), {_REQUIRED: terms})
    return Operation("add", at("spec", "affinity", "nodeAffinity", _REQUIRED), terms)


def _put_in(terms: Sequence[Term], wanted: Requirement, before: Requirement | None, at: Pointer) -> Iterable[Operation]:
    for index, term in enumerate(terms):
        conditions = term.match_expressions or []
        if wanted in conditions or not (conditions or term.match_fields):
            continue
        if before in conditions:
            place = at(index, "matchExpressions", conditions.index(before))
            yield Operation("replace", place, _written(wanted))
        elif conditions:
            yield Operation("add", at(index, "matchExpressions", "-"), _written(wanted))
        else:
            yield Operation("add", at(index, "matchExpressions"), [_written(wanted)])


def _taken_out(terms: Sequence[Term], before: Requirement | None, at: Pointer) -> Iterable[Operation]:
    for index, term in enumerate(terms):
        conditions = term.match_expressions or []
        # A term of nothing else would match no node any more.
        if before in conditions and len(conditions) + len(term.match_fields or ()) > 1:
            yield Operation("remove", at(index, "matchExpressions", conditions.index(before)))


def _written(requirement: Requirement) -> dict[str, object]:
    return {"key": requirement.key, "operator": requirement.operator, "values": requirement.values}
