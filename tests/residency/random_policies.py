"""Random sets of policies with every effect, dimension and selector, and regions and fleets for them to judge.

`random_policies` fits any fleet: it speaks of the classes below and of the fleet's own names and labels; `classified`
gives a fleet of any origin such classes.
"""

from dataclasses import replace
from datetime import date
from random import Random

from placement.domain.fleet import INTERNET, Dataset, Declassification, Fleet, Flow, Workload
from placement.domain.policy import (
    Activity,
    DataClass,
    Dimension,
    Effect,
    GroupMember,
    Guardrail,
    Policy,
    PolicySet,
    Selector,
    Sensitivity,
    TransferDocument,
    Waiver,
)
from placement.domain.region import Attestation, Region
from tests.builders import fleet, workload
from tests.residency.judging import REGIONS, TODAY

LONG_AGO, LATER = date(2020, 1, 1), date(2030, 1, 1)

CLASSES = ("pii-eu", "pii-br", "cards", "logs", "secret")
UNDEFINED = "unheard-of"
"""A class that fleets may name and no policies define."""

_CATEGORIES = ("pii", "pci", "telemetry")
_PEOPLE = ("EU", "DE", "EEA", "GB", "BR", "CA-QC", "CA", "US", "our-countries")
_PLACES = (
    "EU", "EEA", "EFTA", "us-locations", "DE", "US", "CA", "CA-QC", "GB", "NO", "CN", "RU", "europe", "north-america",
    "aws", "gcp", "aws:eu-*", "*:*central*", "aws-eusc", "aws-us-gov", "our-places", "our-countries",
)  # fmt: skip
_OPERATORS = ("Amazon Web Services", "microsoft", "s3ns", "Sinnet", "*sinnet*", "Own")
_SCHEMES = ("iso-27001", "soc-2")
_LABELS = (("team", "web"), ("team", "data"), ("tier", "gold"))
_EXPRESSIONS = (
    "workload.isolation == 'vm'",
    "!has(workload.isolation) || workload.isolation == 'vm'",
    "size(workload.name) < 3",
    "workload.replicas",
    "pod.spec.hostNetwork == false",
)


def random_regions(draw: Random, most: int = len(REGIONS)) -> tuple[Region, ...]:
    """Different regions, some of which lack what others know, with attestations that hold, or no longer, or not yet."""
    return tuple(_region(draw, region) for region in draw.sample(REGIONS, draw.randint(1, most)))


def random_policies(
    draw: Random, about: Fleet, most: int = 8, as_of: date = TODAY, *, guarded: bool = True
) -> PolicySet:
    """Policies about a fleet, not all of which are in force on the day; guardrails ask for `random_documents`."""
    names = _names(about)
    policies = tuple(_policy(draw, f"p{number}", names, as_of) for number in range(draw.randint(0, most)))
    guardrails = tuple(
        Guardrail(f"g{number}", 1, draw.choice(_EXPRESSIONS), "as agreed", _selector(draw, names))
        for number in range(draw.choice([0, 0, 0, 1, 2]) if guarded else 0)
    )
    return PolicySet(
        classes=tuple(_class(draw, name) for name in CLASSES),
        policies=policies,
        guardrails=guardrails,
        waivers=tuple(
            Waiver(rule, draw.choice(names), "dpo", "LEG-9", draw.choice([LONG_AGO, as_of, LATER]))
            for rule in (*(each.name for each in policies), *(each.name for each in guardrails))
            if draw.random() < 0.2
        ),
        groups=_groups(draw, as_of),
    )


def random_policy(draw: Random, about: Fleet, name: str = "new", as_of: date = TODAY) -> Policy:
    """One more policy about a fleet."""
    return _policy(draw, name, _names(about), as_of)


def random_fleet(draw: Random, most_workloads: int = 4, most_datasets: int = 3) -> Fleet:
    """A few workloads and datasets with flows between them and to people; cycles among them."""
    workloads = [
        workload(f"w{number}", state_gb=draw.choice([0.0, 9.0])) for number in range(draw.randint(1, most_workloads))
    ]
    datasets = [
        Dataset(f"d{number}", 1.0, movable=True, copies=draw.choice([1, 2]))
        for number in range(draw.randint(0, most_datasets))
    ]
    names = [*(each.name for each in workloads), *(each.name for each in datasets)]
    flows = [random_flow(draw, names) for _ in range(draw.randint(0, 2 * len(names)))]
    return classified(draw, fleet(*workloads, datasets=datasets, flows=[flow for flow in flows if flow]))


def random_flow(draw: Random, names: list[str]) -> Flow | None:
    """A flow between two of these or with the internet; None where it would lead nowhere."""
    src, dst = draw.choice([*names, *names, INTERNET]), draw.choice([*names, *names, INTERNET])
    return None if src == dst else Flow(src, dst, 1.0, declassify=_declassify(draw))


def classified(draw: Random, demand: Fleet) -> Fleet:
    """The fleet with classes, labels and evidence at random."""
    return replace(
        demand,
        workloads=tuple(
            replace(each, classification=_classes(draw), labels=tuple(dict(draw.sample(_LABELS, 2)).items()))
            for each in demand.workloads
        ),
        datasets=tuple(replace(each, classification=_classes(draw)) for each in demand.datasets),
        flows=tuple(replace(each, declassify=_declassify(draw)) for each in demand.flows),
    )


def random_documents(draw: Random, demand: Fleet) -> dict[str, dict[str, object]]:
    """Workloads as documents, as far as the guardrails here ask; some have none."""
    return {each.name: _document(draw, each) for each in demand.workloads if draw.random() < 0.9}


