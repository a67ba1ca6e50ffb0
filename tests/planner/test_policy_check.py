"""A check tells where everything may lie, what contradicts, and which rules do nothing."""

from collections.abc import Sequence
from datetime import date
from functools import reduce
from itertools import combinations
from random import Random
from typing import Any

import numpy as np
import pytest

from placement.domain.fleet import Dataset, Fleet
from placement.domain.region import Region
from placement.planner.minimal import minimal
from placement.planner.policy_check import PolicyReport, check_policies
from placement.policy_file import parse_policies
from placement.residency.admissible import PolicyMask
from tests.builders import fleet, workload
from tests.residency.judging import REGIONS, TODAY, dataset

CLASSES = "classes: {pii: {subjects: [EU], categories: [pii]}, pii-ru: {subjects: [RU]}, logs: {}}\n"
EEA = "- {name: eea, version: 1, when: {classification: [pii]}, allow_only: {place: [EEA]}}\n"
ASIA = "- {name: asia, version: 2, when: {labels: {x: ['1']}}, allow_only: {place: [asia]}}\n"
NOT_AWS = "- {name: not-aws, version: 1, when: {}, deny: {provider: [aws]}}\n"
COPY_IN_RU = "- {name: ru, version: 1, when: {subjects: [RU]}, require_copy_in: {place: [RU]}}\n"


def checked(text: str, demand: Fleet, regions: Sequence[Region] = REGIONS, as_of: date = TODAY) -> PolicyReport:
    document = parse_policies([("p.yaml", CLASSES + text)], as_of)
    return check_policies(document, demand, regions, as_of)


def rules(*texts: str) -> str:
    return f"policies:\n{''.join(texts)}"


def web(*classes: str, **overrides: Any) -> Fleet:
    return fleet(workload("web", classification=classes, **overrides))


def holding(data: Dataset) -> Fleet:
    """A fleet about one dataset; it needs a workload to be a fleet."""
    return fleet(workload("bystander"), datasets=[data])


def test_every_class_and_every_part_of_the_fleet_has_its_regions() -> None:
    demand = fleet(workload("web", classification=("pii",)), datasets=[dataset("films", "logs")])
    report = checked(rules(EEA), demand)
    by_class = {each.name: each for each in report.classes}
    assert report.regions == len(REGIONS)
    assert by_class.keys() == {"pii", "pii-ru", "logs"}
    assert set(by_class["pii"].countries) == {"DE", "FR", "NO"}
    assert len(by_class["logs"].regions) == len(REGIONS)
    assert [(each.name, each.classes) for each in report.subjects] == [("web", ("pii",)), ("films", ("logs",))]
    assert report.subjects[0].regions == by_class["pii"].regions
    assert not report.refusals
    assert all(each.regions for each in report.subjects)


def test_neither_a_waiver_nor_a_guardrail_for_a_workload_of_that_name_changes_what_its_class_admits() -> None:
    text = rules(EEA) + (
        "waivers: [{policy: eea, workload: pii, by: dpo, ticket: T-1, expires: 2030-01-01}]\n"
        'guardrails: [{name: vm, version: 1, when: {}, expression: "false", message: never}]\n'
    )
    report = checked(text, fleet(workload("pii", classification=("pii",))))
    (pii,) = [each for each in report.classes if each.name == "pii"]
    assert set(pii.countries) == {"DE", "FR", "NO"}


def test_what_may_lie_nowhere_is_a_conflict_of_the_policies_that_are_needed() -> None:
    report = checked(rules(ASIA, EEA, NOT_AWS), web("pii", labels=(("x", "1"),)))
    (subject,) = report.subjects
    assert (subject.regions, subject.countries) == ((), ())
    assert subject.conflict == ("asia@2 allows what is labelled x=1 only in asia", "eea@1 allows pii only in EEA")


def test_a_single_policy_that_refuses_all_of_the_market_is_a_conflict_by_itself() -> None:
    antarctica = "- {name: ice, version: 1, when: {}, allow_only: {place: [AQ]}}\n"
    (subject,) = checked(rules(antarctica, EEA), web("pii")).subjects
    assert subject.conflict == ("ice@1 allows everything only in AQ",)


def test_a_guardrail_that_is_not_true_leaves_nothing() -> None:
    text = 'guardrails: [{name: vm, version: 1, when: {}, expression: "workload.replicas > 5", message: many}]\n'
    report = checked(text, web())
    assert report.subjects[0].regions == ()
    assert report.subjects[0].conflict == ("vm@1 asks of everything: many",)


