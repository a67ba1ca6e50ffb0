"""Where each effect lets a workload or a dataset lie, and the code of what it has against a region."""

from dataclasses import replace
from datetime import date

import pytest

from placement.domain.policy import (
    Activity,
    Effect,
    GroupMember,
    PolicySet,
    Selector,
    Waiver,
)
from placement.domain.region import Attestation
from tests.residency.judging import (
    BEIJING,
    CANADA,
    EVERYWHERE,
    FRANKFURT,
    IOWA,
    LONDON,
    MONTREAL,
    MOSCOW,
    OSLO,
    PARIS,
    REGIONS,
    SOVEREIGN,
    TODAY,
    VIRGINIA,
    admitted,
    allow_only,
    code,
    compiled,
    dataset,
    deny,
    orders,
    policies,
    policy,
    reasons,
    refused,
    web,
)

EU = {"eu-central-1", "eusc-de-east-1", "u-france-east1", "cellar"}


def test_nothing_is_refused_without_policies() -> None:
    assert admitted(PolicySet()) == EVERYWHERE


def test_only_the_union_is_allowed() -> None:
    assert admitted(allow_only("EU")) == EU
    assert code(allow_only("EU"), VIRGINIA) == "not_allowed"


def test_the_economic_area_has_norway_beside_the_union() -> None:
    assert admitted(allow_only("EEA")) == EU | {"norwayeast"}


def test_of_a_list_of_places_any_will_do() -> None:
    assert admitted(allow_only("GB", "CA-QC")) == {"eu-west-2", "ca-central-1"}


def test_several_policies_that_allow_only_some_places_intersect() -> None:
    rules = policies(allow_only("EEA", name="law"), allow_only("NO", "US", name="contract"))
    assert admitted(rules) == {"norwayeast"}


def test_policies_that_contradict_each_other_leave_nothing_and_each_says_so() -> None:
    rules = policies(allow_only("EU", name="law"), allow_only("US", name="contract"))
    assert admitted(rules) == set()
    assert [reason.policy for reason in reasons(rules, OSLO)] == ["contract@1", "law@1"]
    assert [reason.policy for reason in reasons(rules, FRANKFURT)] == ["contract@1"]
    assert [rule.policy for rule in compiled(rules, web("pii")).rules("web")] == ["contract@1", "law@1"]


def test_what_is_denied_is_denied_though_another_policy_allows_it() -> None:
    rules = policies(allow_only("EU"), deny("DE", name="not-here"))
    assert admitted(rules) == {"u-france-east1"}
    assert code(rules, FRANKFURT) == "denied"


def test_a_denied_region_is_refused_only_where_all_dimensions_hold() -> None:
    rule = policy(Effect.DENY, {"place": ["EU"], "parent_country": ["US"]})
    assert refused(rule) == {"eu-central-1", "eusc-de-east-1"}


def test_an_allowed_region_needs_all_dimensions() -> None:
    rule = policy(Effect.ALLOW_ONLY, {"place": ["EU"], "operator_country": ["EU"]})
    assert admitted(rule) == {"eusc-de-east-1", "u-france-east1", "cellar"}
    assert [reason.dimension for reason in reasons(rule, FRANKFURT)] == ["operator_country"]
    assert [reason.dimension for reason in reasons(rule, VIRGINIA)] == ["operator_country", "place"]


def test_an_ordinary_region_in_europe_has_an_american_parent_and_so_has_the_sovereign_partition() -> None:
    rule = policy(Effect.DENY, {"parent_country": ["US"]})
    assert code(rule, FRANKFURT) == code(rule, SOVEREIGN) == "denied"
    assert code(rule, PARIS) == ""


def test_the_sovereign_partition_is_told_from_an_ordinary_region() -> None:
    assert admitted(allow_only("aws-eusc")) == {"eusc-de-east-1"}
    assert admitted(policy(Effect.ALLOW_ONLY, {"partition": ["aws-eusc"]})) == {"eusc-de-east-1"}
    european = policy(Effect.REQUIRE, {"operator_country": ["EEA"]})
    assert code(european, SOVEREIGN) == ""
    assert code(european, FRANKFURT) == "missing"


def test_quebec_is_not_all_of_canada() -> None:
    assert admitted(allow_only("CA-QC"), web("pii-qc")) == {"ca-central-1"}
    assert code(allow_only("CA-QC"), CANADA) == "unknown"
    assert code(allow_only("CA-QC"), FRANKFURT) == "not_allowed"


def test_a_region_that_may_be_the_denied_one_is_refused_as_unknown() -> None:
    rule = deny("CA-QC")
    assert refused(rule) == {"ca-central-1", "canadasomewhere"}
    assert (code(rule, MONTREAL), code(rule, CANADA)) == ("denied", "unknown")


