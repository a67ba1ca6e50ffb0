"""The scheduler's questions about a pod and some nodes, answered from memory."""

import msgspec
from msgspec import Raw

from placement.domain.errors import PlacementError
from placement.kubernetes import wire
from placement.kubernetes.cluster import Cluster
from placement.kubernetes.ground import Ground
from placement.kubernetes.node_set import NodeSet
from placement.kubernetes.nodes import kind_of
from placement.kubernetes.ruling import Ruling
from placement.kubernetes.rulings import Census, Rulings
from placement.kubernetes.verdicts import Verdicts
from placement.kubernetes.wire import ExtenderArgs, MetaPod, MetaVictims, PreemptionArgs

_question_of = msgspec.json.Decoder(ExtenderArgs).decode
_preemption_of = msgspec.json.Decoder(PreemptionArgs).decode


class NotYet(PlacementError):
    """The cluster cannot be judged yet."""


class Scheduler:
    """Answers about one cluster. All questions raise msgspec.DecodeError for what is no question, and NotYet."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._rulings: Rulings | None = None
        self._sent: Rulings | None = None
        """Of the nodes that were sent last, where the scheduler sends whole ones."""
        self._nodes = NodeSet()
        self._why_not = "the cluster is not known yet"

    def follow(self) -> None:
        """Take note of the nodes that the cluster has now."""
        self._nodes = self._nodes.with_nodes(self._cluster.nodes)
        if self._rulings is not None:
            self._rulings = self._rulings.with_nodes(self._nodes)

    def prepared(self, ground: Ground) -> Verdicts:
        """What `stand_on` takes; this may take a while, and be done in a thread."""
        return Verdicts(ground, self._nodes.kinds)

    def stand_on(self, verdicts: Verdicts) -> None:
        """Judge on this ground from now on."""
        self._rulings = Rulings(verdicts, self._nodes).with_nodes(self._nodes)
        self._sent = None

    def stand_down(self, why: str) -> None:
        """Answer nothing until there is ground to stand on again."""
        self._rulings, self._why_not = None, why

    def filter(self, body: bytes) -> bytes:
        """Which of the nodes may have the pod, and why the others may not."""
        question = _question_of(body)
        if question.node_names is not None or question.nodes is None:
            return self._ruling(question.pod).filtered(question.node_names or ())
        sent = question.nodes.items or []
        names, ruling = self._of_sent(question.pod, sent)
        reasons = ruling.reasons(names)
        passed = [node for node, reason in zip(sent, reasons, strict=True) if not reason]
        return wire.filtered_nodes(passed, {n: r for n, r in zip(names, reasons, strict=True) if r})

    def prioritize(self, body: bytes) -> bytes:
        """What the pod would cost on each of the nodes, as scores."""
        question = _question_of(body)
        if question.node_names is not None or question.nodes is None:
            return self._ruling(question.pod).prioritized(question.node_names or ())
        names, ruling = self._of_sent(question.pod, question.nodes.items or [])
        return ruling.prioritized(names)

    def preempt(self, body: bytes) -> bytes:
        """On which of the nodes room may be made for the pod: those that may have it. Who has to go stays the same."""
        question = _preemption_of(body)
        victims = question.meta_victims
        if victims is None:
            victims = {
                name: MetaVictims([MetaPod(pod.metadata.uid) for pod in given.pods or ()], given.violations)
                for name, given in (question.victims or {}).items()
            }
        reasons = self._ruling(question.pod).reasons(list(victims))
        return wire.preempted({n: v for (n, v), reason in zip(victims.items(), reasons, strict=True) if not reason})

    @property
    def why_not(self) -> str:
        """Why nothing is answered; empty where everything is."""
        return self._why_not if self._rulings is None else ""

    def census(self) -> Census | None:
        """The nodes, counted; None as long as nothing is answered."""
        return None if self._rulings is None else self._rulings.census()

    @property
    def standing(self) -> Rulings:
        """What pods are judged by now; raises NotYet."""
        if self._rulings is None:
            raise NotYet(self._why_not)
        return self._rulings

    def _ruling(self, pod: Raw) -> Ruling:
        return self.standing.on(pod, self._cluster)

    def _of_sent(self, pod: Raw, sent: list[Raw]) -> tuple[list[str], Ruling]:
        """Of whole nodes: their names, and the ruling on the pod."""
        ground = self.standing.verdicts.ground
        found = [wire.node_of(node) for node in sent]
        kinds = {node.metadata.name: kind_of(node) for node in found}
        before = self._sent or Rulings(Verdicts(ground, ()), NodeSet())
        self._sent = before.with_nodes(before.nodes.with_nodes(kinds))
        return [node.metadata.name for node in found], self._sent.on(pod, self._cluster)
