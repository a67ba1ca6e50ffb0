from datetime import date
from pathlib import Path

import pytest

from placement.domain.errors import BadPolicies
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
    TransferDocument,
    Waiver,
)
from placement.policy_file import digest, parse_policies, read_policies
from placement.policy_file.document import Kind
from placement.written.nodes import KeyPath
from tests.policy_file.texts import CLASSES, DENY, DESIGN, EVERYTHING, POLICY, TODAY, flaws_of, read


def content(policies: PolicySet) -> PolicySet:
    """Without the digest."""
    assert policies.digest == digest(policies)
    return PolicySet(policies.classes, policies.policies, policies.guardrails, policies.waivers, policies.groups)


def test_the_example_of_the_design_is_read_exactly() -> None:
    document = read(DESIGN)
    assert content(document.policies) == PolicySet(
        classes=(DataClass("pii-eu", "restricted", ("pii",), ("EU",)),),
        policies=(
            Policy(
                name="gdpr",
                version=3,
                effect=Effect.ALLOW_ONLY,
                when=Selector(classification=("pii-eu",)),
                terms=((Dimension.PLACE, ("EEA",)),),
                activities=(
                    Activity.COMPUTE,
                    Activity.STORE,
                    Activity.REPLICATE,
                    Activity.BACKUP,
                    Activity.TRANSIT,
                ),
                legal_ref="GDPR Art. 44",
            ),
            Policy("iso", 1, Effect.REQUIRE, terms=((Dimension.ATTESTATION, ("iso-27001",)),)),
            Policy(
                "no-us-parent",
                1,
                Effect.DENY,
                Selector(sensitivity="restricted"),
                ((Dimension.PARENT_COUNTRY, ("US",)),),
            ),
            Policy("ru-primary", 1, Effect.REQUIRE_COPY_IN, Selector(subjects=("RU",)), ((Dimension.PLACE, ("RU",)),)),
        ),
        waivers=(Waiver("gdpr", "legacy", "dpo", "LEG-9", date(2027, 1, 31)),),
    )
    assert document.sources == ("a.yaml",)
    assert document.warnings == ("a.yaml:10:52: policies[2].when.subjects[0]: no class has subjects in 'RU'",)


def test_every_key_comes_to_its_place() -> None:
    document = read(EVERYTHING)
    gdpr = Policy(
        name="gdpr",
        version=3,
        effect=Effect.ALLOW_ONLY,
        when=Selector(
            classification=("pii-eu",),
            categories=("pii",),
            subjects=("EU",),
            sensitivity="confidential",
            labels=(("stage", ("production",)), ("team", ("shop", "web"))),
            names=("orders", "shop-*"),
        ),
        terms=(
            (Dimension.PLACE, ("EEA", "gcp:europe-*", "own")),
            (Dimension.PROVIDER, ("aws", "gcp")),
            (Dimension.PARTITION, ("aws-eusc",)),
            (Dimension.OPERATOR, ("Amazon Web Services",)),
            (Dimension.OPERATOR_COUNTRY, ("EEA", "US")),
            (Dimension.PARENT_COUNTRY, ("nordics",)),
        ),
        activities=(Activity.COMPUTE, Activity.STORE, Activity.DELIVER),
        legal_ref="GDPR Art. 44",
        valid_from=date(2018, 5, 25),
        valid_to=date(2030, 12, 31),
    )
    attested = Policy(
        "attested",
        1,
        Effect.REQUIRE,
        terms=((Dimension.PLACE, ("europe",)), (Dimension.ATTESTATION, ("iso-27001", "soc-2"))),
    )
    transfers = Policy(
        "transfers",
        2,
        Effect.REQUIRE_TRANSFER_BASIS,
        terms=((Dimension.PLACE, ("EEA",)),),
        accept=("adequacy", "scc"),
        documents=(
            TransferDocument("scc", ("JP",), "SCC-8"),
            TransferDocument("scc", ("US", "aws:us-*"), "SCC-7", date(2024, 1, 1), date(2028, 1, 1)),
        ),
    )
    assert document.warnings == ()
    assert content(document.policies) == PolicySet(
        classes=(
            DataClass("health", "restricted", ("phi", "pii"), ("CA-QC", "nordics")),
            DataClass("logs", "internal"),
            DataClass("pii-eu", "restricted", ("pii",), ("EU",)),
        ),
        policies=(
            attested,
            gdpr,
            Policy("near", 1, Effect.PREFER, terms=((Dimension.PLACE, ("DE",)),), penalty_usd_per_month=12.5),
            Policy("ru-primary", 1, Effect.REQUIRE_COPY_IN, Selector(subjects=("SE",)), ((Dimension.PLACE, ("RU",)),)),
            transfers,
        ),
        guardrails=(
            Guardrail(
                "no-root", 1, 'workload.isolation == "vm"', "runs beside others", Selector(labels=(("team", ("web",)),))
            ),
        ),
        waivers=(Waiver("gdpr", "legacy", "dpo", "LEG-9", date(2027, 1, 31)),),
        groups=(
            (
                "nordics",
                (
                    GroupMember("DK", date(1973, 1, 1)),
                    GroupMember("FI"),
                    GroupMember("NO", None, date(2030, 12, 31)),
                    GroupMember("SE"),
                ),
            ),
            (
                "own",
                tuple(map(GroupMember, ("CA-QC", "aws-eusc", "europe", "gcp", "nordics", "onprem:*"))),
            ),
        ),
    )


