"""Residency as facts: what kinds of data there are, which rules hold for them, and who is exempt until when."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Literal

SENSITIVITIES = ("public", "internal", "confidential", "restricted")
"""From the least to the most."""

Sensitivity = Literal["public", "internal", "confidential", "restricted"]


class Activity(StrEnum):
    """What is done with data in a place."""

    COMPUTE = "compute"
    STORE = "store"
    REPLICATE = "replicate"
    BACKUP = "backup"
    TRANSIT = "transit"
    DELIVER = "deliver"
    """To people: a flow to the internet. Judged only by policies that name it."""
    PROCESS_MEMORY = "process-memory"
    LOGS = "logs"
    KEYS = "keys"
    CONTROL_PLANE = "control-plane"
    SUPPORT = "support"


class Effect(StrEnum):
    """What a policy asks for."""

    ALLOW_ONLY = "allow_only"
    """Nowhere else. Several policies intersect."""
    DENY = "deny"
    """Not there; wins over everything."""
    REQUIRE = "require"
    """Only where the region has these attributes."""
    REQUIRE_COPY_IN = "require_copy_in"
    """Of a dataset's copies, one at least there."""
    REQUIRE_TRANSFER_BASIS = "require_transfer_basis"
    """Outside of the jurisdiction only on a legal basis for the transfer."""
    PREFER = "prefer"
    """Elsewhere at a penalty, which is a cost and no rule."""


class Dimension(StrEnum):
    """What of a region a policy looks at."""

    PLACE = "place"
    """Countries, subdivisions, groups, continents, providers, regions, partitions."""
    PROVIDER = "provider"
    PARTITION = "partition"
    OPERATOR = "operator"
    """The company that runs the region."""
    OPERATOR_COUNTRY = "operator_country"
    PARENT_COUNTRY = "parent_country"
    """Of the company that owns the operator in the end."""
    ATTESTATION = "attestation"


@dataclass(frozen=True, slots=True)
class DataClass:
    """A kind of data."""

    name: str
    sensitivity: Sensitivity = "internal"
    categories: tuple[str, ...] = ()
    """Such as pii, phi, pci."""
    subjects: tuple[str, ...] = ()
    """Whose data: countries or groups, such as EU."""


@dataclass(frozen=True, slots=True)
class Selector:
    """Which workloads and datasets a policy is about: all of what is given, of a list any; empty means everything."""

    classification: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    sensitivity: Sensitivity | None = None
    """At least."""
    labels: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """By label, the values of which it has one."""
    names: tuple[str, ...] = ()
    """Names or globs of workloads and datasets; `workloads` in a file."""


@dataclass(frozen=True, slots=True)
class TransferDocument:
    """A basis for transfers that the user holds: clauses, rules or an assessment."""

    basis: str
    """scc, bcr, derogation or assessment."""
    to: tuple[str, ...]
    """Place words."""
    reference: str
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """One rule, in one version."""

    name: str
    version: int
    effect: Effect
    when: Selector = field(default_factory=Selector)
    terms: tuple[tuple[Dimension, tuple[str, ...]], ...] = ()
    """What the effect is about, by dimension. All dimensions must hold; of a list any, but of attestations all."""
    activities: tuple[Activity, ...] = ()
    """Empty: all but deliver."""
    legal_ref: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    penalty_usd_per_month: float = 0.0
    """Of prefer: for each replica or copy elsewhere."""
    accept: tuple[str, ...] = ()
    """Of require_transfer_basis: adequacy and kinds of documents."""
    documents: tuple[TransferDocument, ...] = ()
    """Of require_transfer_basis: what the user holds."""

    @property
    def id(self) -> str:
        """`name@version`, as shown in reasons."""
        return f"{self.name}@{self.version}"


@dataclass(frozen=True, slots=True)
class Guardrail:
    """A condition on a workload itself, wherever it lies: a CEL expression that must be true."""

    name: str
    version: int
    expression: str
    """Over `workload`, the workload as a fleet document has it, or `pod` in a cluster."""
    message: str
    when: Selector = field(default_factory=Selector)

    @property
    def id(self) -> str:
        """`name@version`, as shown in reasons."""
        return f"{self.name}@{self.version}"


@dataclass(frozen=True, slots=True)
class Waiver:
    """Until `expires`, inclusive, the policy does not hold for this workload or dataset."""

    policy: str
    workload: str
    by: str
    """Who granted it."""
    ticket: str
    expires: date


@dataclass(frozen=True, slots=True)
class GroupMember:
    """A place word or another group, that belongs to a group from `valid_from` to `valid_to`, both inclusive."""

    place: str
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class PolicySet:
    """All that a fleet is judged by."""

    classes: tuple[DataClass, ...] = ()
    policies: tuple[Policy, ...] = ()
    guardrails: tuple[Guardrail, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    groups: tuple[tuple[str, tuple[GroupMember, ...]], ...] = ()
    """The users' own groups of places."""
    digest: str = ""
    """SHA-256 over the content in a canonical form, the same whatever the order or the layout of the files."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a workload or a dataset may not lie in a region."""

    code: str
    """not_allowed, denied, missing, unknown, no_transfer_basis or guardrail."""
    policy: str
    """`name@version`."""
    activity: str
    dimension: str
    observed: str
    """What the region, or the workload, is or has."""
    required: str
    via: tuple[str, ...] = ()
    """How the data class came here: from its origin to the workload itself."""
    legal_ref: str = ""
    fixable_by: str = ""

    def __str__(self) -> str:
        inherited = f" (inherits {self.via[0]} from {' via '.join((self.via[1], *self.via[2:-1]))})" if self.via else ""
        law = f", {self.legal_ref}" if self.legal_ref else ""
        return f"{self.policy}: {self.dimension} is {self.observed}, {self.required}{inherited}{law}"