def test_a_parent_that_is_not_recorded_is_refused_as_unknown_by_all_effects() -> None:
    for effect in (Effect.ALLOW_ONLY, Effect.DENY, Effect.REQUIRE):
        assert code(policy(effect, {"parent_country": ["US"]}), BEIJING) == "unknown"


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        ((), "unknown"),
        ((Attestation("soc-2", date(2020, 1, 1)),), "unknown"),
        ((Attestation("iso-27001", date(2020, 1, 1)),), ""),
        ((Attestation("iso-27001", date(2020, 1, 1), TODAY),), ""),
        ((Attestation("iso-27001", date(2020, 1, 1), date(2026, 11, 24)),), "missing"),
        ((Attestation("iso-27001", date(2026, 11, 26)),), "missing"),
    ],
)
def test_an_attestation_is_valid_missing_or_was_never_recorded(held: tuple[Attestation, ...], expected: str) -> None:
    rule = policy(Effect.REQUIRE, {"attestation": ["iso-27001"]})
    assert code(rule, replace(FRANKFURT, attestations=held)) == expected


def test_of_attestations_all_are_required() -> None:
    rule = policy(Effect.REQUIRE, {"attestation": ["iso-27001", "c5"]})
    both = (Attestation("iso-27001", date(2020, 1, 1)), Attestation("c5", date(2020, 1, 1)))
    assert code(rule, replace(FRANKFURT, attestations=both)) == ""
    assert code(rule, replace(FRANKFURT, attestations=both[:1])) == "unknown"


def test_a_region_that_joins_a_group_later_is_admitted_from_then_on() -> None:
    """A group of one's own admits Norway's regions from 2027, and all that match a pattern."""
    group = (("ours", (GroupMember("DE"), GroupMember("NO", date(2027, 1, 1)), GroupMember("gcp:us-*"))),)
    rules = policies(allow_only("ours"), groups=group)
    now = {"eu-central-1", "eusc-de-east-1", "cellar", "us-central1"}
    assert admitted(rules, as_of=date(2026, 12, 31)) == now
    assert admitted(rules, as_of=date(2027, 1, 1)) == now | {"norwayeast"}


def test_the_union_is_the_one_of_the_day() -> None:
    assert "eu-west-2" in admitted(allow_only("EU"), as_of=date(2020, 1, 31))
    assert "eu-west-2" not in admitted(allow_only("EU"), as_of=date(2020, 2, 1))


@pytest.mark.parametrize(
    ("day", "in_force"),
    [
        (date(2026, 10, 31), False),
        (date(2026, 11, 1), True),
        (date(2026, 11, 30), True),
        (date(2026, 12, 1), False),
    ],
)
def test_a_policy_holds_from_its_first_day_to_its_last(day: date, in_force: bool) -> None:
    rule = allow_only("EU", valid_from=date(2026, 11, 1), valid_to=date(2026, 11, 30))
    assert ("us-east-1" not in admitted(rule, as_of=day)) is in_force


@pytest.mark.parametrize(("day", "waived"), [(date(2027, 1, 31), True), (date(2027, 2, 1), False)])
def test_a_waiver_holds_until_the_day_on_which_it_expires(day: date, waived: bool) -> None:
    rules = policies(allow_only("EU"), waivers=(Waiver("rule", "web", "dpo", "LEG-9", date(2027, 1, 31)),))
    assert ("us-east-1" in admitted(rules, as_of=day)) is waived


def test_a_waiver_frees_one_workload_from_one_policy() -> None:
    waivers = (Waiver("law", "web", "dpo", "LEG-9", date(2027, 1, 31)),)
    rules = policies(allow_only("EU", name="law"), deny("FR", name="other"), waivers=waivers)
    assert "us-east-1" in admitted(rules)
    assert "u-france-east1" not in admitted(rules)
    assert admitted(rules, orders("pii")) == EU - {"u-france-east1"}


def test_a_copy_is_required_in_russia_and_others_may_lie_elsewhere() -> None:
    rule = policy(Effect.REQUIRE_COPY_IN, {"place": ["RU"]}, name="ru-primary", legal_ref="242-FZ")
    answer = compiled(rule, orders("pii", copies=2))
    assert answer.mask("orders").all()
    assert answer.rules("orders") == []
    (wanted,) = answer.copies("orders")
    assert [region.name for region, inside in zip(REGIONS, wanted.mask, strict=True) if inside] == ["moscow"]
    assert wanted.words == "ru-primary@1 requires a copy of everything in RU (242-FZ)"
    assert (wanted.policy, wanted.name) == ("ru-primary@1", "ru-primary")
    assert answer.applied == ("ru-primary@1",)


def test_a_region_that_may_be_in_quebec_does_not_count_as_one_for_a_copy() -> None:
    rule = policy(Effect.REQUIRE_COPY_IN, {"place": ["CA-QC"]})
    (wanted,) = compiled(rule, orders("pii"), [MONTREAL, CANADA]).copies("orders")
    assert wanted.mask.tolist() == [True, False]


def test_copies_are_asked_of_datasets_that_the_policy_is_about() -> None:
    rule = policy(Effect.REQUIRE_COPY_IN, {"place": ["RU"]}, when=Selector(classification=("pii",)))
    assert compiled(rule, web("pii")).copies("web") == []
    assert compiled(rule, web("pii")).applied == ()
    assert compiled(rule, orders("logs")).copies("orders") == []


