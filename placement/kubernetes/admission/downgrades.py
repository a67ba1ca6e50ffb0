"""A class, once given, stays: data that are there do not become others because a label is taken away."""

from placement.kubernetes.ground import Ground
from placement.kubernetes.names import OWN
from placement.kubernetes.objects import Metadata
from placement.kubernetes.own_words import CLASSIFICATION, classes_of
from placement.kubernetes.shape import BadPod


def downgrade(now: Metadata, before: Metadata, ground: Ground) -> None:
    """Raises BadPod if one of the classes that are defined was taken away."""
    lost = sorted(({*classes_of(before)} - {*classes_of(now)}) & ground.classes)
    if lost:
        raise BadPod(
            f"{OWN}{CLASSIFICATION} had {', '.join(lost)[:200]} before, which cannot be taken away; make a new object"
        )
