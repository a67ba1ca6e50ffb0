"""The pods in an object: it is one, or makes them of a template."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec import Raw

from placement.kubernetes.admission.affinity import Affinity
from placement.kubernetes.admission.patch import pointer
from placement.kubernetes.admission.review import GroupKind, Request
from placement.kubernetes.objects import Part, Pod

POD = GroupKind("", "Pod")

TEMPLATES: Mapping[GroupKind, tuple[str, ...]] = {
    POD: (),
    GroupKind("", "ReplicationController"): ("spec", "template"),
    GroupKind("apps", "Deployment"): ("spec", "template"),
    GroupKind("apps", "StatefulSet"): ("spec", "template"),
    GroupKind("apps", "DaemonSet"): ("spec", "template"),
    GroupKind("apps", "ReplicaSet"): ("spec", "template"),
    GroupKind("batch", "Job"): ("spec", "template"),
    GroupKind("batch", "CronJob"): ("spec", "jobTemplate", "spec", "template"),
}
"""Where the pods of an object are described."""


class _Spec(Part, frozen=True):
    node_name: str = ""
    scheduler_name: str = ""
    affinity: Affinity | None = None


class _Whither(Part, frozen=True):
    spec: _Spec = _Spec()


@dataclass(frozen=True, slots=True)
class PodTemplate:
    """A pod, or what pods will be."""

    at: tuple[str, ...]
    """Its place in the object."""
    document: dict[str, Any]
    """As a pod of the namespace, with the name of what it belongs to where it has none of its own."""
    pod: Pod
    spec: _Spec
    annotations: Mapping[str, str] | None
    """As they are written; None where there are none."""
    has_metadata: bool

    @property
    def raw(self) -> Raw:
        """The document as it would come."""
        return Raw(msgspec.json.encode(self.document))

    def pointer(self, *keys: str | int) -> str:
        """The place of a part of it in the object."""
        return pointer(*self.at, *keys)

    def says_the_same(self, other: "PodTemplate | None") -> bool:
        """Whether the two have equal labels, annotations and specifications."""
        return other is not None and _said(self.document) == _said(other.document)


def template_in(request: Request, document: Raw) -> PodTemplate | None:
    """The pods of the request's object, or of the one before it; None where it has none.

    Raises msgspec.ValidationError for what is no such object.
    """
    at = TEMPLATES.get(request.kind)
    whole = msgspec.json.decode(document)
    if at is None or not isinstance(whole, dict):
        return None
    found: Any = whole
    for key in at:
        found = found.get(key) if isinstance(found, dict) else None
    if not isinstance(found, dict):
        return None
    metadata = _mapping(found.get("metadata"))
    own = _mapping(whole.get("metadata"))
    name = metadata.get("name") if not at else None
    generated = str(own.get("generateName") or "").rstrip("-")
    placed = metadata | {"namespace": request.namespace, "name": name or own.get("name") or request.name or generated}
    pod = found | {"apiVersion": "v1", "kind": "Pod", "metadata": placed}
    annotations = metadata.get("annotations")
    return PodTemplate(
        at=at,
        document=pod,
        pod=msgspec.convert(pod, Pod),
        spec=msgspec.convert(pod, _Whither).spec,
        annotations=annotations if isinstance(annotations, dict) else None,
        has_metadata=isinstance(found.get("metadata"), dict),
    )


def _mapping(found: Any) -> dict[str, Any]:
    return found if isinstance(found, dict) else {}


def _said(pod: Mapping[str, Any]) -> tuple[Any, Any, Any]:
    metadata = pod["metadata"]
    return metadata.get("labels") or {}, metadata.get("annotations") or {}, pod.get("spec")
