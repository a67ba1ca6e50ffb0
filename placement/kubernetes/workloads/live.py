"""What runs in a cluster now, as its API server tells it, with where it runs."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

import msgspec
from msgspec import Raw

from placement.domain.errors import BadFleet, BadInput, Flaw
from placement.fleet_file import FleetDocument
from placement.kubernetes.access import ClusterAccess
from placement.kubernetes.admission.review import GroupKind
from placement.kubernetes.api_server import ApiServer, Unanswered
from placement.kubernetes.cluster import Cluster
from placement.kubernetes.informer import Informer
from placement.kubernetes.nodes import NodeKind
from placement.kubernetes.objects import Metadata, Part, Pod
from placement.kubernetes.pods import workload_of
from placement.kubernetes.reflector import list_decoder, listed
from placement.kubernetes.volumes import Volumes
from placement.kubernetes.whereabouts import NOWHERE, Whereabouts, whereabouts
from placement.kubernetes.workloads import daemons
from placement.kubernetes.workloads.described import Described, Where, described
from placement.kubernetes.workloads.fleet import Current, joined
from placement.kubernetes.workloads.parts import LeftOut
from placement.kubernetes.written import number, table, text
from placement.market.catalog import Catalog
from placement.written.nodes import Node

SYSTEM = frozenset(("kube-system", "kube-public", "kube-node-lease"))
"""Namespaces of what the cluster itself runs on, which goes where the cluster goes."""
_PODS = "/api/v1/pods"
PATHS = {
    "/apis/apps/v1/deployments": GroupKind("apps", "Deployment"),
    "/apis/apps/v1/statefulsets": GroupKind("apps", "StatefulSet"),
    "/apis/apps/v1/replicasets": GroupKind("apps", "ReplicaSet"),
    "/apis/batch/v1/cronjobs": GroupKind("batch", "CronJob"),
    "/apis/batch/v1/jobs": GroupKind("batch", "Job"),
    "/api/v1/replicationcontrollers": GroupKind("", "ReplicationController"),
    _PODS: GroupKind("", "Pod"),
}
"""Lists of what has pods, in the order in which they give their names to workloads."""


class _Spec(Part, frozen=True):
    node_name: str = ""


class _Status(Part, frozen=True):
    phase: str = ""


class _Running(Part, frozen=True):
    metadata: Metadata = Metadata()
    spec: _Spec = _Spec()
    status: _Status = _Status()


class _Named(Part, frozen=True):
    metadata: Metadata = Metadata()


_list_of = list_decoder(Raw)
_running_of = msgspec.json.Decoder(_Running).decode
_named_of = msgspec.json.Decoder(_Named).decode


async def fleet_of_cluster(
    access: ClusterAccess,
    catalog: Catalog,
    name: str,
    namespaces: Collection[str] = (),
    policies: Sequence[str] = (),
    left_out: LeftOut | None = None,
) -> FleetDocument:
    """The fleet of what runs in these namespaces, or in all but those of the cluster itself, and where it runs now.

    Raises BadInput where the API server does not answer, or nothing runs; BadFleet with all that annotations say
    wrongly, unless `left_out` hears of the objects and the fleet does without them.
    """
    failed: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def told(what: str, words: str | None) -> None:
        if words and not failed.done():
            failed.set_result(f"{what}: {words}")

    informer = Informer(access, told)
    async with informer.following():
        known = asyncio.ensure_future(informer.known())
        await asyncio.wait((known, failed), return_when=asyncio.FIRST_COMPLETED)
        if not known.done():
            known.cancel()
            raise BadInput(f"the cluster cannot be read: {failed.result()}")
        failed.cancel()
        try:
            objects = {path: await _listed(informer.server, path) for path in PATHS}
        except (Unanswered, msgspec.DecodeError) as failure:
            raise BadInput(f"the cluster cannot be read: {failure}") from None
    cluster = informer.cluster
    found, unread = list[Described](), list[Flaw]()
    for path, kind in PATHS.items():
        for each in _within(objects[path], namespaces):
            try:
                found += _described(each, kind)
            except BadFleet as bad:
                unread += bad.flaws
    if not found and not unread:
        raise BadInput(f"nothing runs in {', '.join(sorted(namespaces)) or 'the cluster'} that could be placed")
    kinds = [*dict.fromkeys(cluster.nodes.values()), *(NodeKind(each.provider, each.name) for each in catalog.regions)]
    places = whereabouts(kinds, catalog)
    index = {kind: position for position, kind in enumerate(kinds)}
    of_node = {node: index[kind] for node, kind in cluster.nodes.items()}
    volumes = Volumes(cluster, of_node, places, catalog)
    current = _current(objects[_PODS], cluster, of_node, places, catalog)
    made = joined(name, found, cluster, volumes, catalog, policies, current, unread, left_out)
    return replace(made, warnings=(*daemons.left_out(objects[_PODS]), *made.warnings))


async def _listed(server: ApiServer, path: str) -> list[Raw]:
    return (await listed(server, path, _list_of))[0]


def _within(objects: Sequence[Raw], namespaces: Collection[str]) -> Iterator[Raw]:
    for each in objects:
        namespace = _named_of(each).metadata.namespace
        if namespace in namespaces or (not namespaces and namespace not in SYSTEM):
            yield each


def _described(document: Raw, kind: GroupKind) -> list[Described]:
    metadata = _named_of(document).metadata
    where = Where(f"{kind.kind} {metadata.namespace}/{metadata.name}")
    workload = described(bytes(document), where, metadata.namespace, kind)
    return [workload] if workload else []


def _current(
    pods: Sequence[Raw], cluster: Cluster, of_node: dict[str, int], places: Whereabouts, catalog: Catalog
) -> Current:
    """Where pods run now, counted by workload; those on nodes of which nobody knows where they are do not count."""
    found: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    kinds: dict[str, NodeKind] = {}
    for raw in pods:
        pod = _running_of(raw)
        kind = of_node.get(pod.spec.node_name)
        if kind is None or places.position[kind] == NOWHERE or pod.status.phase in ("Succeeded", "Failed"):
            continue
        workload = workload_of(Pod(pod.metadata))
        node = cluster.nodes[pod.spec.node_name]
        region = catalog.regions[places.position[kind]].id
        key = f"{region} {node.instance_type} {node.capacity_type}"
        kinds[key] = node
        found[pod.metadata.namespace, workload][key] += 1
    return {
        workload: [_part(key.split(" ")[0], kinds[key], count) for key, count in sorted(counted.items())]
        for workload, counted in found.items()
    }


def _part(region: str, kind: NodeKind, replicas: int) -> Node:
    said: dict[str, Node] = {"region": text(region), "replicas": number(replicas)}
    if kind.instance_type:
        said["instance_type"] = text(kind.instance_type)
    return table({**said, "capacity_type": text(kind.capacity_type.value)})
