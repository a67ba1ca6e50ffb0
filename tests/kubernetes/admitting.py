"""Admission in memory, asked as an API server asks, and on a real one."""

import asyncio
import json
from base64 import b64decode
from collections.abc import Mapping
from typing import Any

from placement.domain.policy import PolicySet
from placement.kubernetes.access import ClusterAccess
from placement.kubernetes.admission.lookup import Lookup
from placement.kubernetes.admission.webhooks import Admission
from placement.kubernetes.api_server import ApiServer
from placement.kubernetes.nodes import NodeKind
from placement.market.catalog import Catalog
from tests.kubernetes.asking import scheduler
from tests.kubernetes.manifests import Manifest

_GROUPS = {
    "Pod": ("", "pods"),
    "Binding": ("", "pods"),
    "Namespace": ("", "namespaces"),
    "PersistentVolumeClaim": ("", "persistentvolumeclaims"),
    "Deployment": ("apps", "deployments"),
    "StatefulSet": ("apps", "statefulsets"),
    "DaemonSet": ("apps", "daemonsets"),
    "ReplicaSet": ("apps", "replicasets"),
    "Job": ("batch", "jobs"),
    "CronJob": ("batch", "cronjobs"),
}


class Asked:
    """Both webhooks of one cluster."""

    def __init__(
        self,
        nodes: Mapping[str, NodeKind],
        catalog: Catalog,
        policies: str | PolicySet | None = None,
        *,
        server: str = "http://127.0.0.1:9",
        must_be_classified: bool = False,
    ) -> None:
        self.scheduler, self.cluster = scheduler(nodes, catalog, policies)
        self._server = server
        self._strict = must_be_classified

    def mutated(self, new: Manifest, **others: Any) -> Manifest:
        """The object after the patch."""
        response = self.ask("mutate", new, **others)
        assert response["allowed"]
        return patched(new, response)

    def refusal(self, new: Manifest, **others: Any) -> str:
        """Why the object may not be kept; empty where it may."""
        response = self.ask("validate", new, **others)
        return "" if response["allowed"] else str(response["status"]["message"])

    def ask(self, question: str, new: Manifest, **others: Any) -> dict[str, Any]:
        """The response to one question."""
        body = review(new, **others)
        answer = json.loads(asyncio.run(self._answer(question, body)))
        assert (answer["apiVersion"], answer["kind"]) == ("admission.k8s.io/v1", "AdmissionReview")
        assert answer["response"]["uid"] == "17"
        response: dict[str, Any] = answer["response"]
        return response

    async def _answer(self, question: str, body: bytes) -> bytes:
        server = ApiServer(ClusterAccess(self._server))
        admission = Admission(
            self.scheduler, self.cluster, Lookup(server, self.cluster), must_be_classified=self._strict
        )
        try:
            return await (admission.mutate(body) if question == "mutate" else admission.validate(body))
        finally:
            await server.close()


def review(
    new: Manifest, old: Manifest | None = None, *, part: str = "", groups: tuple[str, ...] = (), **request: Any
) -> bytes:
    """An AdmissionReview about an object: new, or changed from the old one."""
    group, resource = _GROUPS[new["kind"]]
    asked = {
        "uid": "17",
        "kind": {"group": group, "version": "v1", "kind": new["kind"]},
        "resource": {"group": group, "version": "v1", "resource": resource},
        "subResource": part,
        "operation": "UPDATE" if old else "CREATE",
        "namespace": "" if new["kind"] == "Namespace" else "shop",
        "name": new["metadata"].get("name", ""),
        "userInfo": {"username": "jane", "groups": list(groups)},
        "object": new,
        "oldObject": old,
    }
    document = {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": asked | request}
    return json.dumps(document).encode()


def patched(document: Manifest, response: Mapping[str, Any]) -> Manifest:
    """The document after the response's JSON Patch, applied as RFC 6902 says."""
    found = json.loads(json.dumps(document))
    if "patch" not in response:
        return dict(found)
    assert response["patchType"] == "JSONPatch"
    for operation in json.loads(b64decode(response["patch"])):
        *way, last = [
            key.replace("~1", "/").replace("~0", "~") for key in operation["path"].removeprefix("/").split("/")
        ]
        within = found
        for key in way:
            within = within[int(key)] if isinstance(within, list) else within[key]
        _apply(within, last, operation)
    return dict(found)


def _apply(within: Any, last: str, operation: Mapping[str, Any]) -> None:
    if isinstance(within, list):
        if operation["op"] == "add":
            within.insert(len(within) if last == "-" else int(last), operation["value"])
        elif operation["op"] == "replace":
            within[int(last)] = operation["value"]
        else:
            del within[int(last)]
        return
    assert operation["op"] == "add" or last in within
    if operation["op"] == "remove":
        del within[last]
    else:
        within[last] = operation["value"]