def _names(demand: Fleet) -> list[str]:
    return [each.name for each in demand.workloads] + [each.name for each in demand.datasets]


def _document(draw: Random, asked: Workload) -> dict[str, object]:
    document: dict[str, object] = {"name": asked.name, "replicas": asked.replicas}
    return document | ({"isolation": draw.choice(["vm", "container"])} if draw.random() < 0.5 else {})


def _region(draw: Random, region: Region) -> Region:
    times = ((LONG_AGO, None), (LONG_AGO, date(2026, 11, 24)), (LONG_AGO, TODAY), (LATER, None))
    held = [Attestation(scheme, *draw.choice(times)) for scheme in _SCHEMES if draw.random() < 0.6]
    forgotten = draw.choice([None, None, None, "continent", "partition", "subdivision", "parent_country"])
    changed = replace(region, attestations=tuple(held))
    return replace(changed, **{forgotten: None}) if forgotten else changed  # type: ignore[arg-type]


def _class(draw: Random, name: str) -> DataClass:
    people = tuple(draw.sample(_PEOPLE, draw.choice([0, 1, 1, 2])))
    return DataClass(name, _sensitivity(draw), tuple(draw.sample(_CATEGORIES, draw.choice([0, 1, 1]))), people)


def _policy(draw: Random, name: str, names: list[str], as_of: date) -> Policy:
    effect = draw.choice(list(Effect))
    terms = _terms(draw, effect)
    since, until = draw.choice([(None, None)] * 6 + [(as_of, as_of), (LATER, None), (None, LONG_AGO)])
    activities = draw.choice([(), (), tuple(draw.sample(list(Activity), draw.randint(1, 3)))])
    policy = Policy(name, draw.randint(1, 3), effect, _selector(draw, names), terms, activities, "Art. 1", since, until)
    if effect is Effect.PREFER:
        return replace(policy, penalty_usd_per_month=float(draw.choice([1, 25])))
    if effect is Effect.REQUIRE_TRANSFER_BASIS:
        accept = tuple(draw.sample(["adequacy", "scc", "assessment"], draw.randint(0, 2)))
        return replace(policy, accept=accept, documents=_documents(draw))
    return policy


def _terms(draw: Random, effect: Effect) -> tuple[tuple[Dimension, tuple[str, ...]], ...]:
    if effect is Effect.REQUIRE_TRANSFER_BASIS:
        return ((Dimension.PLACE, _some(draw, _PLACES)),) if draw.random() < 0.4 else ()
    if effect is Effect.REQUIRE_COPY_IN:
        return ((Dimension.PLACE, _some(draw, _PLACES)),)
    words = {
        Dimension.PLACE: _PLACES,
        Dimension.PROVIDER: ("aws", "azure", "gcp"),
        Dimension.PARTITION: ("aws", "aws-eusc", "gcp-s3ns"),
        Dimension.OPERATOR: _OPERATORS,
        Dimension.OPERATOR_COUNTRY: ("US", "EU", "our-countries"),
        Dimension.PARENT_COUNTRY: ("US", "EEA", "CN"),
        Dimension.ATTESTATION: _SCHEMES,
    }
    chosen = draw.sample(list(Dimension), draw.choice([1, 1, 1, 2]))
    return tuple((dimension, _some(draw, words[dimension])) for dimension in chosen)


def _documents(draw: Random) -> tuple[TransferDocument, ...]:
    return tuple(
        TransferDocument(
            draw.choice(["scc", "assessment"]),
            _some(draw, _PLACES),
            "DOC-1",
            draw.choice([None, LONG_AGO, LATER]),
            draw.choice([None, TODAY, LONG_AGO]),
        )
        for _ in range(draw.choice([0, 1, 2]))
    )


def _selector(draw: Random, names: list[str]) -> Selector:
    def sometimes(words: tuple[str, ...]) -> tuple[str, ...]:
        return _some(draw, words) if draw.random() < 0.25 else ()

    return Selector(
        classification=sometimes((*CLASSES, UNDEFINED)),
        categories=sometimes(_CATEGORIES),
        subjects=sometimes(_PEOPLE),
        sensitivity=_sensitivity(draw) if draw.random() < 0.2 else None,
        labels=tuple((key, (value,)) for key, value in draw.sample(_LABELS, 1)) if draw.random() < 0.15 else (),
        names=sometimes((*names, "w*", "d?", "[dw]0", "*1")),
    )


def _sensitivity(draw: Random) -> Sensitivity:
    levels: tuple[Sensitivity, ...] = ("public", "internal", "confidential", "restricted")
    return draw.choice(levels)


def _groups(draw: Random, as_of: date) -> tuple[tuple[str, tuple[GroupMember, ...]], ...]:
    since, until = draw.choice([(None, None), (as_of, as_of), (LATER, None)])
    return (
        ("our-countries", (GroupMember("DE"), GroupMember("EFTA"), GroupMember("BR", since, until))),
        ("our-places", (GroupMember("our-countries", since, until), GroupMember("aws:us-*"), GroupMember("CA-QC"))),
    )


def _classes(draw: Random) -> tuple[str, ...]:
    return tuple(draw.sample((*CLASSES, UNDEFINED), draw.choice([0, 0, 1, 1, 2])))


def _declassify(draw: Random) -> Declassification | None:
    if draw.random() < 0.7:
        return None
    return Declassification("k-anonymity", "DPIA-17", tuple(draw.sample(CLASSES, draw.choice([0, 1, 2]))))


def _some(draw: Random, words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(draw.sample(words, draw.randint(1, min(3, len(words)))))
