"""Objects of Kubernetes, of which only what matters here is read; everything else in them is passed over."""

from collections.abc import Mapping

from msgspec import Struct, field

Texts = dict[str, str]


class Part(Struct, frozen=True, gc=False, rename="camel"):
    """A part of an object, in its own words. None stands for null and for what is left out."""


class Owner(Part, frozen=True):
    """What made an object."""

    kind: str = ""
    name: str = ""
    controller: bool | None = None


class Metadata(Part, frozen=True):
    """Who an object is, and what people say of it."""

    name: str = ""
    namespace: str = ""
    resource_version: str = ""
    labels: Texts | None = None
    annotations: Texts | None = None
    owner_references: list[Owner] | None = None


class NodeMetadata(Part, frozen=True):
    """The same of a node, without its annotations, which are long and say nothing here."""

    name: str = ""
    resource_version: str = ""
    labels: Texts | None = None


class Taint(Part, frozen=True):
    """What keeps pods off a node."""

    key: str = ""
    value: str = ""


class NodeSpec(Part, frozen=True):
    """What the cloud calls a node."""

    provider_id: str = field(default="", name="providerID")
    taints: list[Taint] | None = None


class Node(Part, frozen=True):
    """A machine of the cluster."""

    metadata: NodeMetadata = NodeMetadata()
    spec: NodeSpec = NodeSpec()


class Requirement(Part, frozen=True):
    """A label with some of these values, or another condition on it."""

    key: str = ""
    operator: str = ""
    values: list[str] | None = None


class NodeSelectorTerm(Part, frozen=True):
    """Conditions that hold together."""

    match_expressions: list[Requirement] | None = None


class NodeSelector(Part, frozen=True):
    """Terms of which one must hold."""

    node_selector_terms: list[NodeSelectorTerm] | None = None


class VolumeNodeAffinity(Part, frozen=True):
    """From which nodes a volume can be reached."""

    required: NodeSelector | None = None


class VolumeSpec(Part, frozen=True):
    """How large a volume is, and where."""

    capacity: Mapping[str, str | int | float] | None = None
    node_affinity: VolumeNodeAffinity | None = None


class Volume(Part, frozen=True):
    """A persistent volume: data that lie somewhere."""

    metadata: Metadata = Metadata()
    spec: VolumeSpec = VolumeSpec()


class Requests(Part, frozen=True):
    """Quantities that are asked for, by resource."""

    requests: Mapping[str, str | int | float] | None = None
    limits: Mapping[str, str | int | float] | None = None
    """Are asked for as well where a container requests nothing else."""


class ClaimSpec(Part, frozen=True):
    """What a claim asks for, and the volume that it got."""

    volume_name: str = ""
    storage_class_name: str | None = None
    resources: Requests | None = None


class Claim(Part, frozen=True):
    """A persistent volume claim: whoever mounts it has its volume."""

    metadata: Metadata = Metadata()
    spec: ClaimSpec = ClaimSpec()


class TopologyRequirement(Part, frozen=True):
    """A label with one of these values."""

    key: str = ""
    values: list[str] | None = None


class TopologyTerm(Part, frozen=True):
    """Labels that hold together."""

    match_label_expressions: list[TopologyRequirement] | None = None


class StorageClass(Part, frozen=True):
    """How volumes of a kind are made."""

    metadata: Metadata = Metadata()
    volume_binding_mode: str = ""
    allowed_topologies: list[TopologyTerm] | None = None


class Namespace(Part, frozen=True):
    """What all in it have in common."""

    metadata: Metadata = Metadata()


class ClaimSource(Part, frozen=True):
    """A claim that a pod mounts."""

    claim_name: str = ""
    read_only: bool | None = None


class ClaimTemplate(Part, frozen=True):
    """A claim that is made for a pod."""

    metadata: Metadata | None = None
    spec: ClaimSpec = ClaimSpec()


class EphemeralSource(Part, frozen=True):
    """A volume that lives as long as its pod."""

    volume_claim_template: ClaimTemplate | None = None


class PodVolume(Part, frozen=True):
    """A volume as a pod names it."""

    name: str = ""
    persistent_volume_claim: ClaimSource | None = None
    ephemeral: EphemeralSource | None = None


class Container(Part, frozen=True):
    """What one container asks for."""

    resources: Requests | None = None
    restart_policy: str | None = None
    """Always, for one that starts before the others and goes on running beside them."""


class PodSpec(Part, frozen=True):
    """What a pod asks for."""

    containers: list[Container] | None = None
    init_containers: list[Container] | None = None
    resources: Requests | None = None
    """Of the pod as a whole; of what is given here the containers do not count."""
    overhead: Mapping[str, str | int | float] | None = None
    volumes: list[PodVolume] | None = None


class Pod(Part, frozen=True):
    """What is to be scheduled."""

    metadata: Metadata = Metadata()
    spec: PodSpec = PodSpec()
