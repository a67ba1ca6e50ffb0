"""The words that Kubernetes, clouds and this project use on objects of a cluster."""

from placement.domain.offering import CapacityType

OWN = "placement.dev/"
"""Begins the labels and annotations that are meant for this project."""
PROTECTED = "placement.dev.node-restriction.kubernetes.io/"
"""The same on nodes, where no kubelet may write it."""

REGION = ("topology.kubernetes.io/region", "failure-domain.beta.kubernetes.io/region")
ZONE = ("topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone")
ZONE_ID = "topology.k8s.aws/zone-id"
INSTANCE_TYPE = ("node.kubernetes.io/instance-type", "beta.kubernetes.io/instance-type")
HOSTNAME = "kubernetes.io/hostname"
POD_TEMPLATE_HASH = "pod-template-hash"
DEFAULT_STORAGE_CLASS = "storageclass.kubernetes.io/is-default-class"

ZONES_OF_VOLUMES = (
    *ZONE,
    "topology.ebs.csi.aws.com/zone",
    "topology.gke.io/zone",
    "topology.disk.csi.azure.com/zone",
)
"""By which drivers say from which zones a volume can be reached."""

AZURE_SPOT = "kubernetes.azure.com/scalesetpriority"
"""A label and a taint of the same name."""

CAPACITY_TYPES: tuple[tuple[str, dict[str, CapacityType]], ...] = (
    (f"{OWN}capacity-type", {kind.value: kind for kind in CapacityType}),
    (
        "karpenter.sh/capacity-type",
        {"spot": CapacityType.SPOT, "on-demand": CapacityType.ON_DEMAND, "reserved": CapacityType.RESERVED},
    ),
    ("eks.amazonaws.com/capacityType", {"SPOT": CapacityType.SPOT, "ON_DEMAND": CapacityType.ON_DEMAND}),
    (AZURE_SPOT, {"spot": CapacityType.SPOT, "regular": CapacityType.ON_DEMAND}),
    ("cloud.google.com/gke-spot", {"true": CapacityType.SPOT}),
    ("cloud.google.com/gke-preemptible", {"true": CapacityType.SPOT}),
    ("cloud.google.com/gke-provisioning", {"spot": CapacityType.SPOT, "standard": CapacityType.ON_DEMAND}),
)
"""Labels of nodes and what their values mean. A node that says none of it is on demand."""
