"""The shape of a pod: all of it that law and costs look at. Pods of one shape are judged once."""

from dataclasses import dataclass

from placement.domain.errors import BadInput

Texts = tuple[tuple[str, str], ...]


ANY_POD = "the pod"
"""Stands for the workload where its name decides nothing; no object has it."""


class BadPod(BadInput):
    """The pod, or what it refers to, cannot be judged: no node may have it."""


@dataclass(frozen=True, slots=True)
class VolumeFacts:
    """A volume of a pod: a dataset that it reads, and writes unless it only reads."""

    name: str
    """As the pod calls it."""
    size_gb: float
    at: tuple[str, ...] = ()
    """Regions in which its data lie; empty where that is not known, or not decided."""
    follows: bool = False
    """It is made where the pod goes (WaitForFirstConsumer)."""
    classification: tuple[str, ...] = ()
    gb_per_month: float | None = None
    """Read by the pod; None: as much as it holds."""
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class PodShape:
    """What is judged."""

    workload: str
    """`namespace/name` of what the pod is a replica of: a Deployment, a StatefulSet, a Job, or the pod itself.

    ANY_POD where it does not matter.
    """
    labels: Texts
    """Those that a policy may ask for."""
    annotations: Texts
    """Those of this project, without the prefix."""
    vcpus: float
    memory_gib: float
    gpus: int
    classification: tuple[str, ...]
    """Of the pod and of its namespace."""
    volumes: tuple[VolumeFacts, ...] = ()
    document: bytes = b""
    """The whole pod, where a guardrail speaks of it."""
