"""Personal data leave the places of their subjects only on a basis."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from placement.domain.policy import Effect, GroupMember, Policy, Selector, TransferDocument
from tests.residency.judging import (
    CANADA,
    FRANKFURT,
    LONDON,
    MONTREAL,
    OSLO,
    SAO_PAULO,
    TOKYO,
    VIRGINIA,
    admitted,
    code,
    compiled,
    orders,
    policies,
    policy,
    reasons,
    web,
)

EU = {"eu-central-1", "eusc-de-east-1", "u-france-east1", "cellar"}


def basis(*accept: str, origins: tuple[str, ...] = (), **overrides: Any) -> Policy:
    terms = {"place": origins} if origins else {}
    return policy(Effect.REQUIRE_TRANSFER_BASIS, terms, accept=accept, **overrides)


def clauses(*to: str, kind: str = "scc", **overrides: Any) -> TransferDocument:
    return TransferDocument(kind, to, "SCC-2026-1", **overrides)


def test_without_any_basis_data_stay_where_their_subjects_are() -> None:
    assert admitted(basis()) == EU
    assert code(basis(), OSLO) == "no_transfer_basis"


def test_on_adequacy_data_go_to_adequate_countries() -> None:
    assert admitted(basis("adequacy")) == EU | {"norwayeast", "eu-west-2", "japaneast", "brazilsouth"}


def test_adequacy_counts_only_where_it_is_accepted() -> None:
    assert code(basis("scc"), TOKYO) == "no_transfer_basis"


@pytest.mark.parametrize(("day", "expected"), [(date(2026, 1, 25), "no_transfer_basis"), (date(2026, 1, 26), "")])
def test_brazil_is_open_from_the_day_of_its_decision(day: date, expected: str) -> None:
    assert code(basis("adequacy"), SAO_PAULO, as_of=day) == expected


@pytest.mark.parametrize(("day", "expected"), [(date(2031, 12, 27), ""), (date(2031, 12, 28), "no_transfer_basis")])
def test_the_united_kingdom_is_open_until_its_decision_ends(day: date, expected: str) -> None:
    assert code(basis("adequacy"), LONDON, as_of=day) == expected


def test_data_of_norwegians_may_not_go_to_brazil_yet_and_those_of_germans_may() -> None:
    assert code(basis("adequacy"), SAO_PAULO, web("pii-de")) == ""
    assert code(basis("adequacy"), SAO_PAULO, web("pii-no")) == "no_transfer_basis"


def test_an_adequacy_of_some_importers_only_is_no_basis_and_the_reason_says_which() -> None:
    rule = basis("adequacy", "scc")
    (virginia,), (canada,) = reasons(rule, VIRGINIA), reasons(rule, CANADA)
    assert virginia.code == canada.code == "no_transfer_basis"
    assert "a document (scc) that shows that the importer is certified under the EU-US" in virginia.fixable_by
    assert "that the importer is a commercial organisation under Canada's PIPEDA" in canada.fixable_by


def test_a_document_of_the_user_covers_what_adequacy_does_not() -> None:
    rule = basis("adequacy", "assessment", documents=(clauses("US", kind="assessment"),))
    assert code(rule, VIRGINIA) == ""
    assert code(rule, CANADA) == "no_transfer_basis"


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (clauses("US"), ""),
        (clauses("aws:us-*"), ""),
        (clauses("CA"), "no_transfer_basis"),
        (clauses("US", kind="bcr"), "no_transfer_basis"),
        (clauses("US", valid_to=date(2026, 11, 24)), "no_transfer_basis"),
        (clauses("US", valid_to=date(2026, 11, 25)), ""),
        (clauses("US", valid_from=date(2026, 11, 26)), "no_transfer_basis"),
    ],
)
def test_a_document_counts_if_it_is_valid_accepted_and_covers_the_region(
    document: TransferDocument, expected: str
) -> None:
    assert code(basis("scc", documents=(document,)), VIRGINIA) == expected


def test_a_document_that_may_cover_the_region_leaves_it_unknown() -> None:
    rule = basis("scc", documents=(clauses("CA-QC"),))
    assert code(rule, MONTREAL) == ""
    assert code(rule, CANADA) == "unknown"


def test_every_jurisdiction_of_the_data_must_be_satisfied() -> None:
    both = web("pii", "pii-br")
    rule = basis("adequacy")
    assert admitted(rule, both) == EU | {"norwayeast", "brazilsouth"}
    (asked,) = compiled(rule, both).rules("web")
    assert asked.mask.tolist() == compiled(rule, both).mask("web").tolist()
    found = reasons(rule, TOKYO, both)
    assert [reason.required for reason in found] == [
        "outside of BR a basis for the transfer is required (adequacy)",
    ]


def test_data_of_quebec_leave_for_other_provinces_only_on_a_basis() -> None:
    rule = basis("assessment", when=Selector(subjects=("CA-QC",)))
    data = orders("pii-qc")
    assert admitted(rule, data) == {"ca-central-1"}
    assert code(rule, CANADA, data) == "unknown"
    assert code(rule, FRANKFURT, data) == "no_transfer_basis"
    assert code(replace(rule, documents=(clauses("CA", kind="assessment"),)), CANADA, data) == ""


def test_data_whose_subjects_are_not_said_are_refused_as_unknown_unless_a_document_covers_them() -> None:
    rule = basis("adequacy", "scc", when=Selector(sensitivity="restricted"))
    (reason,) = reasons(rule, FRANKFURT, web("cards"))
    assert (reason.code, reason.dimension, reason.observed) == ("unknown", "subjects", "not said")
    assert "say in `subjects` of the class whose data it is" in reason.fixable_by
    assert code(replace(rule, documents=(clauses("DE"),)), FRANKFURT, web("cards")) == ""


def test_only_the_jurisdictions_of_matched_classes_count() -> None:
    rule = basis("adequacy", when=Selector(classification=("pii-br",)))
    assert "us-east-1" in admitted(rule, web("pii"))
    assert code(rule, SAO_PAULO, web("pii", "pii-br", "cards")) == ""


def test_a_workload_without_classes_has_nothing_to_transfer() -> None:
    assert code(basis(), VIRGINIA, web()) == ""


def test_the_places_that_a_policy_names_count_instead_of_the_subjects() -> None:
    rule = basis("adequacy", origins=("GB", "CH"))
    assert code(rule, LONDON) == ""
    assert code(rule, FRANKFURT) == ""
    assert code(rule, TOKYO) == "no_transfer_basis"
    assert code(basis("adequacy", origins=("GB",)), TOKYO) == ""


def test_a_group_of_ones_own_has_the_adequacy_that_all_of_its_members_have() -> None:
    def rules(*members: str) -> Any:
        group = (("ours", tuple(map(GroupMember, members))),)
        return policies(basis("adequacy", origins=("ours",)), groups=group)

    assert code(rules("DE", "FR"), SAO_PAULO) == ""
    assert code(rules("DE", "NO"), SAO_PAULO) == "no_transfer_basis"
    assert code(rules("DE", "aws:eu-*"), SAO_PAULO) == "no_transfer_basis"
    assert code(rules("DE", "aws:eu-*"), LONDON) == ""


def test_a_group_that_has_no_members_yet_finds_nothing_adequate() -> None:
    group = (("ours", (GroupMember("DE", date(2030, 1, 1)),)),)
    rules = policies(basis("adequacy", origins=("ours",)), groups=group)
    assert code(rules, LONDON) == code(rules, FRANKFURT) == "no_transfer_basis"


def test_the_policy_says_what_it_asks() -> None:
    rule = basis("adequacy", "scc", name="chapter-5", when=Selector(categories=("pii",)), legal_ref="GDPR Art. 44")
    (asked,) = compiled(rule, web("pii")).rules("web")
    assert asked.words == (
        "chapter-5@1 requires a basis (adequacy or scc) for data of category pii "
        "outside of the places of its subjects (GDPR Art. 44)"
    )
