"""What a node is: labels say it, and what its cloud calls it must agree.

A kubelet may write most labels of its own node, but neither its provider ID afterwards nor labels of the prefix
`node-restriction.kubernetes.io`. Where two of them contradict each other, nobody knows where the node is.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from placement.domain.offering import CapacityType
from placement.kubernetes.names import (
    AZURE_SPOT,
    CAPACITY_TYPES,
    INSTANCE_TYPE,
    OWN,
    PROTECTED,
    REGION,
    ZONE,
    ZONE_ID,
)
from placement.kubernetes.objects import Node
from placement.kubernetes.provider_id import identified

_DEAREST_TO_LOSE = (CapacityType.SPOT, CapacityType.RESERVED, CapacityType.ON_DEMAND)


@dataclass(frozen=True, slots=True)
class NodeKind:
    """All that matters of a node; nodes of one kind cost the same and are lawful for the same pods."""

    provider: str | None
    """None where nothing says it: then the region's name must."""
    region: str | None
    """Name within the provider; None where it is not known."""
    zone: str | None = None
    zone_id: str | None = None
    """What AWS calls the zone in every account alike."""
    instance_type: str | None = None
    capacity_type: CapacityType = CapacityType.ON_DEMAND
    doubt: str = ""
    """Why the region is not known, in words."""


def kind_of(node: Node) -> NodeKind:
    """What the node says of itself, and its cloud of it."""
    labels = node.metadata.labels or {}
    provider, region, doubt = _place(labels, node.spec.provider_id)
    return NodeKind(
        provider=provider,
        region=None if doubt else region,
        zone=_first(labels, ZONE),
        zone_id=labels.get(ZONE_ID),
        instance_type=_first(labels, INSTANCE_TYPE),
        capacity_type=_capacity_type(labels, (taint.key for taint in node.spec.taints or () if taint.value == "spot")),
        doubt=doubt,
    )


def _place(labels: Mapping[str, str], provider_id: str) -> tuple[str | None, str | None, str]:
    """(provider, region, doubt)."""
    by_cloud = identified(provider_id)
    providers = {
        "its provider ID": by_cloud.provider if by_cloud else None,
        f"{PROTECTED}provider": labels.get(f"{PROTECTED}provider"),
        f"{OWN}provider": labels.get(f"{OWN}provider"),
    }
    regions = {
        "its provider ID": by_cloud.region if by_cloud else None,
        f"{PROTECTED}region": labels.get(f"{PROTECTED}region"),
        **{label: labels.get(label) for label in REGION},
    }
    provider, region = _said(providers), _said(regions)
    doubt = _contradiction("provider", providers) or _contradiction("region", regions)
    if not doubt and region is None:
        doubt = f"it has no label {REGION[0]}"
    return provider, region, doubt


def _said(found: Mapping[str, str | None]) -> str | None:
    return next((value for value in found.values() if value), None)


def _contradiction(what: str, found: Mapping[str, str | None]) -> str:
    said = [(where, value) for where, value in found.items() if value]
    for where, value in said[1:]:
        if value != said[0][1]:
            return f"its {what} is {said[0][1][:80]} by {said[0][0]} and {value[:80]} by {where}"
    return ""


def _capacity_type(labels: Mapping[str, str], spot_taints: Iterable[str]) -> CapacityType:
    """The one that promises the least of those that are said."""
    said = {meaning[labels[label]] for label, meaning in CAPACITY_TYPES if labels.get(label) in meaning}
    if AZURE_SPOT in spot_taints:
        said.add(CapacityType.SPOT)
    return next((kind for kind in _DEAREST_TO_LOSE if kind in said), CapacityType.ON_DEMAND)


def _first(labels: Mapping[str, str], names: Iterable[str]) -> str | None:
    return next((labels[name] for name in names if labels.get(name)), None)
