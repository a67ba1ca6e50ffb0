"""What is known of a cluster, kept up to date by whoever watches it."""

from dataclasses import dataclass, field

from placement.kubernetes.nodes import NodeKind
from placement.kubernetes.objects import Claim, Namespace, StorageClass, Volume


@dataclass(eq=False, slots=True)
class Cluster:
    """The newest state of everything that pods refer to."""

    nodes: dict[str, NodeKind] = field(default_factory=dict)
    volumes: dict[str, Volume] = field(default_factory=dict)
    claims: dict[tuple[str, str], Claim] = field(default_factory=dict)
    """By (namespace, name)."""
    storage_classes: dict[str, StorageClass] = field(default_factory=dict)
    namespaces: dict[str, Namespace] = field(default_factory=dict)
