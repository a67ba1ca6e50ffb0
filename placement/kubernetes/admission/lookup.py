"""What is so new that it has not been heard of yet is asked for, so that a namespace and its pods may come together."""

import re
from dataclasses import replace
from typing import Any

import msgspec
from msgspec import Raw

from placement.kubernetes.api_server import ApiServer, Missing
from placement.kubernetes.cluster import Cluster
from placement.kubernetes.objects import Namespace, StorageClass, Volume

_NAME = re.compile(r"[a-z0-9](?:[-a-z0-9.:]*[a-z0-9])?")
"""Whatever else is no name, and must not become a part of a path."""
_MOST_LETTERS = 253

_namespace_of = msgspec.json.Decoder(Namespace).decode
_storage_class_of = msgspec.json.Decoder(StorageClass).decode
_volume_of = msgspec.json.Decoder(Volume).decode


class Lookup:
    """Asks the API server; raises Unanswered where it does not answer."""

    def __init__(self, server: ApiServer, cluster: Cluster) -> None:
        self._server, self._cluster = server, cluster

    async def cluster_with(self, namespace: str, storage_class: str = "", volume: str = "") -> Cluster:
        """The cluster, with these if they are there. What was heard of is not asked for again."""
        cluster = self._cluster
        if namespace and namespace not in cluster.namespaces:
            found = await self._read(_namespace_of, "/api/v1/namespaces/", namespace)
            if found is not None:
                cluster = replace(cluster, namespaces={**cluster.namespaces, namespace: found})
        if storage_class and storage_class not in cluster.storage_classes:
            found = await self._read(_storage_class_of, "/apis/storage.k8s.io/v1/storageclasses/", storage_class)
            if found is not None:
                cluster = replace(cluster, storage_classes={**cluster.storage_classes, storage_class: found})
        if volume and volume not in cluster.volumes:
            found = await self._read(_volume_of, "/api/v1/persistentvolumes/", volume)
            if found is not None:
                cluster = replace(cluster, volumes={**cluster.volumes, volume: found})
        return cluster

    async def pod(self, namespace: str, name: str) -> Raw | None:
        """The pod as it is now; None where there is none."""
        if not _is_name(namespace):
            return None
        body = await self._body(f"/api/v1/namespaces/{namespace}/pods/", name)
        return None if body is None else Raw(body)

    async def _read(self, decode: Any, folder: str, name: str) -> Any:
        body = await self._body(folder, name)
        return None if body is None else decode(body)

    async def _body(self, folder: str, name: str) -> bytes | None:
        if not _is_name(name):
            return None
        try:
            return await self._server.get(folder + name, {})
        except Missing:
            return None


def _is_name(text: str) -> bool:
    return len(text) <= _MOST_LETTERS and _NAME.fullmatch(text) is not None
