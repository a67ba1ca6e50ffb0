"""Where the data of a pod lie, and of which classes they are."""

from typing import Any

import pytest

from placement.kubernetes.cluster import Cluster
from placement.kubernetes.node_set import NodeSet
from placement.kubernetes.nodes import NodeKind
from placement.kubernetes.objects import (
    Claim,
    ClaimSource,
    ClaimSpec,
    ClaimTemplate,
    EphemeralSource,
    Metadata,
    Namespace,
    NodeSelector,
    NodeSelectorTerm,
    Pod,
    PodSpec,
    PodVolume,
    Requests,
    Requirement,
    StorageClass,
    Volume,
    VolumeNodeAffinity,
    VolumeSpec,
)
from placement.kubernetes.shape import BadPod, VolumeFacts
from placement.kubernetes.volumes import Volumes
from placement.kubernetes.whereabouts import whereabouts
from tests.builders import DUBLIN, FRANKFURT, catalog, offering

REGION, ZONE = "topology.kubernetes.io/region", "topology.kubernetes.io/zone"
NODES = {
    "fra": NodeKind("aws", "eu-central-1", "eu-central-1a"),
    "dub": NodeKind("aws", "eu-west-1", "eu-west-1a"),
    "lost": NodeKind(None, None, doubt="it says nothing"),
}


def facts(cluster: Cluster, **volume: Any) -> VolumeFacts:
    """Of a pod's one volume."""
    source: dict[str, Any] = {"persistent_volume_claim": ClaimSource("data")} | volume
    pod = Pod(Metadata("web-0", "shop"), PodSpec(volumes=[PodVolume("config"), PodVolume("data", **source)]))
    market, nodes = catalog([offering(FRANKFURT), offering(DUBLIN)]), NodeSet().with_nodes(NODES)
    (found,) = Volumes(cluster, nodes.kind_of, whereabouts(nodes.kinds, market), market).of(pod)
    return found


def cluster(volume: Volume | None = None, *, annotations: dict[str, str] | None = None, **claim: Any) -> Cluster:
    """With the claim `data`, bound to the volume if there is one."""
    spec = ClaimSpec(**{"volume_name": "pv" if volume else "", "resources": Requests({"storage": "50G"})} | claim)
    labels = {"placement.dev/classification": "pii-eu"}
    return Cluster(
        volumes={"pv": volume} if volume else {},
        claims={("shop", "data"): Claim(Metadata("data", "shop", annotations=annotations), spec)},
        storage_classes={
            "waits": StorageClass(volume_binding_mode="WaitForFirstConsumer"),
            "now": StorageClass(volume_binding_mode="Immediate"),
        },
        namespaces={"shop": Namespace(Metadata("shop", labels=labels))},
    )


def reached_from(*terms: dict[str, list[str]], labels: dict[str, str] | None = None, operator: str = "In") -> Volume:
    affinity = [
        NodeSelectorTerm([Requirement(key, operator, values) for key, values in term.items()]) for term in terms
    ]
    required = VolumeNodeAffinity(NodeSelector(affinity)) if terms else None
    return Volume(Metadata("pv", labels=labels), VolumeSpec({"storage": "100G"}, required))


@pytest.mark.parametrize(
    ("volume", "at"),
    [
        (reached_from({REGION: ["eu-central-1"]}), ("aws:eu-central-1",)),
        (reached_from({ZONE: ["eu-west-1a"]}), ("aws:eu-west-1",)),
        (reached_from({"topology.ebs.csi.aws.com/zone": ["eu-central-1a"]}), ("aws:eu-central-1",)),
        (reached_from({"kubernetes.io/hostname": ["dub"]}), ("aws:eu-west-1",)),
        (reached_from({REGION: ["eu-central-1"], ZONE: ["eu-central-1a"]}), ("aws:eu-central-1",)),
        (reached_from({REGION: ["eu-central-1"], ZONE: ["eu-central-1z"]}), ("aws:eu-central-1",)),
        (reached_from({REGION: ["eu-central-1", "eu-west-1"]}), ("aws:eu-central-1", "aws:eu-west-1")),
        (reached_from({ZONE: ["eu-west-1a"]}, {ZONE: ["eu-central-1a"]}), ("aws:eu-central-1", "aws:eu-west-1")),
        (reached_from(labels={REGION: "eu-central-1"}), ("aws:eu-central-1",)),
        (reached_from(labels={ZONE: "eu-west-1a"}), ("aws:eu-west-1",)),
        # One that may be elsewhere as well is nowhere for certain.
        (reached_from({ZONE: ["eu-west-1a", "mars-1a"]}), ()),
        (reached_from({ZONE: ["eu-west-1a"]}, {ZONE: ["mars-1a"]}), ()),
        (reached_from({ZONE: ["eu-west-1a"]}, operator="NotIn"), ()),
        (reached_from({"kubernetes.io/hostname": ["lost"]}), ()),
        (reached_from({"kubernetes.io/hostname": ["unheard-of"]}), ()),
        (reached_from(), ()),
    ],
)
def test_a_bound_volume_lies_where_it_can_be_reached_from(volume: Volume, at: tuple[str, ...]) -> None:
    found = facts(cluster(volume))
    assert (found.at, found.follows, found.size_gb) == (at, False, 100.0)


