"""What a pod mounts, as data: how much, of which classes, and where they lie.

Where a volume lies, its node affinity says; without one its labels, and else the claim's annotation placement.dev/at.
"""

from collections.abc import Mapping

from placement.kubernetes.cluster import Cluster
from placement.kubernetes.names import DEFAULT_STORAGE_CLASS, HOSTNAME, OWN, REGION, ZONES_OF_VOLUMES
from placement.kubernetes.objects import (
    Claim,
    ClaimSpec,
    NodeSelectorTerm,
    Pod,
    PodVolume,
    Requests,
    StorageClass,
    Volume,
)
from placement.kubernetes.own_words import annotations_of, classes_of
from placement.kubernetes.quantities import number_of
from placement.kubernetes.shape import BadPod, VolumeFacts
from placement.kubernetes.whereabouts import NOWHERE, Whereabouts
from placement.market.catalog import Catalog
from placement.residency.places import unknown_region

AT, GB_PER_MONTH = "at", "gb-per-month"
_OF_CLAIMS = (AT, GB_PER_MONTH)
_WAITS = "WaitForFirstConsumer"


class Volumes:
    """The volumes of one cluster, with its nodes where they are in one catalog."""

    def __init__(
        self,
        cluster: Cluster,
        kind_of: Mapping[str, int],
        places: Whereabouts,
        catalog: Catalog,
        *,
        are_written: bool = False,
    ) -> None:
        """Of claims that are written down, unlike live ones, nobody knows whether they have a volume: where they say
        that it lies, it does.
        """
        self._cluster, self._kind_of, self._places, self._catalog = cluster, kind_of, places, catalog
        self._are_written = are_written

    def of(self, pod: Pod) -> tuple[VolumeFacts, ...]:
        """The persistent volumes of a pod, in its order; raises BadPod for a claim that is not known."""
        found = (self._facts(pod, volume) for volume in pod.spec.volumes or ())
        return tuple(facts for facts in found if facts is not None)

    def _facts(self, pod: Pod, volume: PodVolume) -> VolumeFacts | None:
        namespace, source = pod.metadata.namespace, volume.persistent_volume_claim
        if source is not None:
            claim = self._cluster.claims.get((namespace, source.claim_name))
            if claim is None:
                raise BadPod(f"the claim {source.claim_name[:80]} of volume {volume.name[:80]} is not known yet")
            return self.of_claim(volume.name, claim, namespace, read_only=bool(source.read_only))
        if volume.ephemeral is None or volume.ephemeral.volume_claim_template is None:
            return None
        claim = self._cluster.claims.get((namespace, f"{pod.metadata.name}-{volume.name}"))
        if claim is None:
            # It is made after its pod.
            template = volume.ephemeral.volume_claim_template
            claim = Claim(spec=template.spec) if template.metadata is None else Claim(template.metadata, template.spec)
        return self.of_claim(volume.name, claim, namespace, read_only=False)

    def of_claim(self, name: str, claim: Claim, namespace: str, *, read_only: bool) -> VolumeFacts:
        """The volume that a claim has, or will have; raises BadPod for what the claim says wrongly."""
        what = f"the claim {claim.metadata.name[:80] or name[:80]}"
        own = annotations_of(claim.metadata, _OF_CLAIMS, what)
        around = self._cluster.namespaces.get(namespace)
        classes = {*classes_of(claim.metadata), *(classes_of(around.metadata) if around else ())}
        volume = None
        if claim.spec.volume_name:
            volume = self._cluster.volumes.get(claim.spec.volume_name)
            if volume is None:
                raise BadPod(f"the volume {claim.spec.volume_name[:80]} of {what} is not known yet")
        said = self._said(own.get(AT, ""), what)
        return VolumeFacts(
            name=name,
            size_gb=_size_gb(volume, claim.spec.resources, what),
            at=(said if self._are_written else ()) if volume is None else self._regions_of(volume) or said,
            follows=volume is None and self._waits(claim.spec),
            classification=tuple(sorted(classes)),
            gb_per_month=_gb(own.get(GB_PER_MONTH), what),
            read_only=read_only,
        )

    def _said(self, text: str, what: str) -> tuple[str, ...]:
        regions = tuple(word.strip() for word in text.split(",") if word.strip())
        for region in regions:
            if region not in self._catalog.region_index:
                raise BadPod(f"{what}: {OWN}{AT}: {unknown_region(region, self._catalog.region_index)}")
        return regions

    def storage_class(self, claim: ClaimSpec) -> StorageClass | None:
        """What makes the claim's volume: the class that it names, or that is for claims that name none."""
        classes = self._cluster.storage_classes
        if claim.storage_class_name is not None:
            return classes.get(claim.storage_class_name)
        defaults = [
            each for each in classes.values() if (each.metadata.annotations or {}).get(DEFAULT_STORAGE_CLASS) == "true"
        ]
        return next((each for each in defaults if each.volume_binding_mode == _WAITS), next(iter(defaults), None))

    def made_in(self, kind: StorageClass) -> tuple[str, ...] | None:
        """The regions in which a storage class may make volumes; None where that is not said, or not known."""
        terms = kind.allowed_topologies or ()
        found = [
            self._of_labels({each.key: each.values or [] for each in term.match_label_expressions or ()})
            for term in terms
        ]
        return tuple(sorted(frozenset[str]().union(*found))) if found and all(found) else None

    def _waits(self, claim: ClaimSpec) -> bool:
        """Whether the volume is made where its first pod goes."""
        named = self.storage_class(claim)
        return named is not None and named.volume_binding_mode == _WAITS

    def _regions_of(self, volume: Volume) -> tuple[str, ...]:
        affinity = volume.spec.node_affinity
        terms = (affinity.required.node_selector_terms if affinity and affinity.required else None) or ()
        found = [self._of_term(term) for term in terms]
        if not found:
            found = [self._of_labels({key: [value] for key, value in (volume.metadata.labels or {}).items()})]
        return tuple(sorted(frozenset[str]().union(*found))) if all(found) else ()

    def _of_term(self, term: NodeSelectorTerm) -> frozenset[str]:
        return self._of_labels(
            {each.key: each.values or [] for each in term.match_expressions or () if each.operator == "In"}
        )

    def _of_labels(self, said: Mapping[str, list[str]]) -> frozenset[str]:
        """The regions that the most exact of the labels names; none where one of its values is not known."""
        for keys, regions_of in (
            ((HOSTNAME,), self._of_node),
            (ZONES_OF_VOLUMES, self._of_zone),
            (REGION, self._of_region),
        ):
            values = next((said[key] for key in keys if said.get(key)), [])
            found = [regions_of(value) for value in values]
            if found and all(found):
                return frozenset[str]().union(*found)
        return frozenset()

    def _of_node(self, name: str) -> frozenset[str]:
        kind = self._kind_of.get(name)
        position = NOWHERE if kind is None else self._places.position[kind]
        return frozenset() if position == NOWHERE else frozenset((self._catalog.regions[position].id,))

    def _of_zone(self, zone: str) -> frozenset[str]:
        return _alone(self._places.zones.get(zone, frozenset()))

    def _of_region(self, name: str) -> frozenset[str]:
        return _alone(self._places.regions.get(name, frozenset()))


def _alone(regions: frozenset[str]) -> frozenset[str]:
    """A name that means two regions means none."""
    return regions if len(regions) == 1 else frozenset()


def _size_gb(volume: Volume | None, asked: Requests | None, what: str) -> float:
    has = (volume.spec.capacity if volume else None) or {}
    wanted = (asked.requests if asked else None) or {}
    return _number(has.get("storage") or wanted.get("storage") or 0, what) / 1e9


def _gb(text: str | None, what: str) -> float | None:
    return None if text is None else _number(text, f"{GB_PER_MONTH} of {what}")


def _number(text: str | int | float, what: str) -> float:
    try:
        return number_of(text)
    except ValueError as error:
        raise BadPod(f"{what}: {error}") from None
