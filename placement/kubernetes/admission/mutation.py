"""Pods, and templates of pods, are bound to the regions that admit them before they are kept.

Patching nothing is always safe: what is bound to a node, or made, is judged again. So nothing is patched that could do
harm: pods of a cluster's own machines, what cannot be changed any more, and what its owner compares with itself.
"""

from placement.kubernetes.admission.affinity import bound, in_regions
from placement.kubernetes.admission.own_marks import REASONS, REGIONS, condition_before, marked
from placement.kubernetes.admission.patch import Operation
from placement.kubernetes.admission.review import ALLOWED, Answer, GroupKind, Request, cut
from placement.kubernetes.admission.state import is_going, is_made_by_another, is_mirror
from placement.kubernetes.admission.templates import POD, PodTemplate, template_in
from placement.kubernetes.admission.whither import Regions, Whither, shape_before_binding, told
from placement.kubernetes.cluster import Cluster
from placement.kubernetes.names import OWN
from placement.kubernetes.own_words import SCHEDULER
from placement.kubernetes.rulings import Rulings
from placement.kubernetes.shape import BadPod

_DEFAULT_SCHEDULER = "default-scheduler"
_FINAL = frozenset((POD, GroupKind("batch", "Job")))
"""Whose pods cannot be changed once they are made."""
_MOST_REASON = 1_000


def mutated(request: Request, cluster: Cluster, standing: Rulings, regions: Regions) -> Answer:
    """What to change of the object; never a refusal. Raises msgspec.DecodeError for what is no such object."""
    template = template_in(request, request.object)
    if template is None or is_going(request.object) or is_mirror(template) or is_made_by_another(request):
        return ALLOWED
    if request.operation == "UPDATE":
        # A change of replicas must not become a rollout because a policy has changed meanwhile.
        before = template_in(request, request.old_object)
        if request.kind in _FINAL or template.says_the_same(before):
            return ALLOWED
    try:
        found = regions.on(shape_before_binding(template, cluster, standing))
    except BadPod:
        return ALLOWED  # The validation says what is wrong.
    if found.is_limited and not found.names:
        return ALLOWED
    operations = (*_to_regions(template, found), *_to_scheduler(template, cluster))
    if not operations:
        return ALLOWED
    why = told(found.reasons)
    return Answer(
        patch=operations,
        warnings=(f"bound to {len(found.names)} regions: {why}",) if found.is_limited else (),
        audit={"regions": ",".join(found.names), "reasons": why} if found.is_limited else {},
    )


def _to_regions(template: PodTemplate, found: Whither) -> list[Operation]:
    wanted = in_regions(found.names) if found.is_limited else None
    marks = {
        REGIONS: ",".join(wanted.values or ()) if wanted else None,
        REASONS: cut(told(found.reasons), _MOST_REASON) if wanted else None,
    }
    return [
        *marked(template, marks),
        *bound(template.spec.affinity, wanted, condition_before(template), template.pointer),
    ]


def _to_scheduler(template: PodTemplate, cluster: Cluster) -> list[Operation]:
    """The scheduler that the pod asks for, or its namespace, where the pod names none itself."""
    namespace = cluster.namespaces.get(template.pod.metadata.namespace)
    around = (namespace.metadata.annotations if namespace else None) or {}
    wanted = (template.annotations or {}).get(OWN + SCHEDULER) or around.get(OWN + SCHEDULER)
    if not wanted or template.spec.scheduler_name not in ("", _DEFAULT_SCHEDULER, wanted):
        return []
    if template.spec.scheduler_name == wanted:
        return []
    return [Operation("add", template.pointer("spec", "schedulerName"), wanted)]