def test_where_nothing_else_says_it_the_claim_may() -> None:
    said = {"placement.dev/at": "aws:eu-west-1"}
    assert facts(cluster(reached_from(), annotations=said)).at == ("aws:eu-west-1",)
    assert facts(cluster(reached_from({ZONE: ["eu-central-1a"]}), annotations=said)).at == ("aws:eu-central-1",)
    with pytest.raises(BadPod, match=r"the claim data: placement.dev/at: there is no region 'aws:eu-vest-1'; did you"):
        facts(cluster(reached_from(), annotations={"placement.dev/at": "aws:eu-vest-1"}))


def test_a_volume_that_waits_for_its_first_pod_follows_it() -> None:
    found = facts(cluster(storage_class_name="waits"))
    assert (found.at, found.follows, found.size_gb) == ((), True, 50.0)
    assert not facts(cluster(storage_class_name="now")).follows
    assert not facts(cluster(storage_class_name="unheard-of")).follows


def test_a_claim_without_a_class_has_the_default_one() -> None:
    some = cluster()
    assert not facts(some).follows
    default = Metadata(annotations={"storageclass.kubernetes.io/is-default-class": "true"})
    some.storage_classes["default"] = StorageClass(default, "WaitForFirstConsumer")
    assert facts(some).follows


def test_classes_come_from_the_claim_and_its_namespace() -> None:
    assert facts(cluster()).classification == ("pii-eu",)
    assert facts(cluster(annotations={"placement.dev/classification": "phi, logs"})).classification == (
        "logs",
        "phi",
        "pii-eu",
    )


def test_a_claim_may_say_how_much_of_it_is_read() -> None:
    assert facts(cluster()).gb_per_month is None
    assert facts(cluster(annotations={"placement.dev/gb-per-month": "12.5"})).gb_per_month == 12.5
    with pytest.raises(BadPod, match="gb-per-month of the claim data: 'much' is no quantity"):
        facts(cluster(annotations={"placement.dev/gb-per-month": "much"}))


def test_an_unknown_annotation_is_not_passed_over() -> None:
    with pytest.raises(
        BadPod, match=r"the claim data has the annotation placement.dev/clasification, which means nothi"
    ):
        facts(cluster(annotations={"placement.dev/clasification": "phi"}))


def test_a_claim_made_for_the_pod_is_found_or_taken_from_its_template() -> None:
    template = ClaimTemplate(spec=ClaimSpec(storage_class_name="waits", resources=Requests({"storage": "5Gi"})))
    ephemeral = {"persistent_volume_claim": None, "ephemeral": EphemeralSource(template)}
    some = cluster()
    before = facts(some, **ephemeral)
    assert (before.follows, before.size_gb, before.classification) == (True, 5 * 1024**3 / 1e9, ("pii-eu",))
    some.claims["shop", "web-0-data"] = Claim(Metadata("web-0-data", "shop"), ClaimSpec("pv"))
    some.volumes["pv"] = reached_from({ZONE: ["eu-west-1a"]})
    assert facts(some, **ephemeral).at == ("aws:eu-west-1",)


def test_a_mount_that_only_reads_is_known() -> None:
    assert facts(cluster(), persistent_volume_claim=ClaimSource("data", read_only=True)).read_only
    assert not facts(cluster()).read_only


def test_what_is_not_known_yet_is_said() -> None:
    some = cluster(reached_from())
    some.volumes.clear()
    with pytest.raises(BadPod, match="the volume pv of the claim data is not known yet"):
        facts(some)
    some.claims.clear()
    with pytest.raises(BadPod, match="the claim data of volume data is not known yet"):
        facts(some)
