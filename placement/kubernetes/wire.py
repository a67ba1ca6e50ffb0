"""What kube-scheduler asks an extender, and what it is answered: JSON with the field names of Go.

Answers about thousands of nodes are put together of texts, each written once and used again and again.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec
from msgspec import Raw, Struct

from placement.kubernetes.objects import Node


class Wire(Struct, frozen=True, gc=False, rename="pascal"):
    """A part of a request or an answer. None stands for null, which Go writes for what is empty."""


class NodeList(Struct, frozen=True, gc=False):
    """Nodes as the API server has them."""

    items: list[Raw] | None = None


class ExtenderArgs(Wire, frozen=True):
    """Of filter and prioritize: a pod, and nodes by name, or as a whole where the scheduler sends these."""

    pod: Raw
    nodes: NodeList | None = None
    node_names: list[str] | None = None


class VictimMetadata(Struct, frozen=True, gc=False):
    """Which pod it is."""

    uid: str = ""


class VictimPod(Struct, frozen=True, gc=False):
    """A pod that would make room."""

    metadata: VictimMetadata = VictimMetadata()


class Victims(Wire, frozen=True):
    """Pods that would make room on a node."""

    pods: list[VictimPod] | None = None
    violations: int = msgspec.field(default=0, name="NumPDBViolations")


class MetaPod(Struct, frozen=True, gc=False):
    """A pod by its uid."""

    uid: str = msgspec.field(default="", name="UID")


class MetaVictims(Wire, frozen=True):
    """The same by uid."""

    pods: list[MetaPod] | None = None
    violations: int = msgspec.field(default=0, name="NumPDBViolations")


class PreemptionArgs(Wire, frozen=True):
    """Of preempt: who would have to go from which node."""

    pod: Raw
    victims: dict[str, Victims] | None = msgspec.field(default=None, name="NodeNameToVictims")
    meta_victims: dict[str, MetaVictims] | None = msgspec.field(default=None, name="NodeNameToMetaVictims")


class PreemptionResult(Wire, frozen=True):
    """The nodes that may be made free for the pod."""

    meta_victims: dict[str, MetaVictims] = msgspec.field(name="NodeNameToMetaVictims")


class FilterResult(Wire, frozen=True):
    """The nodes that may have the pod, in the form in which they came, and why the others may not."""

    nodes: NodeList | None
    node_names: Sequence[str] | None
    failed_nodes: Mapping[str, str]
    unresolvable: Mapping[str, str] = msgspec.field(name="FailedAndUnresolvableNodes")
    error: str = ""


_encode = msgspec.json.Encoder().encode
node_of = msgspec.json.Decoder(Node).decode


def filtered_nodes(passed: Sequence[Raw], refused: Mapping[str, str]) -> bytes:
    """The answer to filter where the scheduler sent whole nodes."""
    return _encode(FilterResult(NodeList(list(passed)), None, {}, refused))


def filtered_names(passed: Sequence[str], refused: Iterable[str]) -> bytes:
    """The answer to filter where it sent names; those that are refused as `refused_node`."""
    head, tail = b'{"Nodes":null,"NodeNames":', b',"FailedNodes":{},"FailedAndUnresolvableNodes":{'
    return b"".join((head, _encode(passed), tail, ",".join(refused).encode(), b'},"Error":""}'))


def filter_error(words: str) -> bytes:
    """The answer to filter where there is none: the pod is tried again later."""
    return _encode(FilterResult(None, None, {}, {}, words))


def refused_node(name: str, reason: str) -> str:
    """A node that is refused; name and reason are JSON already. Nothing where there is no reason."""
    return f"{name}:{reason}" if reason else ""


def prioritized(nodes: Iterable[str]) -> bytes:
    """The answer to prioritize, of nodes as `scored_node`."""
    return f"[{','.join(nodes)}]".encode()


def scored_node(name: str, score: str) -> str:
    """A node, whose name is JSON already, with its score, a number."""
    return f'{{"Host":{name},"Score":{score}}}'


def preempted(kept: Mapping[str, MetaVictims]) -> bytes:
    """The answer to preempt."""
    return _encode(PreemptionResult(dict(kept)))


def json_of(words: str) -> str:
    """A text as JSON."""
    return _encode(words).decode()