def test_a_preference_is_a_penalty_and_refuses_nothing() -> None:
    rule = policy(Effect.PREFER, {"place": ["EU", "CA-QC"]}, penalty_usd_per_month=25.0)
    answer = compiled(rule, web("pii"), [FRANKFURT, VIRGINIA, CANADA])
    assert answer.mask("web").all()
    usd = answer.penalty_usd("web")
    assert usd is not None
    assert usd.tolist() == [0.0, 25.0, 25.0]


def test_preferences_add_up() -> None:
    rules = policies(
        policy(Effect.PREFER, {"place": ["EU"]}, name="a", penalty_usd_per_month=25.0),
        policy(Effect.PREFER, {"provider": ["gcp"]}, name="b", penalty_usd_per_month=1.5),
    )
    usd = compiled(rules, web("pii"), [FRANKFURT, VIRGINIA, PARIS]).penalty_usd("web")
    assert usd is not None
    assert usd.tolist() == [1.5, 26.5, 0.0]
    assert compiled(allow_only("EU"), web("pii")).penalty_usd("web") is None


@pytest.mark.parametrize(
    ("named", "state_gb", "refuses"),
    [
        ((), 0.0, True),
        ((Activity.COMPUTE,), 0.0, True),
        ((Activity.STORE,), 0.0, False),
        ((Activity.STORE,), 1.0, True),
        ((Activity.BACKUP, Activity.REPLICATE, Activity.DELIVER, Activity.TRANSIT), 1.0, False),
        ((Activity.SUPPORT,), 0.0, True),
    ],
)
def test_a_policy_judges_only_the_activities_that_it_names(
    named: tuple[Activity, ...], state_gb: float, refuses: bool
) -> None:
    rule = allow_only("EU", activities=named)
    assert (code(rule, VIRGINIA, web("pii", state_gb=state_gb)) == "not_allowed") is refuses


def test_a_dataset_replicates_only_where_it_has_several_copies() -> None:
    rule = allow_only("EU", activities=(Activity.REPLICATE,))
    assert refused(rule, orders("pii", copies=1)) == set()
    assert admitted(rule, orders("pii", copies=2)) == EU


def test_reasons_come_from_the_worst_to_the_unknown() -> None:
    rules = policies(
        policy(Effect.REQUIRE, {"attestation": ["c5"]}, name="a"),
        policy(Effect.REQUIRE_TRANSFER_BASIS, name="b", accept=("adequacy",)),
        policy(Effect.REQUIRE, {"provider": ["gcp"]}, name="c"),
        allow_only("EU", name="e"),
        allow_only("GB", name="d"),
        deny("US", name="f"),
    )
    found = reasons(rules, VIRGINIA)
    assert [(reason.code, reason.policy) for reason in found] == [
        ("denied", "f@1"),
        ("not_allowed", "d@1"),
        ("not_allowed", "e@1"),
        ("missing", "c@1"),
        ("no_transfer_basis", "b@1"),
        ("unknown", "a@1"),
    ]


def test_only_what_is_in_force_for_something_is_applied() -> None:
    rules = policies(
        allow_only("EU", name="b", version=2),
        allow_only("EU", name="a", when=Selector(classification=("pii",))),
        allow_only("EU", name="c", when=Selector(classification=("cards",))),
        allow_only("EU", name="d", valid_from=date(2027, 1, 1)),
        allow_only("EU", name="e", activities=(Activity.DELIVER,)),
        allow_only("EU", name="f"),
        waivers=(Waiver("f", "web", "dpo", "LEG-9", date(2027, 1, 31)),),
    )
    assert compiled(rules, web("pii")).applied == ("a@1", "b@2")


def test_whatever_has_no_such_name_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        compiled(allow_only("EU"), web("pii")).mask("wbe")


def test_the_subjects_are_the_workloads_then_the_datasets() -> None:
    both = replace(web("pii"), datasets=(dataset("orders", "pii"), dataset("logs")))
    assert compiled(allow_only("EU"), both).subjects == ("web", "orders", "logs")


def test_where_a_backup_may_be_kept_is_told_though_nothing_does_backups() -> None:
    rule = allow_only("EU", activities=(Activity.BACKUP,))
    answer = compiled(rule, orders("pii"), [FRANKFURT, IOWA])
    backup = answer.activities.index(Activity.BACKUP)
    assert answer.mask("orders").tolist() == [True, True]
    assert answer.allowed[0, :, backup].tolist() == [True, False]
    assert answer.allowed[0, :, answer.activities.index(Activity.STORE)].all()


def test_a_region_of_a_sheet_that_knows_better_is_believed() -> None:
    rule = policy(Effect.DENY, {"parent_country": ["US"]})
    assert code(rule, replace(MOSCOW, parent_country="RU")) == ""
    assert code(rule, replace(FRANKFURT, parent_country="DE")) == ""
    assert code(rule, LONDON) == "denied"
