"""A cluster as its API server tells of it: everything that pods are judged by, kept up to date."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from placement.kubernetes.access import ClusterAccess
from placement.kubernetes.api_server import SILENCE_S, ApiServer
from placement.kubernetes.cluster import Cluster
from placement.kubernetes.nodes import NodeKind, kind_of
from placement.kubernetes.objects import Claim, Namespace, Node, StorageClass, Volume
from placement.kubernetes.reflector import Backoff, Kind, Reflector

_FIRST_S, _MOST_S = 0.5, 30.0
_MOST_KINDS = 10_000
"""Remembered; labels may change again and again."""

Object = TypeVar("Object", Volume, StorageClass, Namespace)


class Informer:
    """Follows one cluster. `told` hears of each kind of objects what went wrong, and None when all is well again."""

    def __init__(
        self,
        access: ClusterAccess,
        told: Callable[[str, str | None], None],
        *,
        first_wait_s: float = _FIRST_S,
        most_wait_s: float = _MOST_S,
        silence_s: float = SILENCE_S,
    ) -> None:
        self.cluster = Cluster()
        self.nodes_changed = asyncio.Event()
        """Set whenever the nodes are no longer those of before; whoever takes note of that clears it."""
        self.server = ApiServer(access, silence_s)
        self._kinds: dict[NodeKind, NodeKind] = {}
        self._reflectors = [
            Reflector(self.server, kind, self._teller(kind.path, told), Backoff(first_wait_s, most_wait_s))
            for kind in self._reflected()
        ]

    @property
    def knows_all(self) -> bool:
        """Whether everything was seen once."""
        return all(each.listed.is_set() for each in self._reflectors)

    async def known(self) -> None:
        """Wait until everything was seen once."""
        for each in self._reflectors:
            await each.listed.wait()

    @asynccontextmanager
    async def following(self) -> AsyncIterator[None]:
        """Inside, the cluster is followed."""
        tasks = [asyncio.create_task(each.run()) for each in self._reflectors]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self.server.close()

    def _reflected(self) -> tuple[Kind[Any], ...]:
        cluster = self.cluster
        return (
            Kind("/api/v1/nodes", Node, self._replace_nodes, self._put_node, self._drop_node),
            _by_name("/api/v1/namespaces", Namespace, cluster.namespaces),
            _by_name("/api/v1/persistentvolumes", Volume, cluster.volumes),
            Kind("/api/v1/persistentvolumeclaims", Claim, self._replace_claims, self._put_claim, self._drop_claim),
            _by_name("/apis/storage.k8s.io/v1/storageclasses", StorageClass, cluster.storage_classes),
        )

    def _teller(self, path: str, told: Callable[[str, str | None], None]) -> Callable[[str | None], None]:
        return lambda words: told(path.rpartition("/")[2], words)

    def _replace_nodes(self, nodes: Iterable[Node]) -> None:
        found = {node.metadata.name: self._one(kind_of(node)) for node in nodes}
        if found != self.cluster.nodes:
            self.cluster.nodes = found
            self.nodes_changed.set()

    def _put_node(self, node: Node) -> None:
        kind = kind_of(node)
        if self.cluster.nodes.get(node.metadata.name) != kind:
            self.cluster.nodes[node.metadata.name] = self._one(kind)
            self.nodes_changed.set()

    def _drop_node(self, node: Node) -> None:
        if self.cluster.nodes.pop(node.metadata.name, None) is not None:
            self.nodes_changed.set()

    def _one(self, kind: NodeKind) -> NodeKind:
        """Equal kinds are one object."""
        if len(self._kinds) > _MOST_KINDS:
            self._kinds.clear()
        return self._kinds.setdefault(kind, kind)

    def _replace_claims(self, claims: Iterable[Claim]) -> None:
        self.cluster.claims = {_key(claim): claim for claim in claims}

    def _put_claim(self, claim: Claim) -> None:
        self.cluster.claims[_key(claim)] = claim

    def _drop_claim(self, claim: Claim) -> None:
        self.cluster.claims.pop(_key(claim), None)


def _key(claim: Claim) -> tuple[str, str]:
    return claim.metadata.namespace, claim.metadata.name


def _by_name(path: str, form: type[Object], into: dict[str, Object]) -> Kind[Object]:
    def replace(objects: Iterable[Object]) -> None:
        found = {each.metadata.name: each for each in objects}
        into.clear()
        into.update(found)

    def put(each: Object) -> None:
        into[each.metadata.name] = each

    def drop(each: Object) -> None:
        into.pop(each.metadata.name, None)

    return Kind(path, form, replace, put, drop)
