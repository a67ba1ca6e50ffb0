"""A folder of manifests is a small cluster: namespaces, claims, volumes and storage classes stand beside workloads."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from placement.domain.errors import BadFleet, BadInput, Flaw
from placement.fleet_file import FleetDocument
from placement.kubernetes.admission.review import GroupKind
from placement.kubernetes.admission.templates import TEMPLATES
from placement.kubernetes.cluster import Cluster
from placement.kubernetes.nodes import NodeKind
from placement.kubernetes.objects import Claim, Namespace, StorageClass, Volume
from placement.kubernetes.volumes import Volumes
from placement.kubernetes.whereabouts import whereabouts
from placement.kubernetes.workloads.described import NOT_PLACED, Described, Where, described, kind_of_object
from placement.kubernetes.workloads.fleet import joined
from placement.kubernetes.workloads.manifest_files import STANDARD_INPUT, Manifest, manifests_in
from placement.kubernetes.workloads.parts import LeftOut
from placement.market.catalog import Catalog
from placement.written.nodes import Scalar
from placement.written.notes import all_of
from placement.written.plain import json_of

_DEFAULT_NAMESPACE = "default"

_Keep = Callable[[Cluster, Any], None]
_AROUND: Mapping[GroupKind, tuple[Any, _Keep]] = {
    GroupKind("", "Namespace"): (
        Namespace,
        lambda cluster, each: cluster.namespaces.update({each.metadata.name: each}),
    ),
    GroupKind("", "PersistentVolume"): (
        Volume,
        lambda cluster, each: cluster.volumes.update({each.metadata.name: each}),
    ),
    GroupKind("", "PersistentVolumeClaim"): (
        Claim,
        lambda cluster, each: cluster.claims.update({(each.metadata.namespace, each.metadata.name): each}),
    ),
    GroupKind("storage.k8s.io", "StorageClass"): (
        StorageClass,
        lambda cluster, each: cluster.storage_classes.update({each.metadata.name: each}),
    ),
}
"""What workloads are judged by: how it is read, and where it is kept."""


def fleet_of_manifests(
    path: Path,
    catalog: Catalog,
    policies: Sequence[str] = (),
    name: str = "",
    namespaces: Collection[str] = (),
    left_out: LeftOut | None = None,
) -> FleetDocument:
    """The fleet of the manifests in a file or a folder, which is called like it; regions are those of the catalog.

    `policies` are paths of files; without `namespaces` workloads of all of them are taken. Raises BadInput where there
    are no workloads, BadFleet with all that is wrong, by file and line, unless `left_out` hears of the workloads and
    the fleet does without them.
    """
    cluster, workloads, warnings = Cluster(), list[Described](), list[str]()
    flaws, unread = list[Flaw](), list[Flaw]()
    for manifest in manifests_in(path):
        kind = kind_of_object(_text(manifest, "apiVersion"), _text(manifest, "kind"))
        if kind not in TEMPLATES and kind not in _AROUND:
            continue
        where = Where(manifest.source, manifest.root)
        wrong = unread if kind in TEMPLATES else flaws
        wrong += manifest.flaws
        try:
            if kind == NOT_PLACED:
                warnings.append(str(where.flaw("a DaemonSet runs on every node, and is left out", "kind")))
            elif kind in TEMPLATES:
                if manifest.flaws:
                    continue
                found = described(_json(manifest, where), where, _DEFAULT_NAMESPACE, kind)
                workloads += [found] if found and (not namespaces or found.namespace in namespaces) else []
            else:
                _keep(manifest, where, cluster, kind)
        except BadFleet as bad:
            wrong += bad.flaws
    if flaws:
        raise all_of([*flaws, *unread], BadFleet)
    if not workloads and not unread:
        kinds = ", ".join(sorted(each.kind for each in TEMPLATES if each != NOT_PLACED))
        source = "standard input" if path == STANDARD_INPUT else path
        within = f" in {', '.join(sorted(namespaces))}" if namespaces else ""
        raise BadInput(f"{source} has no workloads{within}; those are objects of the kinds {kinds}")
    called = name or (path.resolve().stem if path != STANDARD_INPUT else "") or "manifests"
    volumes = volumes_in(cluster, catalog)
    made = joined(called, workloads, cluster, volumes, catalog, policies, unread=unread, left_out=left_out)
    return replace(made, warnings=(*warnings, *made.warnings))


def volumes_in(cluster: Cluster, catalog: Catalog) -> Volumes:
    """The volumes of a cluster whose nodes are not looked at: labels name regions that one provider alone has."""
    regions = [NodeKind(each.provider, each.name) for each in catalog.regions]
    return Volumes(cluster, {}, whereabouts(regions, catalog), catalog, are_written=True)


def _keep(manifest: Manifest, where: Where, cluster: Cluster, kind: GroupKind) -> None:
    form, keep = _AROUND[kind]
    with where.reading(kind):
        found = msgspec.json.decode(_json(manifest, where), type=form)
    if isinstance(found, Claim) and not found.metadata.namespace:
        metadata = msgspec.structs.replace(found.metadata, namespace=_DEFAULT_NAMESPACE)
        found = msgspec.structs.replace(found, metadata=metadata)
    keep(cluster, found)


def _json(manifest: Manifest, where: Where) -> str:
    try:
        return json_of(manifest.root)
    except ValueError as error:
        raise BadFleet([where.flaw(f"this is no object of Kubernetes: {error}")]) from None


def _text(manifest: Manifest, key: str) -> str:
    value = manifest.root.entries[key].value
    return str(value.value) if isinstance(value, Scalar) else ""
