"""The webhooks of deploy/ on the control plane of the tests: for some namespaces, with the service on this machine."""

from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from ruamel.yaml import YAML

from tests.kubernetes.cluster import Cluster

_FILE = Path(__file__).parents[2] / "deploy" / "base" / "webhooks.yaml"
_PATH = "/apis/admissionregistration.k8s.io/v1"
WATCHED = "placement.test/watched"
"""Label of the namespaces that the webhooks are about; its value is the name of the installation."""


@contextmanager
def installed(cluster: Cluster, url: str, authority: Path, name: str = "") -> Iterator[str]:
    """Inside, the webhooks ask the service at this address; gives the value of the label."""
    name = name or f"watched-{uuid4().hex[:8]}"
    made = []
    for document in YAML(typ="safe").load_all(_FILE.read_text(encoding="utf-8")):
        path = f"{_PATH}/{document['kind'].lower()}s"
        for webhook in document["webhooks"]:
            point_at(webhook, url, authority)
            webhook["namespaceSelector"] = {
                "matchExpressions": [
                    *webhook["namespaceSelector"]["matchExpressions"],
                    {"key": WATCHED, "operator": "In", "values": [name]},
                ]
            }
        cluster.create(path, document | {"metadata": {"name": name}})
        made.append(f"{path}/{name}")
    try:
        yield name
    finally:
        for path in made:
            cluster.delete(path)


def point_at(webhook: dict[str, Any], url: str, authority: Path) -> None:
    path = webhook["clientConfig"]["service"]["path"]
    known_by = b64encode(authority.read_bytes()).decode()
    webhook["clientConfig"] = {"url": f"{url}{path}", "caBundle": known_by}


def namespace_of(cluster: Cluster, installation: str, **labels: str) -> str:
    """A new namespace that the installation is about."""
    name = f"test-{uuid4().hex[:8]}"
    cluster.create("/api/v1/namespaces", {"metadata": {"name": name, "labels": {WATCHED: installation} | labels}})
    return name
