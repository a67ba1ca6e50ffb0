"""A workload as an object describes it: the pods that it makes, how many, and where that is written."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import msgspec
from msgspec import Raw, Struct

from placement.domain.errors import BadFleet, Flaw
from placement.kubernetes.admission.review import GroupKind
from placement.kubernetes.admission.templates import TEMPLATES
from placement.kubernetes.objects import Claim, Owner, Part, Pod
from placement.kubernetes.workloads.wishes import Asking
from placement.written.nodes import Entry, KeyPath, Node, Table, locate, written

_JOBS = frozenset(("Job", "CronJob"))
NOT_PLACED = GroupKind("apps", "DaemonSet")
"""Runs wherever there are nodes."""


class _Metadata(Part, frozen=True):
    name: str = ""
    generate_name: str = ""
    namespace: str = ""
    owner_references: list[Owner] | None = None


class _Status(Part, frozen=True):
    phase: str = ""
    completion_time: str | None = None


class _Counts(Part, frozen=True):
    """How many, in the words of all kinds of objects."""

    replicas: int | None = None
    parallelism: int | None = None
    completions: int | None = None
    volume_claim_templates: list[Claim] | None = None


class _Object(Part, frozen=True):
    metadata: _Metadata = _Metadata()
    spec: Raw = Raw(b"{}")
    status: _Status = _Status()


class _Holder(Struct, frozen=True):
    template: Raw = Raw(b"{}")


class _Job(Struct, frozen=True):
    spec: Raw = Raw(b"{}")


class _CronJob(Struct, frozen=True, rename="camel"):
    job_template: _Job


@dataclass(frozen=True, slots=True)
class Where:
    """Where an object is written; of a live one nothing is known but its name."""

    source: str
    root: Node | None = field(default=None, repr=False)
    template: KeyPath = ()
    """The way to what describes its pods."""

    @property
    def line(self) -> int:
        """Where it begins, from 1."""
        return 1 if self.root is None else self.root.line

    def flaw(self, reason: str, *way: str | int) -> Flaw:
        """Something is wrong with the part of the object at the end of the way; one that is live is its own source."""
        if self.root is None:
            return Flaw(self.source, None, None, "", reason)
        _, line, column = locate(self.root, way)
        return Flaw(self.source, line, column, "", reason)

    @contextmanager
    def reading(self, kind: GroupKind, *way: str | int) -> Iterator[None]:
        """What is read at the end of the way; BadFleet, with the line of the value, where this is no such kind."""
        try:
            yield
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            words, _, at = str(error).partition(" - at `$")
            parts = re.findall(r"[^.`\[\]]+", at.partition("[...]")[0])
            whole = (*way, *(int(part) if part.isdigit() else part for part in parts))
            said = f"{words} at {written(whole)}" if whole else words
            raise BadFleet([self.flaw(f"this is no {kind.kind}: {said}", *whole)]) from None

    def annotation(self, key: str) -> Entry | None:
        """An annotation of its pods, as it is written."""
        node = self.root
        for part in (*self.template, "metadata", "annotations"):
            entry = node.entries.get(str(part)) if isinstance(node, Table) else None
            node = None if entry is None else entry.value
        return node.entries.get(key) if isinstance(node, Table) else None


@dataclass(frozen=True, slots=True)
class Described:
    """One workload."""

    kind: str
    name: str
    namespace: str
    replicas: int
    pod: Raw
    """What describes its pods: metadata and spec."""
    asking: Asking
    """What it asks of nodes."""
    where: Where
    claims: tuple[Claim, ...] = ()
    """Of which each replica gets its own."""

    @property
    def what(self) -> str:
        """Kind and name, in words."""
        return f"{self.kind} {self.namespace}/{self.name}"

    def flaw(self, reason: str) -> Flaw:
        """Something is wrong with it; a live one is named by its source already."""
        is_live = self.where.root is None
        return self.where.flaw(reason if is_live else f"{self.what}: {reason}", "metadata", "name")

    @property
    def is_job(self) -> bool:
        """Whether its pods are meant to end."""
        return self.kind in _JOBS


_object_of = msgspec.json.Decoder(_Object).decode
_counts_of = msgspec.json.Decoder(_Counts).decode
_cron_job_of = msgspec.json.Decoder(_CronJob).decode
_asking_of = msgspec.json.Decoder(Asking).decode
_holder_of = msgspec.json.Decoder(_Holder).decode


def kind_of_object(api_version: str, kind: str) -> GroupKind:
    """`apps/v1`, `Deployment`: ("apps", "Deployment")."""
    return GroupKind(api_version.rpartition("/")[0], kind)


def described(document: bytes | str, where: Where, namespace: str, kind: GroupKind) -> Described | None:
    """The workload in an object of one of the kinds with pods; None where another object makes it, or it has ended.

    Objects without a namespace belong to the one that is given. Raises BadFleet for what is no such object.
    """
    way = TEMPLATES[kind]
    with where.reading(kind):
        found = _object_of(document)
    if any(owner.controller for owner in found.metadata.owner_references or ()):
        return None
    if found.status.completion_time or found.status.phase in ("Succeeded", "Failed"):
        return None
    spec = found.spec
    if kind.kind == "CronJob":
        with where.reading(kind, "spec"):
            spec = _cron_job_of(spec).job_template.spec
    with where.reading(kind, *way[:-1] or ("spec",)):
        counts = _counts_of(spec)
        pod = _holder_of(spec).template if way else Raw(document.encode() if isinstance(document, str) else document)
    with where.reading(kind, *way):
        msgspec.json.decode(pod, type=Pod)
        asking = _asking_of(pod)
    name = found.metadata.name or found.metadata.generate_name.rstrip("-")
    if not name:
        raise BadFleet([where.flaw("metadata.name is missing", "metadata")])
    return Described(
        kind=kind.kind,
        name=name,
        namespace=found.metadata.namespace or namespace,
        replicas=_replicas(counts, kind.kind),
        pod=pod,
        asking=asking,
        where=Where(where.source, where.root, way),
        claims=tuple(counts.volume_claim_templates or ()),
    )


def _replicas(counts: _Counts, kind: str) -> int:
    if kind in _JOBS:
        at_once = 1 if counts.parallelism is None else counts.parallelism
        return at_once if counts.completions is None else min(at_once, counts.completions)
    return 1 if counts.replicas is None else counts.replicas
