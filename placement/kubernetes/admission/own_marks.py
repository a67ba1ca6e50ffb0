"""What this project writes on pods that it has bound to regions: which ones, and why."""

from collections.abc import Mapping

from placement.kubernetes.admission.affinity import in_regions
from placement.kubernetes.admission.patch import Operation
from placement.kubernetes.admission.templates import PodTemplate
from placement.kubernetes.objects import Requirement

REGIONS, REASONS = "admission.placement.dev/regions", "admission.placement.dev/reasons"
"""Annotations. Whoever reads them knows which of the conditions on regions is not the author's own."""


def condition_before(template: PodTemplate) -> Requirement | None:
    """The condition that was written the last time; None if there was none."""
    names = (template.annotations or {}).get(REGIONS)
    return in_regions(names.split(",")) if names else None


def marked(template: PodTemplate, wanted: Mapping[str, str | None]) -> list[Operation]:
    """What to change so that the annotations are these; None: not there."""
    before = template.annotations
    changed = {key: text for key, text in wanted.items() if (before or {}).get(key) != text}
    if not changed:
        return []
    put = {key: text for key, text in changed.items() if text is not None}
    if before is None:
        if template.has_metadata:
            return [Operation("add", template.pointer("metadata", "annotations"), put)] if put else []
        return [Operation("add", template.pointer("metadata"), {"annotations": put})] if put else []
    return [
        Operation("remove", template.pointer("metadata", "annotations", key))
        if text is None
        else Operation("add", template.pointer("metadata", "annotations", key), text)
        for key, text in changed.items()
    ]
