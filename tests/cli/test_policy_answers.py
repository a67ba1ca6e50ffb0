"""Answers under policies: what they were judged by, why not elsewhere, and what each policy costs."""

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import EXAMPLES, Command, write_fleet

POLICIES = """\
classes:
  pii: {sensitivity: restricted, subjects: [EU]}
policies:
- {name: eea, version: 2, when: {classification: [pii]}, allow_only: {place: [EEA]}, legal_ref: GDPR Art. 44}
- {name: not-azure, version: 1, when: {workloads: [web]}, deny: {provider: [azure]}}
"""
FLEET = """\
fleet: shop
policies: [p.yaml]
workloads:
- {name: web, resources: {vcpus: 2, memory_gib: 8}, places: {deny: [onprem]}}
datasets:
- {name: orders, size_gb: 10, classification: [pii], at: ["onprem:fra-1"]}
flows:
- {from: orders, to: web, gb_per_month: 1}
"""
REASON = {
    "code": str,
    "policy": str,
    "activity": str,
    "dimension": str,
    "observed": str,
    "required": str,
    "via": list,
    "legal_ref": str,
    "fixable_by": str,
}


@pytest.fixture
def fleet(folder: Path) -> Path:
    """A fleet with its policies, in the working folder."""
    write_fleet(folder, POLICIES, "p.yaml")
    write_fleet(folder, FLEET)
    return Path("fleet.yaml")


def change(file: str, old: str, new: str) -> None:
    path = Path(file)
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_an_answer_names_its_policies(placement: Command, fleet: Path) -> None:
    answer = placement("solve", fleet, "--json").document
    assert answer["policies"]["applied"] == ["eea@2", "not-azure@1"]
    assert answer["policies"]["digest"] == placement("policy", "check", fleet, "--json").document["digest"]
    (part,) = answer["placements"][0]["assignments"]
    assert part["region"].startswith(("aws:eu-", "gcp:europe-"))


def test_the_digest_is_that_of_the_meaning_and_not_of_the_text(placement: Command, fleet: Path) -> None:
    def digest() -> str:
        return str(placement("solve", fleet, "--json").document["policies"]["digest"])

    first = digest()
    change("p.yaml", "classes:", "# a comment\nclasses:")
    assert digest() == first
    change("p.yaml", "version: 2", "version: 3")
    assert digest() != first


def test_a_fleet_without_policies_has_an_answer_without_them(placement: Command, fleet: Path) -> None:
    change("fleet.yaml", "policies: [p.yaml]\n", "")
    change("fleet.yaml", ", classification: [pii]", "")
    answer = placement("solve", fleet, "--json").document
    assert answer["policies"] == {"digest": None, "applied": []}


def test_a_waiver_that_an_answer_rests_on_is_told(placement: Command, fleet: Path) -> None:
    with Path("p.yaml").open("a", encoding="utf-8") as file:
        file.write("waivers: [{policy: eea, workload: web, by: dpo, ticket: LEG-9, expires: 2999-01-31}]\n")
    answer = placement("solve", fleet, "--json").document
    assert "policy eea is waived for web until 2999-01-31 by dpo (LEG-9)" in answer["assumptions"]


def test_every_region_that_a_policy_refuses_has_its_reasons(placement: Command, fleet: Path) -> None:
    placement("solve", fleet)
    document = placement("explain", "latest", "web", "--json").document
    found = {row["region"]: row for row in document["alternatives"]}
    refused = {region: row for region, row in found.items() if row["reasons"]}
    for row in refused.values():
        assert row["difference_usd_per_month"] is None
        assert row["refused"].startswith("residency: ")
        for reason in row["reasons"]:
            assert list(reason) == list(REASON)
            assert all(isinstance(reason[key], kind) for key, kind in REASON.items())
    assert {r for r in found if r.startswith("azure:")} <= refused.keys()
    denied, not_allowed = found["azure:eastus"]["reasons"]
    assert denied["code"] == "denied"
    assert not_allowed == {
        "code": "not_allowed",
        "policy": "eea@2",
        "activity": "compute",
        "dimension": "place",
        "observed": "azure:eastus (US-VA)",
        "required": "only EEA is allowed",
        "via": ["pii", "orders", "web"],
        "legal_ref": "GDPR Art. 44",
        "fixable_by": "a region in EEA; a waiver of eea; declassify the flow orders -> web",
    }
    assert found["aws:eu-west-3"]["reasons"] == []
    assert found["onprem:fra-1"]["refused"] == "places: never in onprem"


def test_regions_that_one_policy_refuses_stand_together(placement: Command, fleet: Path) -> None:
    placement("solve", fleet)
    out = placement("explain", "latest", "web").out
    assert re.search(
        r"^not in aws:ap-northeast-1, .* and \d+ more: eea@2: only EEA is allowed, inherits pii from orders, ",
        out,
        re.M,
    )
    assert re.search(r"^not in azure:germanywestcentral, .*: not-azure@1: a region at azure is denied$", out, re.M)


