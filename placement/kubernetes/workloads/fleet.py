"""Workloads of a cluster become one fleet: each adds what a pod's shape adds, and is counted as often as it runs.

A fleet places what a cluster has already placed: it takes the capacity types that annotations or node labels name,
and on demand where they name none; volumes whose data lie nowhere yet move with it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from textwrap import indent

import msgspec
from msgspec import Raw

from placement.domain.errors import BadFleet, Flaw
from placement.fleet_file import FleetDocument, joined_fleet
from placement.kubernetes.cluster import Cluster
from placement.kubernetes.demand import Pieces, name_of, pieces_of
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
from placement.kubernetes.workloads.wishes import NoSuchNodes, Wishes, wishes_of
from placement.kubernetes.written import listed, number, table, text
from placement.written.nodes import Entry, Items, KeyPath, Node, Scalar, Table
from placement.written.notes import all_of

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
    policies: Sequence[str] = (),
    current: Current = _NOBODY,
) -> FleetDocument:
    """The fleet of these workloads, with what is odd about them; BadFleet with all that is wrong, by file and line."""
    joining = _Joining(cluster, volumes, current)
    for workload in workloads:
        joining.add(workload)
    return joining.fleet(name, policies)


class _Joining:
    def __init__(self, cluster: Cluster, volumes: Volumes, current: Current) -> None:
        self.cluster, self.volumes, self.current = cluster, volumes, current
        self.parts: dict[str, list[Node]] = {"workloads": [], "datasets": [], "flows": []}
        self.sources: dict[KeyPath, str] = {}
        self.flaws: list[Flaw] = []
        self.warnings: list[str] = []
        self.names: dict[str, Described] = {}
        self.datasets: dict[object, tuple[Node, Described]] = {}

    def add(self, workload: Described) -> None:
        if workload.replicas < 1:
            self._warn(workload, "asks for no replicas, and is left out")
            return
        try:
            wishes = wishes_of(workload.asking)
            shape = _shape(workload, self._with_known_claims(workload), self.cluster, self.volumes)
            pieces = pieces_of(shape, _padded(shape, workload))
        except NoSuchNodes as none:
            self._warn(workload, f"{none}, and is left out")
            return
        except BadPod as bad:
            self.flaws.append(_flaw(workload, str(bad)))
            return
        if workload.is_job and "job" not in pieces.workload.entries:
            self._warn(workload, f"says not how long it runs ({OWN}job), and is counted as running all month")
        name, claimed = self._name(workload), _claimed(msgspec.json.decode(workload.pod, type=Pod))
        names = {
            each.name: f"{workload.namespace}/volumes/{claimed.get(each.name) or f'{workload.name}-{each.name}'}"
            for each in shape.volumes
        }
        self._put("workloads", workload, self._completed(pieces, shape, wishes, workload, name))
        for dataset in pieces.datasets:
            self._put_dataset(_called(names, dataset, ("name",)), workload)
        for flow in pieces.flows:
            self._put("flows", workload, _called({**names, shape.workload: name}, flow, ("from", "to")))

    def _with_known_claims(self, workload: Described) -> Pod:
        """Its pods, without volumes of claims that are nowhere described."""
        pod = msgspec.json.decode(workload.pod, type=Pod)
        missing = {
            volume: claim
            for volume, claim in _claimed(pod).items()
            if (workload.namespace, claim) not in self.cluster.claims
        }
        for claim in missing.values():
            self._warn(workload, f"has the claim {claim}, which is not here: its data do not count")
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
            self._warn(workload, f"has the name of a {other.kind}, and is {name} here")
        self.names[name] = workload
        return name

    def _put(self, part: str, workload: Described, node: Node) -> None:
        self.sources[part, len(self.parts[part])] = workload.where.source
        self.parts[part].append(_placed(node, workload.where.line))

    def _put_dataset(self, dataset: Node, workload: Described) -> None:
        """Several workloads may use one; what they say of it must be the same."""
        name = name_of(dataset)
        if name is not None and name in self.datasets:
            before, by = self.datasets[name]
            if _plain(before) != _plain(dataset):
                self.flaws.append(_flaw(workload, f"the dataset {name!r} is another one for {by.what}"))
            return
        self.datasets[name] = dataset, workload
        self._put("datasets", workload, dataset)

    def _warn(self, workload: Described, words: str) -> None:
        self.warnings.append(str(_flaw(workload, words)))

    def fleet(self, name: str, policies: Sequence[str]) -> FleetDocument:
        if self.flaws:
            raise all_of(self.flaws, BadFleet)
        parts: dict[str, Node] = {key: Items(nodes, 1, 1) for key, nodes in self.parts.items() if nodes}
        root = table({"fleet": text(name), "policies": listed(map(text, policies)), **parts})
        document = joined_fleet(root, name, self.sources)
        return replace(document, warnings=(*self.warnings, *document.warnings))


def _flaw(workload: Described, reason: str) -> Flaw:
    """Something is wrong with it; a live one is named by its source already."""
    is_live = workload.where.root is None
    return workload.where.flaw(reason if is_live else f"{workload.what}: {reason}", "metadata", "name")


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


def _padded(shape: PodShape, workload: Described) -> dict[str, str]:
    """The annotations, moved to where they stand in their file: what is wrong in them is told with its line there."""
    found = dict(shape.annotations)
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


def _plain(node: Node) -> object:
    match node:
        case Table(entries):
            return {key: _plain(each.value) for key, each in entries.items()}
        case Items(items):
            return [_plain(each) for each in items]
        case Scalar(value):
            return value
