"""Pods and nodes in memory, and what is found about them."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from placement.domain.offering import CapacityType, Offering
from placement.domain.policy import PolicySet
from placement.kubernetes.ground import Ground
from placement.kubernetes.nodes import NodeKind
from placement.kubernetes.offers import offers
from placement.kubernetes.shape import PodShape, VolumeFacts
from placement.kubernetes.verdict import Verdict, judged
from placement.market.catalog import Catalog
from placement.policy_file import PolicyDocument, parse_policies
from tests.builders import TODAY

GDPR = """
classes: {pii-eu: {sensitivity: restricted, categories: [pii], subjects: [EU]}}
policies:
- name: gdpr
  version: 3
  when: {classification: [pii-eu]}
  allow_only: {place: [EEA]}
  legal_ref: GDPR Art. 44
"""
ONLY_EEA = "gdpr@3 allows pii-eu only in EEA (GDPR Art. 44)"


def ground(catalog: Catalog, policies: str | PolicySet | None = None, day: date = TODAY) -> Ground:
    """The catalog, with the policies of a text or of a set; without any, none are stored."""
    if isinstance(policies, PolicySet):
        document = PolicyDocument(policies, ("test",), places={})
    else:
        document = parse_policies([("test", policies)] if policies else [], day, catalog.providers)
    return Ground(catalog, document, day)


def shape(
    *volumes: VolumeFacts, vcpus: float = 1, memory_gib: float = 4, gpus: int = 0, document: bytes = b"", **others: Any
) -> PodShape:
    """Of the pod `shop/web`; annotations are given by name, with _ for -, and `classes` as words."""
    labels = others.pop("labels", {})
    classes = tuple(others.pop("classes", ()))
    annotations = tuple(sorted((name.replace("_", "-"), text) for name, text in others.items()))
    return PodShape(
        "shop/web", tuple(sorted(labels.items())), annotations, vcpus, memory_gib, gpus, classes, volumes, document
    )


def kind(offering: Offering) -> NodeKind:
    """A node of this offering."""
    return NodeKind(
        offering.region.provider,
        offering.region.name,
        offering.zone,
        instance_type=offering.instance_type.name,
        capacity_type=offering.capacity_type,
    )


def node(region: str, instance_type: str = "m.large", capacity: CapacityType = CapacityType.ON_DEMAND) -> NodeKind:
    """A node in a region, by its id."""
    provider, _, name = region.partition(":")
    return NodeKind(provider, name, instance_type=instance_type, capacity_type=capacity)


def verdict(
    pod: PodShape, nodes: Iterable[NodeKind], catalog: Catalog, policies: str | PolicySet | None = None
) -> Verdict:
    """On the nodes, in their order."""
    kinds: Sequence[NodeKind] = tuple(nodes)
    return judged(pod, ground(catalog, policies), offers(kinds, catalog))
