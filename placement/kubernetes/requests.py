"""What a pod requests of its node, counted as the scheduler counts it."""

from collections.abc import Iterable, Mapping

from placement.kubernetes.objects import Container, Pod
from placement.kubernetes.quantities import number_of
from placement.kubernetes.shape import BadPod

_GIB = 1024.0**3
_ASSUMED = {"cpu": 0.1, "memory": 200 * 1024.0**2}
"""Of a pod that requests nothing: the scheduler, too, takes this for granted when it compares nodes."""
_GPUS = ("nvidia.com/gpu", "amd.com/gpu")


def requested(pod: Pod) -> tuple[float, float, int]:
    """(vCPUs, memory in GiB, GPUs), counted as the scheduler does it; raises BadPod for what is no quantity."""
    try:
        total = _of_containers(pod) | _sum((pod.spec.resources.requests,) if pod.spec.resources else ())
        total = _sum((total, pod.spec.overhead))
    except ValueError as error:
        raise BadPod(f"the pod requests what cannot be read: {error}") from None
    gpus = sum(int(total.get(name, 0)) for name in _GPUS)
    vcpus, memory = (total.get(name) or least for name, least in _ASSUMED.items())
    return vcpus, memory / _GIB, gpus


def _of_containers(pod: Pod) -> dict[str, float]:
    """Those that run together, or one that starts before them where it needs more.

    One that starts before and goes on is there from then on.
    """
    beside: dict[str, float] = {}
    most: dict[str, float] = {}
    for container in pod.spec.init_containers or ():
        if container.restart_policy == "Always":
            beside = _sum((beside, _asked(container)))
            most = _largest(most, beside)
        else:
            most = _largest(most, _sum((beside, _asked(container))))
    together = _sum((beside, *(_asked(container) for container in pod.spec.containers or ())))
    return _largest(most, together)


Given = Mapping[str, str | int | float]


def _asked(container: Container) -> Given:
    asked = container.resources
    if asked is None:
        return {}
    return {**asked.limits, **(asked.requests or {})} if asked.limits else asked.requests or {}


def _sum(parts: Iterable[Given | None]) -> dict[str, float]:
    total: dict[str, float] = {}
    for part in parts:
        for name, quantity in (part or {}).items():
            total[name] = total.get(name, 0.0) + number_of(quantity)
    return total


def _largest(one: Mapping[str, float], other: Mapping[str, float]) -> dict[str, float]:
    return {name: max(one.get(name, 0.0), other.get(name, 0.0)) for name in {*one, *other}}