@pytest.mark.parametrize("seed", range(40))
def test_a_conflict_is_minimal_and_refuses_everything(seed: int) -> None:
    draw = Random(seed)
    masks = [np.array([draw.random() < 0.6 for _ in range(8)]) for _ in range(draw.randint(1, 7))]
    masks.append(~reduce(np.logical_and, masks))
    found = minimal([PolicyMask(f"p{i}@1", f"p{i}", "", mask) for i, mask in enumerate(masks)], np.ones(8, np.bool_))
    assert found
    assert not np.logical_and.reduce([rule.mask for rule in found]).any()
    for rest in combinations(found, len(found) - 1):
        assert np.logical_and.reduce([np.ones(8, np.bool_), *(rule.mask for rule in rest)]).any()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "- {name: a, version: 1, when: {}, deny: {place: [DE]}, valid_from: 2027-01-01}\n",
            "p.yaml:3:68: policies[0].valid_from: a@1 begins on 2027-01-01 and does not hold yet",
        ),
        (
            "- {name: a, version: 1, when: {workloads: [wbe]}, deny: {place: [DE]}}\n",
            "p.yaml:3:3: policies[0]: a@1 concerns no workload and no dataset of this fleet",
        ),
        (
            "- {name: a, version: 1, when: {}, require_copy_in: {place: [DE]}}\n",
            "p.yaml:3:3: policies[0]: a@1 concerns no dataset of this fleet",
        ),
    ],
)
def test_a_policy_that_does_nothing_is_told_where_it_stands(text: str, told: str) -> None:
    assert checked(rules(text), web()).warnings == (told,)


def test_a_policy_that_has_ended_is_told_once() -> None:
    (told,) = checked(rules(EEA.replace("}}", "}, valid_to: 2020-01-01}")), web("pii")).warnings
    assert told == "p.yaml:3:96: policies[0].valid_to: eea@1 ended on 2020-01-01 and no longer holds"


def test_a_policy_that_is_waived_for_all_that_it_concerns_says_so() -> None:
    text = rules(EEA) + "waivers: [{policy: eea, workload: web, by: dpo, ticket: T-1, expires: 2027-01-01}]\n"
    assert checked(text, web("pii")).warnings == (
        "p.yaml:3:3: policies[0]: eea@1 is waived for all that it concerns in this fleet",
    )
    (expired,) = checked(text, web("pii"), as_of=date(2027, 1, 2)).warnings
    assert "expired on 2027-01-01, so that eea holds again for 'web'" in expired


def test_a_waiver_for_nobody_and_an_idle_guardrail_are_told() -> None:
    text = (
        rules(EEA)
        + "guardrails:\n- {name: vm, version: 1, when: {labels: {x: ['1']}}, expression: 'true', message: never}\n"
        + "waivers:\n- {policy: eea, workload: wbe, by: dpo, ticket: T-1, expires: 2027-01-01}\n"
    )
    assert checked(text, web("pii")).warnings == (
        "p.yaml:5:3: guardrails[0]: vm@1 concerns no workload of this fleet",
        "p.yaml:7:27: waivers[0].workload: 'wbe' is neither a workload nor a dataset of this fleet (T-1)",
    )


def test_data_that_lie_where_they_may_not_are_refused() -> None:
    demand = fleet(
        workload("web", classification=("pii",), failover=("aws:eu-central-1", "aws:us-east-1")),
        datasets=[dataset("orders", "pii", movable=False, at=("gcp:us-central1",), backups=("azure:japaneast",))],
    )
    report = checked(rules(EEA), demand)
    assert [told.split(", but ")[0] for told in report.refusals] == [
        "web fails over to aws:us-east-1",
        "orders lies in gcp:us-central1",
        "orders is backed up in azure:japaneast",
    ]
    assert all("eea@1: place is" in told for told in report.refusals)


def test_what_can_be_moved_and_regions_that_the_market_lacks_are_not_held_against_it() -> None:
    demand = fleet(
        workload("web", classification=("pii",), failover=("aws:mars-1",)),
        datasets=[
            dataset("orders", "pii", at=("gcp:us-central1",)),
            dataset("past", "pii", movable=False, at=("aws:mars-1",), backups=("aws:mars-1",)),
        ],
    )
    assert checked(rules(EEA), demand).refusals == ()


def test_a_copy_that_may_lie_nowhere_is_refused_with_what_forbids_it() -> None:
    demand = holding(dataset("people", "pii", "pii-ru"))
    (told,) = checked(rules(COPY_IN_RU, EEA, NOT_AWS), demand).refusals
    assert told == (
        "people has no copy where one is wanted: ru@1 requires a copy of data of people in RU in RU, "
        "but eea@1 allows pii only in EEA"
    )
    assert checked(rules(COPY_IN_RU, NOT_AWS), demand).refusals == ()


def test_a_copy_where_the_market_has_no_region_is_refused() -> None:
    demand = holding(dataset("people", "pii-ru"))
    (told,) = checked(rules(COPY_IN_RU), demand, [each for each in REGIONS if each.country != "RU"]).refusals
    assert told.endswith("but the market has no region there")


def test_data_that_lie_elsewhere_for_good_have_no_copy_there() -> None:
    demand = holding(dataset("people", "pii-ru", movable=False, at=("aws:eu-central-1",)))
    (told,) = checked(rules(COPY_IN_RU), demand).refusals
    assert "it lies in aws:eu-central-1 and cannot be moved; say movable: true if it can" in told


def test_one_copy_cannot_lie_in_two_places() -> None:
    in_japan = "- {name: jp, version: 1, when: {}, require_copy_in: {place: [JP]}}\n"
    one, two = (holding(dataset("people", "pii-ru", copies=copies)) for copies in (1, 2))
    (told,) = checked(rules(COPY_IN_RU, in_japan), one).refusals
    assert told.startswith("people has 1 copy, which cannot lie everywhere: jp@1 requires a copy")
    assert told.endswith("; say copies: 2")
    assert checked(rules(COPY_IN_RU, in_japan), two).refusals == ()