def test_what_is_left_out_has_its_default() -> None:
    document = read("classes: {c: {}}\n" + DENY.removeprefix(CLASSES))
    assert content(document.policies) == PolicySet(
        classes=(DataClass("c"),),
        policies=(Policy("p", 1, Effect.DENY, terms=((Dimension.PLACE, ("US",)),)),),
    )


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("deny: {place: US}", "deny: {place: [US]}"),
        ("deny: {place: [eu, Europe]}", "deny: {place: [EU, europe]}"),
        ("deny: {place: [EU, eu]}", "deny: {place: EU}"),
        ("deny: {place: [US, DE]}", "deny: {place: [DE, US]}"),
        ("deny: {place: US}\n  activities: store", "activities: [store]\n  deny: {place: [US]}"),
        ("deny: {place: US}\n  valid_from:", "deny: {place: US}"),
        ("deny: {place: US}\n  valid_from: '2026-01-01'", "deny: {place: US}\n  valid_from: 2026-01-01"),
        ("deny: {place: US}\n  legal_ref: ' a '", "deny: {place: US}\n  legal_ref: a"),
    ],
)
def test_what_can_be_written_in_two_ways_means_the_same(short: str, long: str) -> None:
    assert read(f"{POLICY}  {short}\n").policies == read(f"{POLICY}  {long}\n").policies


@pytest.mark.parametrize(
    "word",
    [
        "aws",
        "onprem",
        "aws:eu-central-1",
        "cellar:rack-1",
        "*:eu*",
        "gcp:*",
        "DE",
        "CA-QC",
        "eea",
        "Asia",
        "aws-cn",
        "NO",
    ],
)
def test_every_kind_of_place_word_is_known(word: str) -> None:
    assert flaws_of(f"{POLICY}  deny: {{place: ['{word}']}}\n") == ()


def test_a_provider_of_the_catalog_is_a_place_a_provider_and_a_partition() -> None:
    text = f"{POLICY}  deny: {{place: hetzner, provider: hetzner, partition: hetzner}}\n"
    assert len(flaws_of(text)) == 3
    (policy,) = parse_policies([("a.yaml", text)], TODAY, providers=["hetzner"]).policies.policies
    assert policy.terms[0] == (Dimension.PLACE, ("hetzner",))


def test_norway_is_a_country_and_no_boolean() -> None:
    (policy,) = read(f"{POLICY}  deny: {{place: NO}}\n").policies.policies
    assert policy.terms == ((Dimension.PLACE, ("NO",)),)


def test_a_day_is_both_first_and_last() -> None:
    (policy,) = read(f"{DENY}  valid_from: 2026-01-01\n  valid_to: 2026-01-01\n").policies.policies
    assert policy.valid_from == policy.valid_to == date(2026, 1, 1)


def test_an_expression_may_have_several_lines() -> None:
    text = (
        "guardrails:\n- name: g\n  version: 1\n  when: {}\n  message: m\n  expression: |\n"
        "    workload.isolation == 'vm' ||\n    workload.replicas > 1\n"
    )
    (guardrail,) = read(text).policies.guardrails
    assert guardrail.expression == "workload.isolation == 'vm' ||\nworkload.replicas > 1"


def test_an_anchor_can_be_used_again() -> None:
    text = (
        "policies:\n- &base {name: a, version: 1, when: &all {}, deny: {place: &far [US, JP]}}\n"
        "- {<<: *base, name: b}\n- {name: c, version: 1, when: *all, allow_only: {place: *far}}\n"
    )
    assert [policy.id for policy in read(text).policies.policies] == ["a@1", "b@1", "c@1"]


def test_a_guardrail_can_be_waived() -> None:
    text = (
        "guardrails: [{name: g, version: 1, when: {}, expression: 'true', message: m}]\n"
        "waivers: [{policy: g, workload: w, by: me, ticket: T-1, expires: 2027-01-01}]\n"
    )
    assert read(text).policies.waivers[0].policy == "g"


def test_a_later_check_can_point_into_the_text() -> None:
    document = read(EVERYTHING, "classes: {more: {}}\n")
    places: list[tuple[Kind, str, KeyPath, str]] = [
        ("policies", "gdpr", (), "a.yaml:9:3: policies[0]: why"),
        ("policies", "gdpr", ("allow_only", "place"), "a.yaml:19:12: policies[0].allow_only.place: why"),
        ("policies", "near", ("prefer",), "a.yaml:40:46: policies[4].prefer: why"),
        ("classes", "health", (), "a.yaml:3:3: classes.health: why"),
        ("classes", "health", ("subjects",), "a.yaml:3:71: classes.health.subjects: why"),
        ("classes", "more", (), "b.yaml:1:11: classes.more: why"),
        ("groups", "own", (), "a.yaml:7:3: groups.own: why"),
        ("guardrails", "no-root", ("expression",), "a.yaml:45:15: guardrails[0].expression: why"),
        ("waivers", "gdpr/legacy", ("expires",), "a.yaml:48:69: waivers[0].expires: why"),
        ("policies", "nobody", (), "a.yaml, b.yaml: why"),
    ]
    assert [str(document.flaw_at(kind, name, "why", within)) for kind, name, within, _ in places] == [
        place for *_, place in places
    ]


def test_files_are_read_and_named_in_their_flaws(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text(DESIGN, encoding="utf-8")
    bad.write_text(POLICY, encoding="utf-8")
    document = read_policies([good], TODAY)
    assert content(document.policies) == content(read(DESIGN).policies)
    assert document.sources == (str(good),)
    with pytest.raises(BadPolicies) as refusal:
        read_policies([good, bad], TODAY)
    assert str(refusal.value).splitlines()[-1].startswith(f"{bad}:3:3: policies[0]: has no effect; it needs one of ")


def test_no_files_are_no_policies() -> None:
    document = read_policies([], TODAY)
    assert content(document.policies) == PolicySet()
    assert document.sources == document.warnings == ()
