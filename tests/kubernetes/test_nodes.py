"""Labels of all conventions are understood, and contradictions leave a node without a region."""

import pytest

from placement.domain.offering import CapacityType
from placement.kubernetes.nodes import NodeKind, kind_of
from placement.kubernetes.objects import Node, NodeMetadata, NodeSpec, Taint

AWS = "aws:///eu-central-1a/i-0123456789"


def kind(provider_id: str = "", *taints: Taint, **labels: str) -> NodeKind:
    """Of a node whose labels are written with _ for what Python has no names for: see `label`."""
    named = {label(key): value for key, value in labels.items()}
    return kind_of(Node(NodeMetadata("n", labels=named), NodeSpec(provider_id, list(taints))))


def label(key: str) -> str:
    return {
        "region": "topology.kubernetes.io/region",
        "old_region": "failure-domain.beta.kubernetes.io/region",
        "zone": "topology.kubernetes.io/zone",
        "old_zone": "failure-domain.beta.kubernetes.io/zone",
        "zone_id": "topology.k8s.aws/zone-id",
        "type": "node.kubernetes.io/instance-type",
        "old_type": "beta.kubernetes.io/instance-type",
        "karpenter": "karpenter.sh/capacity-type",
        "eks": "eks.amazonaws.com/capacityType",
        "aks": "kubernetes.azure.com/scalesetpriority",
        "gke_spot": "cloud.google.com/gke-spot",
        "gke_preemptible": "cloud.google.com/gke-preemptible",
        "gke_provisioning": "cloud.google.com/gke-provisioning",
        "own_capacity": "placement.dev/capacity-type",
        "own_provider": "placement.dev/provider",
        "protected_provider": "placement.dev.node-restriction.kubernetes.io/provider",
        "protected_region": "placement.dev.node-restriction.kubernetes.io/region",
    }[key]


@pytest.mark.parametrize(
    ("provider_id", "provider", "region"),
    [
        (AWS, "aws", "eu-central-1"),
        ("aws:///us-gov-west-1a/i-1", "aws", "us-gov-west-1"),
        ("aws:///us-west-2-lax-1a/i-1", "aws", "us-west-2"),
        ("aws:///us-east-1-wl1-bos-wlz-1/i-1", "aws", "us-east-1"),
        ("aws:///eu-west-1b/fargate-ip-10-0-0-1/fargate", "aws", "eu-west-1"),
        ("gce://project/europe-west3-a/node-1", "gcp", "europe-west3"),
    ],
)
def test_a_provider_id_with_a_zone_says_where_the_node_is(provider_id: str, provider: str, region: str) -> None:
    found = kind(provider_id)
    assert (found.provider, found.region, found.doubt) == (provider, region, "")


@pytest.mark.parametrize(
    ("provider_id", "provider"),
    [
        ("azure:///subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/vm", "azure"),
        ("openstack:///0123", "openstack"),
        ("hcloud://123", "hcloud"),
        ("aws:///nowhere/i-1", "aws"),
    ],
)
def test_one_without_needs_a_label(provider_id: str, provider: str) -> None:
    assert kind(provider_id).doubt == "it has no label topology.kubernetes.io/region"
    found = kind(provider_id, region="westeurope")
    assert (found.provider, found.region, found.doubt) == (provider, "westeurope", "")


def test_old_labels_are_understood() -> None:
    found = kind(old_region="eu-west-1", old_zone="eu-west-1b", old_type="m5.large", zone_id="euw1-az2")
    assert (found.region, found.zone, found.instance_type) == ("eu-west-1", "eu-west-1b", "m5.large")
    assert found.zone_id == "euw1-az2"
    assert kind(region="eu-west-1", type="m6i.large", old_type="m5.large").instance_type == "m6i.large"


@pytest.mark.parametrize(
    ("labels", "means"),
    [
        ({}, CapacityType.ON_DEMAND),
        ({"karpenter": "spot"}, CapacityType.SPOT),
        ({"karpenter": "on-demand"}, CapacityType.ON_DEMAND),
        ({"karpenter": "reserved"}, CapacityType.RESERVED),
        ({"eks": "SPOT"}, CapacityType.SPOT),
        ({"eks": "ON_DEMAND"}, CapacityType.ON_DEMAND),
        ({"aks": "spot"}, CapacityType.SPOT),
        ({"aks": "regular"}, CapacityType.ON_DEMAND),
        ({"gke_spot": "true"}, CapacityType.SPOT),
        ({"gke_spot": "false"}, CapacityType.ON_DEMAND),
        ({"gke_preemptible": "true"}, CapacityType.SPOT),
        ({"gke_provisioning": "spot"}, CapacityType.SPOT),
        ({"gke_provisioning": "standard"}, CapacityType.ON_DEMAND),
        ({"own_capacity": "reserved"}, CapacityType.RESERVED),
        ({"karpenter": "on-demand", "eks": "SPOT"}, CapacityType.SPOT),
        ({"karpenter": "surprise"}, CapacityType.ON_DEMAND),
    ],
)
def test_the_capacity_type_is_understood(labels: dict[str, str], means: CapacityType) -> None:
    assert kind(AWS, **labels).capacity_type is means


def test_the_taint_of_a_spot_node_of_azure_is_enough() -> None:
    taint = Taint("kubernetes.azure.com/scalesetpriority", "spot")
    assert kind("", taint, region="westeurope").capacity_type is CapacityType.SPOT


@pytest.mark.parametrize(
    ("labels", "doubt"),
    [
        (
            {"region": "us-east-1"},
            "its region is eu-central-1 by its provider ID and us-east-1 by topology.kubernetes.io/region",
        ),
        (
            {"region": "eu-central-1", "old_region": "eu-west-1"},
            "its region is eu-central-1 by its provider ID and eu-west-1 by failure-domain.beta.kubernetes.io/region",
        ),
        (
            {"own_provider": "gcp"},
            "its provider is aws by its provider ID and gcp by placement.dev/provider",
        ),
        (
            {"protected_region": "eu-west-1"},
            "its region is eu-central-1 by its provider ID and eu-west-1 by "
            "placement.dev.node-restriction.kubernetes.io/region",
        ),
    ],
)
def test_what_contradicts_the_cloud_is_not_believed(labels: dict[str, str], doubt: str) -> None:
    found = kind(AWS, **labels)
    assert (found.region, found.doubt) == (None, doubt)


def test_a_kubelet_cannot_contradict_what_an_administrator_wrote() -> None:
    protected = {"protected_provider": "onprem", "protected_region": "fra-1"}
    assert kind(**protected, region="fra-1").region == "fra-1"
    assert kind(**protected, region="us-1").doubt.endswith("and us-1 by topology.kubernetes.io/region")
    assert kind(**protected, own_provider="aws").doubt.endswith("and aws by placement.dev/provider")


def test_a_node_that_says_nothing_is_in_doubt() -> None:
    assert kind() == NodeKind(None, None, doubt="it has no label topology.kubernetes.io/region")
