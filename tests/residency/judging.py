"""Regions of every kind that policies tell apart, and short ways to ask where something may lie."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from placement.domain.fleet import Dataset, Fleet
from placement.domain.policy import DataClass, Dimension, Effect, Policy, PolicySet, Reason, Selector
from placement.domain.region import Region
from placement.residency.admissible import Admissible
from placement.residency.evaluation import Evaluation
from tests.builders import fleet, workload

TODAY = date(2026, 11, 25)

FRANKFURT = Region("aws", "eu-central-1", "DE", continent="europe", partition="aws", subdivision="DE-HE")
LONDON = Region("aws", "eu-west-2", "GB", continent="europe", partition="aws")
VIRGINIA = Region("aws", "us-east-1", "US", continent="north-america", partition="aws", subdivision="US-VA")
GOVERNMENT = Region("aws", "us-gov-west-1", "US", continent="north-america", partition="aws-us-gov")
SOVEREIGN = Region("aws", "eusc-de-east-1", "DE", continent="europe", partition="aws-eusc", subdivision="DE-BB")
BEIJING = Region("aws", "cn-north-1", "CN", continent="asia", partition="aws-cn")
MONTREAL = Region("aws", "ca-central-1", "CA", continent="north-america", partition="aws", subdivision="CA-QC")
CALGARY = Region("aws", "ca-west-1", "CA", continent="north-america", partition="aws", subdivision="CA-AB")
CANADA = Region("azure", "canadasomewhere", "CA", partition="azure")
TOKYO = Region("azure", "japaneast", "JP", continent="asia", partition="azure")
OSLO = Region("azure", "norwayeast", "NO", continent="europe", partition="azure")
SAO_PAULO = Region("azure", "brazilsouth", "BR", continent="south-america", partition="azure")
PARIS = Region("gcp", "u-france-east1", "FR", continent="europe", partition="gcp-s3ns")
IOWA = Region("gcp", "us-central1", "US", continent="north-america", partition="gcp")
CELLAR = Region("onprem", "cellar", "DE", operator="Own", operator_country="DE", parent_country="DE")
MOSCOW = Region("onprem", "moscow", "RU", continent="europe", partition="onprem")

REGIONS = (
    FRANKFURT,
    LONDON,
    VIRGINIA,
    GOVERNMENT,
    SOVEREIGN,
    BEIJING,
    MONTREAL,
    CALGARY,
    CANADA,
    TOKYO,
    OSLO,
    SAO_PAULO,
    PARIS,
    IOWA,
    CELLAR,
    MOSCOW,
)
EVERYWHERE = {region.name for region in REGIONS}

PII = DataClass("pii", "confidential", ("pii",), ("EU",))
CLASSES = (
    PII,
    DataClass("pii-de", "confidential", ("pii",), ("DE",)),
    DataClass("pii-no", "confidential", ("pii",), ("NO",)),
    DataClass("pii-br", "confidential", ("pii",), ("BR",)),
    DataClass("pii-qc", "confidential", ("pii",), ("CA-QC",)),
    DataClass("cards", "restricted", ("pci",)),
    DataClass("logs", "public"),
)


def policy(effect: Effect, terms: Mapping[str, Sequence[str]] | None = None, **overrides: Any) -> Policy:
    """A policy called `rule`; `terms` by dimension."""
    fields: dict[str, Any] = {"name": "rule", "version": 1, "when": Selector()} | overrides
    words = tuple((Dimension(dimension), tuple(each)) for dimension, each in (terms or {}).items())
    return Policy(effect=effect, terms=words, **fields)


def allow_only(*places: str, **overrides: Any) -> Policy:
    return policy(Effect.ALLOW_ONLY, {"place": places}, **overrides)


def deny(*places: str, **overrides: Any) -> Policy:
    return policy(Effect.DENY, {"place": places}, **overrides)


def policies(*rules: Policy, **overrides: Any) -> PolicySet:
    """With the classes of this module unless told otherwise."""
    return PolicySet(**({"classes": CLASSES, "policies": rules} | overrides))


def web(*classes: str, **overrides: Any) -> Fleet:
    """One workload called `web`."""
    return fleet(workload("web", classification=classes, **overrides))


def orders(*classes: str, **overrides: Any) -> Fleet:
    """One dataset called `orders`."""
    return fleet(datasets=[dataset("orders", *classes, **overrides)])


def dataset(name: str, *classes: str, **overrides: Any) -> Dataset:
    return Dataset(name, 1.0, classes, **({"movable": True} | overrides))


def compiled(
    rules: PolicySet | Policy,
    demand: Fleet,
    regions: Sequence[Region] = REGIONS,
    as_of: date = TODAY,
    documents: Mapping[str, Mapping[str, Any]] | None = None,
) -> Admissible:
    return Evaluation(_set(rules), regions, as_of).compiled(demand, documents or {})


def admitted(rules: PolicySet | Policy, demand: Fleet | None = None, name: str = "", as_of: date = TODAY) -> set[str]:
    """Names of the regions where the only, or the named, workload or dataset may lie."""
    answer = compiled(rules, demand or web("pii"), as_of=as_of)
    mask = answer.mask(name or answer.subjects[0])
    return {region.name for region, may in zip(REGIONS, mask, strict=True) if may}


def refused(rules: PolicySet | Policy, demand: Fleet | None = None, name: str = "", as_of: date = TODAY) -> set[str]:
    """Names of the other regions."""
    return EVERYWHERE - admitted(rules, demand, name, as_of)


def reasons(
    rules: PolicySet | Policy, region: Region, demand: Fleet | None = None, name: str = "", as_of: date = TODAY
) -> tuple[Reason, ...]:
    """What there is against one region."""
    answer = compiled(rules, demand or web("pii"), [region], as_of)
    return answer.reasons(name or answer.subjects[0], 0)


def code(
    rules: PolicySet | Policy, region: Region, demand: Fleet | None = None, name: str = "", as_of: date = TODAY
) -> str:
    """The code of the only reason; empty where there is none."""
    found = {reason.code for reason in reasons(rules, region, demand, name, as_of)}
    assert len(found) < 2
    return "".join(found)


def _set(rules: PolicySet | Policy) -> PolicySet:
    return policies(rules) if isinstance(rules, Policy) else rules
