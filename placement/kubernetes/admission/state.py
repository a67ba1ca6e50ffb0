"""What objects are that are not to be judged as others are."""

import msgspec
from msgspec import Raw

from placement.kubernetes.admission.review import Request
from placement.kubernetes.admission.templates import POD, PodTemplate
from placement.kubernetes.names import OWN
from placement.kubernetes.objects import Owner, Part, Texts

_MIRROR = "kubernetes.io/config.mirror"
_KUBELETS = "system:nodes"


class _Metadata(Part, frozen=True):
    deletion_timestamp: str | None = None
    owner_references: list[Owner] | None = None
    labels: Texts | None = None
    annotations: Texts | None = None


class _Object(Part, frozen=True):
    metadata: _Metadata = _Metadata()


def is_going(document: Raw) -> bool:
    """Whether the object is being deleted: what takes its finalizers away must not be held up."""
    return _read(document).deletion_timestamp is not None


def is_made_by_another(request: Request) -> bool:
    """Whether it is no pod and another object makes it, and would make it again if it were not as it should be.

    The other was judged, and the pods will be.
    """
    return request.kind != POD and any(owner.controller for owner in _read(request.object).owner_references or ())


def is_mirror(template: PodTemplate) -> bool:
    """Whether the pod only shows what a machine runs of its own files."""
    return _MIRROR in (template.annotations or {})


def is_from_kubelet(request: Request) -> bool:
    """Whether a node asks."""
    return _KUBELETS in (request.user_info.groups or ())


def misplaced(request: Request, template: PodTemplate) -> tuple[str, ...]:
    """Warns of words that an object says of itself, and not of its pods, which alone are asked."""
    if request.kind == POD:
        return ()
    own = _read(request.object)
    inner = {**(template.pod.metadata.labels or {}), **(template.annotations or {})}
    words = sorted({*(own.labels or ()), *(own.annotations or ())} - inner.keys())
    return tuple(f"{key} says nothing of the pods here; write it into their template" for key in words if _is_own(key))


def _is_own(key: str) -> bool:
    return key.startswith(OWN)


def _read(document: Raw) -> _Metadata:
    return msgspec.json.decode(document, type=_Object).metadata
