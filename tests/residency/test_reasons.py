"""What is told of a refusal, and what would help."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from placement.domain.fleet import INTERNET, Flow
from placement.domain.policy import Activity, Effect, Policy, PolicySet, Selector
from placement.domain.region import Attestation, Region
from placement.residency.activities import BY_DATASETS, BY_WORKLOADS, at_ends
from placement.residency.disclaimer import NO_LEGAL_ADVICE
from placement.residency.evaluation import Evaluation
from placement.residency.reasons import CODES
from placement.residency.wording import asks
from tests.residency.judging import (
    BEIJING,
    CANADA,
    CELLAR,
    FRANKFURT,
    TODAY,
    VIRGINIA,
    allow_only,
    deny,
    policy,
    reasons,
    web,
)

ATTESTED = replace(FRANKFURT, attestations=(Attestation("iso-27001", date(2020, 1, 1), date(2021, 1, 1)),))
UNPARTED = replace(FRANKFURT, partition=None)


@pytest.mark.parametrize(
    ("rule", "region", "said", "help"),
    [
        (
            allow_only("EEA", "GB"),
            VIRGINIA,
            "rule@1: place is aws:us-east-1 (US-VA), only EEA or GB is allowed",
            "a region in EEA or GB; a waiver of rule",
        ),
        (
            allow_only("CA-QC"),
            CANADA,
            "rule@1: place is azure:canadasomewhere (CA, subdivision unknown), only CA-QC is allowed",
            "a region in CA-QC; record the subdivision of the region; a waiver of rule",
        ),
        (
            allow_only("asia", "aws-eusc"),
            replace(UNPARTED, continent=None),
            "rule@1: place is aws:eu-central-1 (DE-HE, continent and partition unknown), "
            "only asia or aws-eusc is allowed",
            "a region in asia or aws-eusc; record the continent of the region; record the partition of the region; "
            "a waiver of rule",
        ),
        (
            deny("US"),
            VIRGINIA,
            "rule@1: place is aws:us-east-1 (US-VA), a region in US is denied",
            "a region other than one in US; a waiver of rule",
        ),
        (
            policy(Effect.DENY, {"place": ["EU"], "parent_country": ["US"]}),
            FRANKFURT,
            "rule@1: place is aws:eu-central-1 (DE-HE), a region in EU and with a parent company in US is denied",
            "a region other than one in EU and with a parent company in US; a waiver of rule",
        ),
        (
            policy(Effect.DENY, {"parent_country": ["US"]}),
            BEIJING,
            "rule@1: parent_country is unknown, US is denied",
            "a region other than one with a parent company in US; "
            "record the country of the parent company of the region; "
            "a waiver of rule",
        ),
        (
            policy(Effect.ALLOW_ONLY, {"operator": ["S3NS"]}),
            FRANKFURT,
            "rule@1: operator is Amazon Web Services, only S3NS is allowed",
            "a region operated by S3NS; a waiver of rule",
        ),
        (
            policy(Effect.ALLOW_ONLY, {"provider": ["gcp"]}),
            CELLAR,
            "rule@1: provider is onprem, only gcp is allowed",
            "a region at gcp; a waiver of rule",
        ),
        (
            policy(Effect.ALLOW_ONLY, {"partition": ["aws-eusc"]}),
            UNPARTED,
            "rule@1: partition is unknown, only aws-eusc is allowed",
            "a region in the partition aws-eusc; record the partition of the region; a waiver of rule",
        ),
        (
            policy(Effect.REQUIRE, {"operator_country": ["EU"]}),
            VIRGINIA,
            "rule@1: operator_country is US, EU is required",
            "a region with an operator in EU; a waiver of rule",
        ),
        (
            policy(Effect.REQUIRE, {"attestation": ["iso-27001", "c5"]}),
            FRANKFURT,
            "rule@1: attestation is iso-27001 not recorded; c5 not recorded, iso-27001 and c5 are required",
            "a region with iso-27001 and c5; record the attestation iso-27001 of the region; "
            "record the attestation c5 of the region; a waiver of rule",
        ),
        (
            policy(Effect.REQUIRE, {"attestation": ["iso-27001"]}),
            ATTESTED,
            "rule@1: attestation is iso-27001 not valid on 2026-11-25, iso-27001 is required",
            "a region with iso-27001; renew the attestation iso-27001 of the region; a waiver of rule",
        ),
        (
            policy(Effect.DENY, {"attestation": ["iso-27001"]}),
            replace(FRANKFURT, attestations=(Attestation("iso-27001", date(2020, 1, 1)),)),
            "rule@1: attestation is iso-27001, a region with iso-27001 is denied",
            "a region other than one with iso-27001; a waiver of rule",
        ),
        (
            policy(Effect.REQUIRE_TRANSFER_BASIS, accept=("adequacy", "scc"), legal_ref="GDPR Art. 44"),
            VIRGINIA,
            "rule@1: place is aws:us-east-1 (US-VA), outside of EU a basis for the transfer is required "
            "(adequacy or scc), GDPR Art. 44",
            "a region in EU; a document (scc) for US; a document (scc) that shows that the importer is certified "
            "under the EU-US Data Privacy Framework; a waiver of rule",
        ),
    ],
)
def test_a_reason_says_what_is_what_should_be_and_what_helps(
    rule: Policy, region: Region, said: str, help: str
) -> None:
    (reason,) = reasons(rule, region)
    assert str(reason) == said
    assert reason.fixable_by == help


def test_a_reason_names_the_first_activity_that_is_judged() -> None:
    assert reasons(allow_only("EU"), VIRGINIA)[0].activity == "compute"
    only_logs = allow_only("EU", activities=(Activity.SUPPORT, Activity.LOGS))
    assert reasons(only_logs, VIRGINIA)[0].activity == "logs"


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (
            allow_only(
                "EEA", name="gdpr", version=3, when=Selector(classification=("pii-eu",)), legal_ref="GDPR Art. 44"
            ),
            "gdpr@3 allows pii-eu only in EEA (GDPR Art. 44)",
        ),
        (
            policy(Effect.DENY, {"parent_country": ["US"]}, when=Selector(sensitivity="restricted")),
            "rule@1 denies data that are restricted or more with a parent company in US",
        ),
        (
            policy(Effect.REQUIRE, {"attestation": ["iso-27001", "c5"]}),
            "rule@1 requires a region with iso-27001 and c5 for everything",
        ),
        (
            policy(Effect.REQUIRE_COPY_IN, {"place": ["RU"]}, when=Selector(subjects=("RU",))),
            "rule@1 requires a copy of data of people in RU in RU",
        ),
        (
            policy(Effect.REQUIRE_TRANSFER_BASIS, {"place": ["EU"]}),
            "rule@1 requires a basis (none is accepted) for everything outside of EU",
        ),
        (
            policy(Effect.PREFER, {"provider": ["aws", "gcp"]}, penalty_usd_per_month=1250.0),
            "rule@1 prefers everything at aws or gcp, at 1,250.00 USD a month elsewhere",
        ),
        (
            allow_only(
                "EU",
                activities=(Activity.STORE, Activity.KEYS),
                when=Selector(categories=("pii",), names=("w*",), labels=(("team", ("a", "b")),)),
            ),
            "rule@1 allows data of category pii of what is labelled team=a or b and called w* "
            "only in EU for store and keys",
        ),
        (
            policy(Effect.ALLOW_ONLY, {"partition": ["aws"], "operator": ["AWS"], "operator_country": ["US"]}),
            "rule@1 allows everything only in the partition aws and operated by AWS and with an operator in US",
        ),
    ],
)
def test_a_policy_is_told_in_one_sentence(rule: Policy, words: str) -> None:
    assert asks(rule) == words


def test_every_code_has_its_place_in_the_order() -> None:
    assert CODES[:5] == ("denied", "not_allowed", "missing", "no_transfer_basis", "no_copy")


def test_every_activity_is_done_by_something_or_asked_of_the_table() -> None:
    done: set[Any] = {activity for activity, _ in (*BY_WORKLOADS, *BY_DATASETS)}
    assert set(Activity) - done == {Activity.BACKUP, Activity.TRANSIT, Activity.DELIVER}


def test_a_flow_is_in_transit_at_both_ends_and_delivered_where_it_leaves_for_the_internet() -> None:
    assert at_ends(Flow("a", "b", 1.0)) == (("a", Activity.TRANSIT), ("b", Activity.TRANSIT))
    assert at_ends(Flow("a", INTERNET, 1.0)) == (("a", Activity.DELIVER),)
    assert at_ends(Flow(INTERNET, "b", 1.0)) == (("b", Activity.TRANSIT),)


def test_a_fleet_of_nothing_on_a_market_of_nothing_is_lawful() -> None:
    answer = Evaluation(PolicySet(policies=(allow_only("EU"),)), [], TODAY).compiled_subjects([])
    assert answer.subjects == ()
    assert answer.allowed.shape == (0, 0, len(Activity))
    nowhere = Evaluation(PolicySet(policies=(allow_only("EU"),)), [], TODAY).compiled(web("pii"))
    assert nowhere.mask("web").shape == (0,)


def test_users_are_told_that_this_is_no_legal_advice() -> None:
    assert "no legal advice" in NO_LEGAL_ADVICE
