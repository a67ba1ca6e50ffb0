"""Pods and templates of pods in their final state: what they say can be judged, and some region may have them.

What was kept already is judged again only when it says something else: a stricter policy does not hold up what
controllers go on to write.
"""

from placement.kubernetes.admission.downgrades import downgrade
from placement.kubernetes.admission.review import ALLOWED, Answer, Request
from placement.kubernetes.admission.state import is_from_kubelet, is_going, is_made_by_another, is_mirror, misplaced
from placement.kubernetes.admission.templates import PodTemplate, template_in
from placement.kubernetes.admission.whither import Regions, Whither, shape_before_binding, told
from placement.kubernetes.cluster import Cluster
from placement.kubernetes.ground import Ground
from placement.kubernetes.names import OWN
from placement.kubernetes.own_words import CLASSIFICATION
from placement.kubernetes.rulings import Rulings
from placement.kubernetes.shape import BadPod, PodShape
from placement.kubernetes.verdict import read


def judged_pods(
    request: Request, cluster: Cluster, standing: Rulings, regions: Regions, *, must_be_classified: bool
) -> Answer:
    """Whether the object may be kept; raises msgspec.DecodeError for what is no such object."""
    template = template_in(request, request.object)
    if template is None or is_going(request.object) or is_made_by_another(request):
        return ALLOWED
    if is_mirror(template) and is_from_kubelet(request):
        return ALLOWED
    before = template_in(request, request.old_object) if request.operation == "UPDATE" else None
    if template.says_the_same(before):
        return ALLOWED
    try:
        if before is not None:
            downgrade(template.pod.metadata, before.pod.metadata, standing.verdicts.ground)
        shape = shape_before_binding(template, cluster, standing)
        if must_be_classified and not shape.classification:
            raise BadPod(f"neither the pod nor its namespace says of which class its data are: {OWN}{CLASSIFICATION}")
    except BadPod as bad:
        return Answer(str(bad))
    found = regions.on(shape)
    if found.is_limited and not found.names:
        return Answer(_nowhere(shape, found, standing.verdicts.ground))
    answer = on_its_node(template, cluster, standing)
    return answer if answer.refusal else Answer(warnings=misplaced(request, template))


def _nowhere(shape: PodShape, found: Whither, ground: Ground) -> str:
    try:
        read(shape, ground)
    except BadPod as bad:
        return str(bad)
    return f"no region may have the pod: {told(found.reasons)}"


def on_its_node(template: PodTemplate, cluster: Cluster, standing: Rulings) -> Answer:
    """Whether the node that the pod itself names may have it: no scheduler is asked about that."""
    node = template.spec.node_name
    if not node:
        return ALLOWED
    (reason,) = standing.on(template.raw, cluster).reasons([node])
    return Answer(f"the pod may not be on the node {node[:80]}: {reason}") if reason else ALLOWED