def test_a_decision_is_explained_by_the_policies_that_it_was_made_by(placement: Command, fleet: Path) -> None:
    decision = placement("solve", fleet, "--json").document["id"]
    before = placement("explain", decision, "web", "--json")
    costs = placement("explain", decision, "--policy-cost", "--json")
    Path("p.yaml").write_text(
        "policies: [{name: eea, version: 9, when: {}, allow_only: {place: [US]}}]\n", encoding="utf-8"
    )
    assert placement("explain", decision, "web", "--json").out == before.out
    assert placement("explain", decision, "--policy-cost", "--json").out == costs.out
    Path("p.yaml").unlink()
    assert placement("explain", decision, "web", "--json").out == before.out


def _costs(placement: Command, folder: Path, *policies: str) -> tuple[dict[str, Any], str]:
    """What a workload pays for these policies: the document and the table."""
    rules = "".join(f"- {{version: 1, when: {{}}, {policy}}}\n" for policy in policies)
    write_fleet(folder, f"policies:\n{rules}", "p.yaml")
    fleet = "fleet: f\npolicies: [p.yaml]\nworkloads:\n- {name: web, resources: {vcpus: 2, memory_gib: 8}}\n"
    placement("solve", write_fleet(folder, fleet))
    document: dict[str, Any] = placement("explain", "latest", "--policy-cost", "--json").document
    return document, placement("explain", "latest", "--policy-cost").out


def _saving(document: dict[str, Any], name: str) -> Decimal:
    (row,) = [row for row in document["policies"] if row["policy"] == name]
    return Decimal(row["saving"])


def test_the_price_of_a_policy_is_what_the_fleet_would_cost_less(placement: Command, folder: Path) -> None:
    document, shown = _costs(placement, folder, "name: uk, allow_only: {place: [GB]}")
    assert list(document) == ["decision", "total_usd_per_month", "policies", "without_all", "unexplained"]
    (row,) = document["policies"]
    assert list(row) == ["policy", "total", "saving", "at_most"]
    assert row["saving"] == row["at_most"] == document["total_usd_per_month"] - row["total"] > 0
    assert document["without_all"] == {**row, "policy": None}
    assert document["unexplained"] == 0
    assert shown.startswith(
        f"What each policy costs, against {document['total_usd_per_month']:,.2f} USD a month with all"
    )
    assert "belong to no single policy" not in shown


def test_a_sum_that_is_too_small_is_explained(placement: Command, folder: Path) -> None:
    document, shown = _costs(
        placement,
        folder,
        "name: uk, allow_only: {place: [GB]}",
        "name: uk-too, deny: {place: [EU, US, 'NO', CH, asia]}",
    )
    assert _saving(document, "uk-too@1") == 0
    assert document["without_all"]["saving"] > 0
    rest = document["without_all"]["saving"] - _saving(document, "uk@1")
    assert document["unexplained"] == rest > 0
    assert f"{rest:,.2f} USD a month belong to no single policy: where several refuse the same regions, " in shown


def test_a_sum_that_is_too_large_is_explained(placement: Command, folder: Path) -> None:
    document, shown = _costs(
        placement,
        folder,
        "name: not-onprem, deny: {provider: [onprem]}",
        "name: not-here, deny: {place: [US, SE, FI, NL]}",
    )
    alone = sum(Decimal(row["saving"]) for row in document["policies"])
    over = alone - document["without_all"]["saving"]
    assert over > 0
    assert document["unexplained"] == -over
    assert f"come to {over:,.2f} USD a month more than all cost together: each opens a cheaper region" in shown


def test_what_cannot_be_placed_has_no_prices_but_shows_who_stands_in_the_way(placement: Command, folder: Path) -> None:
    document, shown = _costs(
        placement, folder, "name: asia, allow_only: {place: [asia]}", "name: eu, allow_only: {place: [EU]}"
    )
    assert document["total_usd_per_month"] is None
    assert all(row["saving"] is None and row["total"] > 0 for row in document["policies"])
    assert document["unexplained"] is None
    assert shown.startswith("With all policies no placement was found, so that none of them has a price.")
    assert shown.endswith("each policy with a figure stands in the way by itself\n")
    three = "name: us, allow_only: {place: [US]}"
    _, shown = _costs(
        placement, folder, "name: asia, allow_only: {place: [asia]}", "name: eu, allow_only: {place: [EU]}", three
    )
    assert shown.endswith("no single policy stands in the way, but several of them do together\n")


def test_what_cannot_be_placed_for_other_reasons_says_so(placement: Command, fleet: Path) -> None:
    change("fleet.yaml", "vcpus: 2", "vcpus: 5000")
    assert placement("solve", fleet).code == 2
    shown = placement("explain", "latest", "--policy-cost").out
    assert shown.endswith("without all of them no placement was found either: other rules stand in the way\n")


def test_policies_that_concern_nothing_cost_nothing(placement: Command, folder: Path) -> None:
    _, shown = _costs(placement, folder, "name: later, deny: {place: [US]}, valid_from: 2999-01-01")
    assert shown == "no policy concerns this fleet, so none of them costs anything\n"


def test_a_decision_without_policies_has_no_prices(placement: Command) -> None:
    placement("solve", EXAMPLES / "data-gravity.yaml")
    message = placement("explain", "latest", "--policy-cost").message
    assert "made without policies; name some in the fleet: policies: [FILE]" in message
