"""Namespaces in their final state: their words hold for everything in them."""

import msgspec

from placement.kubernetes.admission.downgrades import downgrade
from placement.kubernetes.admission.review import ALLOWED, Answer, Request
from placement.kubernetes.admission.state import is_going
from placement.kubernetes.objects import Metadata, Namespace
from placement.kubernetes.own_words import OF_NAMESPACES, annotations_of, classes_of
from placement.kubernetes.rulings import Rulings
from placement.kubernetes.shape import BadPod

_namespace_of = msgspec.json.Decoder(Namespace).decode


def judged_namespace(request: Request, standing: Rulings) -> Answer:
    """Whether the namespace may be kept; raises msgspec.DecodeError for what is none."""
    if is_going(request.object):
        return ALLOWED
    ground, now = standing.verdicts.ground, _namespace_of(request.object).metadata
    before = _namespace_of(request.old_object).metadata if request.operation == "UPDATE" else Metadata()
    try:
        downgrade(now, before, ground)
        if (now.labels, now.annotations) == (before.labels, before.annotations):
            return ALLOWED
        what = f"the namespace {now.name[:80]}"
        annotations_of(now, OF_NAMESPACES, what)
        ground.check_classes(what, classes_of(now))
    except BadPod as bad:
        return Answer(str(bad))
    is_new = before.name and {*classes_of(now)} - {*classes_of(before)}
    return Answer(warnings=("what is in the namespace already stays where it is",)) if is_new else ALLOWED
