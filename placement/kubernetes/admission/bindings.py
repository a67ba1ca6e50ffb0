"""A pod is bound to a node, by whatever scheduler: the last moment at which it can be kept off."""

import msgspec
from msgspec import Raw, Struct

from placement.kubernetes.admission.review import ALLOWED, Answer, Request
from placement.kubernetes.cluster import Cluster
from placement.kubernetes.rulings import Rulings


class _Target(Struct, frozen=True):
    name: str = ""


class _Metadata(Struct, frozen=True):
    name: str = ""


class _Binding(Struct, frozen=True):
    target: _Target
    metadata: _Metadata = _Metadata()


_binding_of = msgspec.json.Decoder(_Binding).decode


def bound_pod(request: Request) -> str:
    """The name of the pod; raises msgspec.DecodeError for what is no binding."""
    return _binding_of(request.object).metadata.name or request.name


def judged_binding(request: Request, pod: Raw | None, cluster: Cluster, standing: Rulings) -> Answer:
    """Whether the pod, None where there is none of this name, may be on the node."""
    node = _binding_of(request.object).target.name
    if pod is None:
        return ALLOWED  # The API server says that it is not there.
    (reason,) = standing.on(pod, cluster).reasons([node])
    return Answer(f"the pod may not be on the node {node[:80]}: {reason}") if reason else ALLOWED
