"""Workloads of a cluster become one fleet: each adds what a pod's shape adds, and is counted as often as it runs.

A fleet places what a cluster has already placed: it takes the capacity types that annotations or node labels name,
and on demand where they name none; volumes whose data lie nowhere yet move with it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from textwrap import indent

import msgspec
from msgspec import Raw

from placement.domain.errors import Flaw
from placement.fleet_file import FleetDocument
from placement.kubernetes.cluster import Cluster
from placement.kubernetes.demand import Pieces, pieces_of, unreadable
from placement.kubernetes.names import OWN
from placement.kubernetes.objects import (
    Claim,
    ClaimSource,
    ClaimTemplate,
    EphemeralSource,
    Metadata,
    Namespace,
    Pod,
    PodVolume,
)
from placement.kubernetes.pods import Asked, shape_of
from placement.kubernetes.shape import BadPod, PodShape
from placement.kubernetes.volumes import Volumes
from placement.kubernetes.workloads.described import Described
from placement.kubernetes.workloads.parts import LeftOut, Parts
from placement.kubernetes.workloads.wishes import NoSuchNodes, Wishes, wishes_of
from placement.kubernetes.written import listed, number, table, text
from placement.market.catalog import Catalog
from placement.written.nodes import Entry, Items, Node, Scalar, Table

Current = Mapping[tuple[str, str], Sequence[Node]]
"""Where replicas run now, by (namespace, name) of their workload: items of `current`."""
_NOBODY: Current = {}
_ALL = Asked(labels=None, names=None)
_OF_ONE_JOB = frozenset(
    f"{prefix}{name}" for prefix in ("", "batch.kubernetes.io/") for name in ("controller-uid", "job-name")
)
"""Labels that the API server writes on the pods of a job."""


def joined(
    name: str,
    workloads: Iterable[Described],
    cluster: Cluster,
    volumes: Volumes,
    catalog: Catalog,
    policies: Sequence[str] = (),
    current: Current = _NOBODY,
    unread: Sequence[Flaw] = (),
    left_out: LeftOut | None = None,
) -> FleetDocument:
    """The fleet of these workloads, with what is odd about them; BadFleet with all that is wrong, by file and line.

    `unread` is wrong with others, which could not be read. If `left_out` hears of all that is wrong, the fleet does
    without; BadFleet where nothing remains.
    """
    joining = _Joining(cluster, volumes, current, unread)
    for workload in workloads:
        joining.add(workload)
    return joining.parts.fleet(name, policies, catalog, left_out)


class _Joining:
    def __init__(self, cluster: Cluster, volumes: Volumes, current: Current, unread: Sequence[Flaw]) -> None:
        self.cluster, self.volumes, self.current = cluster, volumes, current
        self.parts = Parts(unread)
        self.names: dict[str, Described] = {}

    def add(self, workload: Described) -> None:
        pod = msgspec.json.decode(workload.pod, type=Pod)
        annotations = pod.metadata.annotations or {}
        given = {key.removeprefix(OWN): said for key, said in annotations.items() if key.startswith(OWN)}
        self.parts.begin(workload, given)
        if workload.replicas < 1:
            self.parts.warn("asks for no replicas, and is left out")
            return
        try:
            wishes = wishes_of(workload.asking)
            shape = _shape(workload, self._with_known_claims(pod, workload), self.cluster, self.volumes)
            pieces = pieces_of(shape, _padded(dict(shape.annotations), workload))
        except NoSuchNodes as none:
            self.parts.warn(f"{none}, and is left out")
            return
        except BadPod as bad:
            for reason in dict.fromkeys((str(bad), *unreadable(_padded(given, workload)))):
                self.parts.wrong(reason)
            return
        if workload.is_job and "job" not in pieces.workload.entries:
            self.parts.warn(f"says not how long it runs ({OWN}job), and is counted as running all month")
        name, claimed = self._name(workload), _claimed(pod)
        names = {
            each.name: f"{workload.namespace}/volumes/{claimed.get(each.name) or f'{workload.name}-{each.name}'}"
            for each in shape.volumes
        }
        self._put("workloads", workload, self._completed(pieces, shape, wishes, workload, name))
        for dataset in pieces.datasets:
            self._put("datasets", workload, _called(names, dataset, ("name",)))
        for flow in pieces.flows:
            self._put("flows", workload, _called({**names, shape.workload: name}, flow, ("from", "to")))

    def _with_known_claims(self, pod: Pod, workload: Described) -> Pod:
        """Its pods, without volumes of claims that are nowhere described."""
        missing = {
            volume: claim
            for volume, claim in _claimed(pod).items()
            if (workload.namespace, claim) not in self.cluster.claims
        }
        for claim in missing.values():
            self.parts.warn(f"has the claim {claim}, which is not here: its data do not count")
        volumes = [each for each in pod.spec.volumes or () if each.name not in missing]
        return msgspec.structs.replace(pod, spec=msgspec.structs.replace(pod.spec, volumes=volumes))

    def _completed(self, pieces: Pieces, shape: PodShape, wishes: Wishes, workload: Described, name: str) -> Table:
        entries = dict(pieces.workload.entries)
        entries["name"] = _entry(text(name))
        entries["replicas"] = _entry(number(workload.replicas))
        resources: dict[str, Node] = {"vcpus": number(shape.vcpus), "memory_gib": number(shape.memory_gib)}
        if wishes.architecture:
            resources["architecture"] = listed(map(text, wishes.architecture))
        if shape.gpus:
            resources["gpus"] = table({"count": number(shape.gpus)})
        entries["resources"] = _entry(table(resources))
        for key, words, within in (
            ("places", wishes.regions, "allow"),
            ("instance_types", wishes.instance_types, "allow"),
            ("capacity", wishes.capacity_types, "types"),
        ):
            if words and key not in entries:
                entries[key] = _entry(table({within: listed(map(text, words))}))
        if running := self.current.get((workload.namespace, workload.name)):
            entries["current"] = _entry(listed(running))
        return Table(entries, 1, 1)

    def _name(self, workload: Described) -> str:
        """As policies name its pods; of several kinds with one name the later ones say their kind."""
        name = f"{workload.namespace}/{workload.name}"
        if name in self.names:
            other = self.names[name]
            name = f"{name}.{workload.kind.lower()}"
            self.parts.warn(f"has the name of a {other.kind}, and is {name} here")
        self.names[name] = workload
        return name

    def _put(self, kind: str, workload: Described, node: Node) -> None:
        self.parts.put(kind, _placed(node, workload.where.line))


def _shape(workload: Described, pod: Pod, cluster: Cluster, volumes: Volumes) -> PodShape:
    """Of its pods; raises BadPod. Data of which nobody knows where they lie, or that lie nowhere yet, may be placed."""
    templates = tuple(_own(claim, workload, cluster) for claim in workload.claims)
    labels = {key: value for key, value in (pod.metadata.labels or {}).items() if key not in _OF_ONE_JOB}
    metadata = msgspec.structs.replace(
        pod.metadata, name=workload.name, namespace=workload.namespace, labels=labels, owner_references=None
    )
    spec = msgspec.structs.replace(pod.spec, volumes=[*(pod.spec.volumes or ()), *templates])
    cluster.namespaces.setdefault(workload.namespace, Namespace(Metadata(workload.namespace)))
    shape = shape_of(Pod(metadata, spec), Raw(b"null"), cluster, volumes, _ALL)
    shared = _claimed(pod)
    times = {facts.name: 1 if facts.name in shared else workload.replicas for facts in shape.volumes}
    found = (replace(each, size_gb=each.size_gb * times[each.name], follows=not each.at) for each in shape.volumes)
    return replace(shape, volumes=tuple(found))


def _claimed(pod: Pod) -> dict[str, str]:
    """Claims by the name of their volume, of which all replicas have the same."""
    volumes = pod.spec.volumes or ()
    return {each.name: each.persistent_volume_claim.claim_name for each in volumes if each.persistent_volume_claim}


def _own(claim: Claim, workload: Described, cluster: Cluster) -> PodVolume:
    """A volume that each replica has for itself: as that of the first, or one that is still to be made."""
    name = claim.metadata.name
    first = f"{name}-{workload.name}-0"
    if (workload.namespace, first) in cluster.claims:
        return PodVolume(name=name, persistent_volume_claim=ClaimSource(first))
    return PodVolume(name=name, ephemeral=EphemeralSource(ClaimTemplate(claim.metadata, claim.spec)))


def _called(names: Mapping[str, str], node: Node, keys: Sequence[str]) -> Node:
    """With other names for what it names at these keys."""
    if not isinstance(node, Table):
        return node
    entries = dict(node.entries)
    for key in keys:
        if key in entries and isinstance(value := entries[key].value, Scalar) and value.value in names:
            renamed = Scalar(names[str(value.value)], value.line, value.column)
            entries[key] = replace(entries[key], value=renamed)
    return Table(entries, node.line, node.column)


def _padded(given: Mapping[str, str], workload: Described) -> dict[str, str]:
    """The annotations, moved to where they stand in their file: what is wrong in them is told with its line there."""
    found = dict(given)
    for name, said in found.items():
        entry = workload.where.annotation(OWN + name)
        if entry is not None:
            node = entry.value
            if "\n" in said.strip():
                found[name] = "\n" * node.line + indent(said, " " * (entry.column + 1))
            else:
                quote = not (isinstance(node, Scalar) and node.plain)
                found[name] = "\n" * (node.line - 1) + " " * (node.column - 1 + quote) + said
    return found


def _placed(node: Node, line: int) -> Node:
    """What was not written by anybody stands where the object begins."""
    match node:
        case Table(entries, 1, 1):
            return Table({key: Entry(_placed(each.value, line), line, 1) for key, each in entries.items()}, line, 1)
        case Items(items, 1, 1):
            return Items([_placed(each, line) for each in items], line, 1)
        case Scalar(value, 1, 1, plain):
            return Scalar(value, line, 1, plain)
    return node


def _entry(node: Node) -> Entry:
    return Entry(node, 1, 1)
