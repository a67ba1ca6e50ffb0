"""What the shapes of pods were found to be on one ground, about some kinds of nodes; each is judged once."""

from collections.abc import Mapping, Sequence

from msgspec import Raw

from placement.kubernetes.cluster import Cluster
from placement.kubernetes.ground import Ground
from placement.kubernetes.nodes import NodeKind
from placement.kubernetes.objects import Pod
from placement.kubernetes.offers import offers
from placement.kubernetes.pods import shape_of
from placement.kubernetes.shape import BadPod, PodShape
from placement.kubernetes.verdict import Verdict, judged, refused_everywhere
from placement.kubernetes.volumes import Volumes

_MOST_WORDS = 1_000_000
"""In memory, one for each shape and kind; all pods of a Deployment have one shape."""


class Verdicts:
    """Grow with the shapes that are asked about; a new market, a new day or new kinds of nodes need new ones."""

    def __init__(self, ground: Ground, kinds: Sequence[NodeKind]) -> None:
        self.ground, self.kinds = ground, tuple(kinds)
        self.offers = offers(kinds, ground.catalog)
        self._by_shape: dict[PodShape, Verdict] = {}

    def shape_of(self, pod: Pod, document: Raw, cluster: Cluster, kind_of: Mapping[str, int]) -> PodShape:
        """The shape of a pod of the cluster, as it came; raises BadPod. `kind_of` has the nodes by name."""
        return shape_of(pod, document, cluster, self.volumes(cluster, kind_of), self.ground.asked)

    def volumes(self, cluster: Cluster, kind_of: Mapping[str, int]) -> Volumes:
        """The volumes of the cluster."""
        return Volumes(cluster, kind_of, self.offers.places, self.ground.catalog)

    def on(self, shape: PodShape) -> Verdict:
        """The verdict on the pods of a shape."""
        found = self._by_shape.get(shape)
        if found is None:
            if len(self._by_shape) * len(self.kinds) >= _MOST_WORDS:
                del self._by_shape[next(iter(self._by_shape))]
            found = self._by_shape[shape] = judged(shape, self.ground, self.offers)
        return found

    def refused(self, bad: BadPod) -> Verdict:
        """On a pod that cannot be judged."""
        return refused_everywhere(str(bad), self.offers)
