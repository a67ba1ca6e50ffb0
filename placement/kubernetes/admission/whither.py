"""In which regions of the catalog pods of a shape may be, whatever the machine, and whether or not there are nodes."""

from dataclasses import dataclass, replace

import msgspec

from placement.kubernetes.admission.templates import PodTemplate
from placement.kubernetes.cluster import Cluster
from placement.kubernetes.ground import Ground
from placement.kubernetes.nodes import NodeKind
from placement.kubernetes.objects import Pod, PodVolume
from placement.kubernetes.offers import offers
from placement.kubernetes.rulings import Rulings
from placement.kubernetes.shape import PodShape
from placement.kubernetes.verdict import OF_REGIONS, judged

_MOST_SHAPES = 2_000
_MOST_REASONS = 3


@dataclass(frozen=True, slots=True)
class Whither:
    """The regions for the pods of one shape."""

    names: tuple[str, ...]
    """Of those that are admitted, as their providers call them."""
    is_limited: bool
    """Whether some regions, or nodes that are nobody knows where, are refused."""
    reasons: tuple[str, ...]
    """Why others are refused, the one that refuses the most first."""


class Regions:
    """What shapes were found to be on one ground; each is judged once."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self._regions = ground.catalog.regions
        self._offers = offers([NodeKind(each.provider, each.name) for each in self._regions], ground.catalog)
        self._by_shape: dict[PodShape, Whither] = {}

    def on(self, shape: PodShape) -> Whither:
        """The regions for the pods of a shape."""
        found = self._by_shape.get(shape)
        if found is None:
            if len(self._by_shape) >= _MOST_SHAPES:
                self._by_shape.clear()
            found = self._by_shape[shape] = self._judged(shape)
        return found

    def _judged(self, shape: PodShape) -> Whither:
        verdict = judged(shape, self.ground, self._offers, OF_REGIONS)
        refusals = [words for words in verdict.refusals if words]
        return Whither(
            names=tuple(r.name for r, words in zip(self._regions, verdict.refusals, strict=True) if not words),
            is_limited=bool(refusals or verdict.of_strangers),
            reasons=tuple(sorted(set(refusals), key=lambda words: (-refusals.count(words), words))),
        )


def told(reasons: tuple[str, ...]) -> str:
    """Some of the reasons, in one line."""
    rest = len(reasons) - _MOST_REASONS
    return "; ".join(reasons[:_MOST_REASONS]) + (f"; and {rest} more" if rest > 0 else "")


def shape_before_binding(template: PodTemplate, cluster: Cluster, standing: Rulings) -> PodShape:
    """The shape of pods that need not have their volumes yet; raises BadPod.

    Where a volume will be is judged when the pod is bound to a node. Its classes are known before that.
    """
    pod = _with_known_claims(template.pod, cluster)
    shape = standing.verdicts.shape_of(pod, template.raw, cluster, standing.nodes.kind_of)
    there = tuple(volume for volume in shape.volumes if volume.at or volume.follows)
    classes = {name for volume in shape.volumes if volume not in there for name in volume.classification}
    return replace(shape, volumes=there, classification=tuple(sorted({*shape.classification, *classes})))


def _with_known_claims(pod: Pod, cluster: Cluster) -> Pod:
    volumes = [volume for volume in pod.spec.volumes or () if _is_known(volume, pod, cluster)]
    return msgspec.structs.replace(pod, spec=msgspec.structs.replace(pod.spec, volumes=volumes))


def _is_known(volume: PodVolume, pod: Pod, cluster: Cluster) -> bool:
    if volume.persistent_volume_claim is None:
        return True
    claim = cluster.claims.get((pod.metadata.namespace, volume.persistent_volume_claim.claim_name))
    return claim is not None and (not claim.spec.volume_name or claim.spec.volume_name in cluster.volumes)
