"""Claims of volumes in their final state: wherever the volume may be made, its data are lawful.

Immediate              everywhere that the storage class may make it
WaitForFirstConsumer   somewhere that it may; the pod's node decides, and is judged when the pod is bound
bound                  where the volume is
"""

import msgspec
from msgspec import Raw

from placement.domain.fleet import Dataset, Fleet
from placement.kubernetes.admission.downgrades import downgrade
from placement.kubernetes.admission.review import ALLOWED, Answer, Request
from placement.kubernetes.admission.state import is_going
from placement.kubernetes.cluster import Cluster
from placement.kubernetes.names import OWN
from placement.kubernetes.objects import Claim
from placement.kubernetes.own_words import classes_of
from placement.kubernetes.rulings import Rulings
from placement.kubernetes.shape import BadPod
from placement.kubernetes.volumes import AT, Volumes
from placement.residency.admissible import Admissible
from placement.residency.wording import asks

_claim_of = msgspec.json.Decoder(Claim).decode


def claim_in(document: Raw, namespace: str) -> Claim:
    """The claim, in its namespace; raises msgspec.DecodeError for what is none."""
    claim = _claim_of(document)
    return msgspec.structs.replace(claim, metadata=msgspec.structs.replace(claim.metadata, namespace=namespace))


def judged_claim(request: Request, cluster: Cluster, standing: Rulings) -> Answer:
    """Whether the claim may be kept; raises msgspec.DecodeError for what is no claim."""
    if is_going(request.object):
        return ALLOWED
    claim = claim_in(request.object, request.namespace)
    ground = standing.verdicts.ground
    try:
        if request.operation == "UPDATE":
            before = claim_in(request.old_object, request.namespace)
            downgrade(claim.metadata, before.metadata, ground)
            if _asks(claim) == _asks(before):
                return ALLOWED
        reason = _refusal(claim, cluster, standing)
    except BadPod as bad:
        return Answer(str(bad))
    return Answer(reason) if reason else ALLOWED


def _asks(claim: Claim) -> tuple[object, ...]:
    own = {key: text for key, text in (claim.metadata.annotations or {}).items() if key.startswith(OWN)}
    return classes_of(claim.metadata), own, claim.spec.volume_name, claim.spec.storage_class_name


def _refusal(claim: Claim, cluster: Cluster, standing: Rulings) -> str:
    """Why the claim's volume may not be where it is, or would be made; empty where it may."""
    ground = standing.verdicts.ground
    volumes = standing.verdicts.volumes(cluster, standing.nodes.kind_of)
    facts = volumes.of_claim(claim.metadata.name, claim, claim.metadata.namespace, read_only=False)
    what = f"the claim {claim.metadata.name[:80]}"
    ground.check_classes(what, facts.classification)
    dataset = Dataset(claim.metadata.name or "claim", facts.size_gb, facts.classification, facts.at, facts.follows)
    residency = ground.evaluation.compiled(Fleet(what, (), (dataset,)))
    if not residency.limiting(dataset.name):
        return ""
    if facts.at:
        return _refused(facts.at, residency, dataset.name, f"{what} has its data in")
    if claim.spec.volume_name:
        limit = asks(residency.limiting(dataset.name)[0])
        return f"nobody knows where the volume of {what} lies (annotate the claim with {OWN}{AT}), but {limit}"
    return _of_class(claim, volumes, residency, dataset.name, waits=facts.follows)


def _of_class(claim: Claim, volumes: Volumes, residency: Admissible, name: str, *, waits: bool) -> str:
    """What the storage class may do to it; one that is not known, or none, makes no volume."""
    kind = volumes.storage_class(claim.spec)
    if kind is None:
        return ""
    made = f"the storage class {kind.metadata.name[:80]} makes volumes"
    places = volumes.made_in(kind)
    if places is None:
        if waits:
            return ""
        limit = asks(residency.limiting(name)[0])
        return (
            f"{made} at once and nobody knows where, but {limit}; let it have WaitForFirstConsumer or allowedTopologies"
        )
    refusals = [_refused((region,), residency, name, f"{made} in") for region in places]
    if waits and not all(refusals):
        return ""
    return next(filter(None, refusals), "")


def _refused(regions: tuple[str, ...], residency: Admissible, name: str, where: str) -> str:
    index = {region.id: position for position, region in enumerate(residency.regions)}
    for region in regions:
        if not residency.mask(name)[index[region]]:
            rule = next(rule for rule in residency.rules(name) if not rule.mask[index[region]])
            return f"{where} {region}, but {rule.words}"
    return ""
