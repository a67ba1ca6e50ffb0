"""Labels and annotations of this project on objects of a cluster."""

from collections.abc import Collection

from placement.kubernetes.names import OWN
from placement.kubernetes.objects import Metadata
from placement.kubernetes.shape import BadPod
from placement.residency.spelling import did_you_mean

CLASSIFICATION = "classification"
"""The classes of an object's data: one as a label, any number as an annotation, or both."""
SCHEDULER = "scheduler"
"""The scheduler that pods want which name none, an annotation of them or of their namespace."""
OF_NAMESPACES = (SCHEDULER,)
"""Annotations that a namespace may have, beside its classification, without the prefix."""
_MOST_CHARACTERS = 4_000
_MOST_WRONG = 10
"""Looking for the nearest word takes time, while a scheduler waits."""


def annotations_of(metadata: Metadata, known: Collection[str], what: str) -> dict[str, str]:
    """The annotations of this project by name, without the prefix, but for the classification.

    Raises BadPod for labels and annotations that are not known here: misspelt, they would silently ask for nothing. And
    for more than can be read while a scheduler waits.
    """
    wrong = [
        f"{what} has the label {key[:80]}, which means nothing here; {OWN}{CLASSIFICATION} does"
        for key in metadata.labels or ()
        if key.startswith(OWN) and key != OWN + CLASSIFICATION
    ]
    found: dict[str, str] = {}
    for key, text in (metadata.annotations or {}).items():
        name = key.removeprefix(OWN)
        if name in (key, CLASSIFICATION):
            continue
        if name not in known and len(wrong) < _MOST_WRONG:
            near = did_you_mean(name, known) or f"; known are {', '.join(sorted({*known, CLASSIFICATION}))}"
            wrong.append(f"{what} has the annotation {key[:80]}, which means nothing here{near}")
        found[name] = text
    if wrong:
        raise BadPod("; ".join(wrong[:_MOST_WRONG]))
    if (characters := sum(map(len, found.values()))) > _MOST_CHARACTERS:
        raise BadPod(f"{what} has annotations of {characters:,} characters, {_MOST_CHARACTERS:,} at most are read")
    return found


def classes_of(metadata: Metadata) -> tuple[str, ...]:
    """What the object says of its own data, in order."""
    label = (metadata.labels or {}).get(OWN + CLASSIFICATION, "")
    annotation = (metadata.annotations or {}).get(OWN + CLASSIFICATION, "")
    return tuple(sorted({word.strip() for word in (label, *annotation.split(",")) if word.strip()}))
