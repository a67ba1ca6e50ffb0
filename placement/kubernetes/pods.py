"""A pod of a cluster becomes a shape: what it says itself, what its namespace says of it, and what it mounts."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from msgspec import Raw

from placement.kubernetes.cluster import Cluster
from placement.kubernetes.demand import ANNOTATIONS
from placement.kubernetes.names import POD_TEMPLATE_HASH
from placement.kubernetes.objects import Pod
from placement.kubernetes.own_words import OF_NAMESPACES, SCHEDULER, annotations_of, classes_of
from placement.kubernetes.requests import requested
from placement.kubernetes.shape import ANY_POD, BadPod, PodShape
from placement.kubernetes.volumes import Volumes

OF_PODS = frozenset((*ANNOTATIONS, SCHEDULER))
"""Annotations that a pod may have, beside its classification, without the prefix."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What policies want to know of a pod beside what costs depend on."""

    labels: Collection[str] | None = ()
    """Labels that a policy may ask for; None: all."""
    names: Collection[str] | None = ()
    """Patterns of workloads' names that a policy or a waiver has; None: any name may matter."""
    document: bool = False
    """Whether a guardrail speaks of the pod as a whole."""


def shape_of(pod: Pod, document: Raw, cluster: Cluster, volumes: Volumes, asked: Asked) -> PodShape:
    """The shape; `document` is the pod as it came. Raises BadPod for what cannot be judged."""
    metadata = pod.metadata
    namespace = cluster.namespaces.get(metadata.namespace)
    if namespace is None:
        raise BadPod(f"the namespace {metadata.namespace[:80]} is not known yet")
    annotations_of(namespace.metadata, OF_NAMESPACES, f"the namespace {metadata.namespace[:80]}")
    own = annotations_of(metadata, OF_PODS, "the pod")
    own.pop(SCHEDULER, None)
    labels = metadata.labels or {}
    kept = labels if asked.labels is None else {key: labels[key] for key in asked.labels if key in labels}
    vcpus, memory_gib, gpus = requested(pod)
    return PodShape(
        workload=_name(f"{metadata.namespace}/{workload_of(pod)}", own, asked),
        labels=tuple(sorted(kept.items())),
        annotations=tuple(sorted(own.items())),
        vcpus=vcpus,
        memory_gib=memory_gib,
        gpus=gpus,
        classification=tuple(sorted({*classes_of(metadata), *classes_of(namespace.metadata)})),
        volumes=volumes.of(pod),
        document=bytes(document) if asked.document else b"",
    )


def _name(workload: str, annotations: Mapping[str, str], asked: Asked) -> str:
    """The workload's name where it matters: without it, pods of different workloads are of one shape."""
    if asked.names is None or workload in annotations.get("flows", ""):
        return workload
    # A pattern that the stand-in matches would otherwise be applied to it.
    matters = any(fnmatchcase(name, pattern) for pattern in asked.names for name in (workload, ANY_POD))
    return workload if matters else ANY_POD


def workload_of(pod: Pod) -> str:
    """The name of what the pod is a replica of, the same for all of them."""
    metadata = pod.metadata
    owner = next((each for each in metadata.owner_references or () if each.controller), None)
    if owner is None:
        return metadata.name
    template = (metadata.labels or {}).get(POD_TEMPLATE_HASH)
    return owner.name.removesuffix(f"-{template}") if template and owner.kind == "ReplicaSet" else owner.name
