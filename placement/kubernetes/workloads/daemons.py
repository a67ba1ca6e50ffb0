"""DaemonSets run on nodes for the sake of the nodes: no workloads, and what they take of a node is nobody's room."""

from collections.abc import Iterable

import msgspec
from msgspec import Raw

from placement.kubernetes.objects import Part, Pod
from placement.kubernetes.requests import requested
from placement.kubernetes.shape import BadPod

_MOST_NAMES = 10


class _Status(Part, frozen=True):
    phase: str = ""


class _Running(Part, frozen=True):
    status: _Status = _Status()


_pod_of = msgspec.json.Decoder(Pod).decode
_running_of = msgspec.json.Decoder(_Running).decode


def left_out(pods: Iterable[Raw]) -> tuple[str, ...]:
    """What is not counted of the DaemonSets that have these pods, in one sentence; nothing where there are none."""
    asks: dict[str, tuple[float, float]] = {}
    for raw in pods:
        pod = _pod_of(raw)
        owner = next((each for each in pod.metadata.owner_references or () if each.controller), None)
        if owner is None or owner.kind != "DaemonSet" or _running_of(raw).status.phase in ("Succeeded", "Failed"):
            continue
        try:
            vcpus, memory_gib, _ = requested(pod)
        except BadPod:
            vcpus, memory_gib = 0.0, 0.0
        name = f"{pod.metadata.namespace}/{owner.name}"
        before = asks.get(name, (0.0, 0.0))
        asks[name] = max(before[0], vcpus), max(before[1], memory_gib)
    if not asks:
        return ()
    names = sorted(asks)
    told = ", ".join(names[:_MOST_NAMES]) + (
        f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    )
    vcpus, memory_gib = (sum(each) for each in zip(*asks.values(), strict=True))
    return (
        f"DaemonSets run on nodes, and are left out: {told}; what they ask of a node, up to {vcpus:.2f} vCPUs and "
        f"{memory_gib:.2f} GiB together, is counted for no workload unless `overhead` in the fleet file says so",
    )
