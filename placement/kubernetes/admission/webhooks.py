"""The two webhooks: one completes objects and refuses nothing, the other judges what they have become.

What cannot be judged, because the cluster, the market or the policies are not known, is not changed by the first and
is refused by the second.
"""

from msgspec import Raw

from placement.kubernetes.admission.bindings import bound_pod, judged_binding
from placement.kubernetes.admission.claims import claim_in, judged_claim
from placement.kubernetes.admission.lookup import Lookup
from placement.kubernetes.admission.mutation import mutated
from placement.kubernetes.admission.namespaces import judged_namespace
from placement.kubernetes.admission.pods import judged_pods, on_its_node
from placement.kubernetes.admission.review import (
    ALLOWED,
    UNAVAILABLE,
    Answer,
    GroupKind,
    Request,
    request_of,
    written,
)
from placement.kubernetes.admission.templates import TEMPLATES, template_in
from placement.kubernetes.admission.whither import Regions
from placement.kubernetes.api_server import Unanswered
from placement.kubernetes.cluster import Cluster
from placement.kubernetes.rulings import Rulings
from placement.kubernetes.scheduler import NotYet, Scheduler

_CLAIM, _NAMESPACE = GroupKind("", "PersistentVolumeClaim"), GroupKind("", "Namespace")
_BINDINGS = frozenset(("pods/binding", "bindings"))
_DEBUGGING = "pods/ephemeralcontainers"
_WRITING = frozenset(("CREATE", "UPDATE"))


class Admission:
    """Answers about one cluster, by what its scheduler stands on.

    All questions raise msgspec.DecodeError for what is no question.
    """

    def __init__(self, scheduler: Scheduler, cluster: Cluster, lookup: Lookup, *, must_be_classified: bool) -> None:
        self._scheduler, self._cluster, self._lookup = scheduler, cluster, lookup
        self._must_be_classified = must_be_classified
        self._regions: Regions | None = None

    async def mutate(self, body: bytes) -> bytes:
        """What is to be changed of an object."""
        request = request_of(body)
        try:
            return written(request, await self._mutated(request))
        except (NotYet, Unanswered) as failure:
            return written(request, Answer(warnings=(f"placement changes nothing: {failure}",)))

    async def validate(self, body: bytes) -> bytes:
        """Whether an object may be kept as it is."""
        request = request_of(body)
        try:
            return written(request, await self._judged(request))
        except (NotYet, Unanswered) as failure:
            return written(request, Answer(f"placement cannot judge this now: {failure}", UNAVAILABLE))

    async def _mutated(self, request: Request) -> Answer:
        if request.kind not in TEMPLATES or request.sub_resource or request.operation not in _WRITING:
            return ALLOWED
        cluster = await self._lookup.cluster_with(request.namespace)
        standing = self._scheduler.standing
        return mutated(request, cluster, standing, self._regions_of(standing))

    async def _judged(self, request: Request) -> Answer:
        if request.operation not in _WRITING:
            return ALLOWED
        if request.path in _BINDINGS:
            return await self._judged_binding(request)
        if request.path == _DEBUGGING:
            return await self._judged_debugging(request)
        if request.sub_resource:
            return ALLOWED
        if request.kind == _NAMESPACE:
            return judged_namespace(request, self._scheduler.standing)
        if request.kind == _CLAIM:
            return await self._judged_claim(request)
        if request.kind in TEMPLATES:
            cluster = await self._lookup.cluster_with(request.namespace)
            standing, strict = self._scheduler.standing, self._must_be_classified
            return judged_pods(request, cluster, standing, self._regions_of(standing), must_be_classified=strict)
        return ALLOWED

    async def _judged_binding(self, request: Request) -> Answer:
        cluster = await self._lookup.cluster_with(request.namespace)
        pod: Raw | None = await self._lookup.pod(request.namespace, bound_pod(request))
        return judged_binding(request, pod, cluster, self._scheduler.standing)

    async def _judged_debugging(self, request: Request) -> Answer:
        """Another container in a pod that runs: the pod as a whole must be lawful where it is."""
        cluster = await self._lookup.cluster_with(request.namespace)
        template = template_in(request, request.object)
        return ALLOWED if template is None else on_its_node(template, cluster, self._scheduler.standing)

    async def _judged_claim(self, request: Request) -> Answer:
        spec = claim_in(request.object, request.namespace).spec
        cluster = await self._lookup.cluster_with(
            request.namespace, storage_class=spec.storage_class_name or "", volume=spec.volume_name
        )
        return judged_claim(request, cluster, self._scheduler.standing)

    def _regions_of(self, standing: Rulings) -> Regions:
        ground = standing.verdicts.ground
        if self._regions is None or self._regions.ground is not ground:
            self._regions = Regions(ground)
        return self._regions
