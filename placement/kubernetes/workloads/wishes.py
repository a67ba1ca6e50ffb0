"""Nodes that pods ask for by labels, in a fleet's words: architecture, region, instance type, capacity type.

What no node could answer leaves the workload out. What is asked of nodes in other ways, of which one is enough or
which exclude some, says nothing of where pods may be in another cluster, and is passed over.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from placement.domain.errors import BadInput
from placement.kubernetes.admission.affinity import Affinity, in_regions
from placement.kubernetes.admission.own_marks import REGIONS
from placement.kubernetes.names import CAPACITY_TYPES, INSTANCE_TYPE, REGION
from placement.kubernetes.objects import Part, Requirement, Texts

_ARCHITECTURE = ("kubernetes.io/arch", "beta.kubernetes.io/arch")
_ARCHITECTURES = {"amd64": "x86_64", "arm64": "arm64"}


class _Metadata(Part, frozen=True):
    annotations: Texts | None = None


class _Spec(Part, frozen=True):
    node_selector: Texts | None = None
    affinity: Affinity | None = None


class Asking(Part, frozen=True):
    """A pod, as far as it asks for nodes."""

    metadata: _Metadata = _Metadata()
    spec: _Spec = _Spec()


class NoSuchNodes(BadInput):
    """No node, in no cluster that a fleet could be placed in, is what the pod asks for."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """Each empty where nothing is asked for."""

    architecture: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    """Patterns of places."""
    instance_types: tuple[str, ...] = ()
    capacity_types: tuple[str, ...] = ()


def wishes_of(pod: Asking) -> Wishes:
    """What the pod's node selector asks for, and its node affinity where that is one term; raises NoSuchNodes."""
    asked = {key: [value] for key, value in (pod.spec.node_selector or {}).items()}
    for each in _required(pod):
        if each.operator == "In" and each.values:
            before = asked.get(each.key)
            asked[each.key] = [value for value in each.values if before is None or value in before]
            if not asked[each.key]:
                told = f"{', '.join(before or ())} and {', '.join(each.values)}"
                raise NoSuchNodes(f"asks for nodes whose label {each.key} is both {told}")
    machines = _first(asked, _ARCHITECTURE)
    if machines and not set(machines) & _ARCHITECTURES.keys():
        raise NoSuchNodes(f"asks for nodes of {', '.join(machines)}; machines here are {' and '.join(_ARCHITECTURES)}")
    return Wishes(
        architecture=tuple(_ARCHITECTURES[value] for value in machines if value in _ARCHITECTURES),
        regions=tuple(f"*:{value}" for value in _first(asked, REGION)),
        instance_types=tuple(_first(asked, INSTANCE_TYPE)),
        capacity_types=tuple(
            dict.fromkeys(
                meaning[value].value
                for label, meaning in CAPACITY_TYPES
                for value in asked.get(label, ())
                if value in meaning
            )
        ),
    )


def _required(pod: Asking) -> Iterable[Requirement]:
    """The conditions that all hold, without the one that this project's own webhook has written."""
    affinity = pod.spec.affinity.node_affinity if pod.spec.affinity else None
    terms = (affinity.required.node_selector_terms if affinity and affinity.required else None) or []
    if len(terms) != 1:
        return ()
    written = (pod.metadata.annotations or {}).get(REGIONS)
    own = in_regions(written.split(",")) if written else None
    return [each for each in terms[0].match_expressions or () if each != own]


def _first(asked: Mapping[str, list[str]], labels: Iterable[str]) -> list[str]:
    return next((asked[label] for label in labels if label in asked), [])
