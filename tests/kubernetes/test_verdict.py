"""Refusals are told in words that a person can act on, and nothing that is not known is taken for granted."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from placement.domain.offering import CapacityType
from placement.kubernetes.nodes import NodeKind
from placement.kubernetes.shape import VolumeFacts
from tests.builders import DUBLIN, FRANKFURT, IOWA, TOKYO, VIRGINIA, catalog, offering, tariff
from tests.kubernetes.judging import GDPR, ONLY_EEA, node, shape, verdict

MARKET = catalog([offering(FRANKFURT, 0.10), offering(DUBLIN, 0.12), offering(VIRGINIA, 0.08), offering(IOWA, 0.06)])
FRA, DUB, VIR, IOW = (node(r.id) for r in (FRANKFURT, DUBLIN, VIRGINIA, IOWA))
ALL = (FRA, DUB, VIR, IOW)
LOST = NodeKind(None, None, instance_type="m.large", doubt="it has no label topology.kubernetes.io/region")
PREFERS = """
policies:
- {name: home, version: 1, when: {}, prefer: {place: [DE], penalty_usd_per_month: 50}}
"""


def test_classified_pods_may_only_be_where_the_policies_admit_them() -> None:
    found = verdict(shape(classes=["pii-eu"]), ALL, MARKET, GDPR)
    assert found.refusals == ("", "", ONLY_EEA, ONLY_EEA)
    assert verdict(shape(), ALL, MARKET, GDPR).refusals == ("",) * 4


def test_costs_are_those_of_the_part_that_the_pod_takes_up() -> None:
    found = verdict(shape(vcpus=1, memory_gib=4), ALL, MARKET)
    assert found.usd.tolist() == pytest.approx([price * 730 / 4 for price in (0.10, 0.12, 0.08, 0.06)])


def test_data_draw_a_pod_to_where_they_lie() -> None:
    data = VolumeFacts("data", 1000, (FRANKFURT.id,))
    assert int(np.argmin(verdict(shape(), ALL, MARKET).usd)) == ALL.index(IOW)
    assert int(np.argmin(verdict(shape(data), ALL, MARKET).usd)) == ALL.index(FRA)


def test_a_volume_made_where_the_pod_goes_costs_what_storage_costs_there() -> None:
    market = catalog([offering(FRANKFURT, 0.1), offering(IOWA, 0.1)], storage={FRANKFURT.id: 0.10, IOWA.id: 0.02})
    plain, with_data = (
        verdict(shape(*some), (FRA, IOW), market).usd for some in ((), (VolumeFacts("data", 500, follows=True),))
    )
    assert (with_data - plain).tolist() == pytest.approx([50.0, 10.0])


def test_what_policies_prefer_costs_elsewhere() -> None:
    plain, preferring = (verdict(shape(), ALL, MARKET, policies).usd for policies in (None, PREFERS))
    assert (preferring - plain).tolist() == pytest.approx([0, 50, 50, 50])


def test_a_volume_makes_its_pod_what_it_is_and_the_refusal_says_so() -> None:
    data = VolumeFacts("data", 10, (FRANKFURT.id,), classification=("pii-eu",))
    found = verdict(shape(data), ALL, MARKET, GDPR)
    assert found.refusals == ("", "", *[f"{ONLY_EEA}; pii-eu comes from data"] * 2)


def test_a_pod_must_not_write_where_its_data_may_not_be() -> None:
    abroad = VolumeFacts("data", 10, (VIRGINIA.id,))
    found = verdict(shape(abroad, classes=["pii-eu"]), ALL, MARKET, GDPR)
    assert found.refusals[:2] == (f"data lies in aws:us-east-1, but {ONLY_EEA}",) * 2
    reading = verdict(shape(replace(abroad, read_only=True), classes=["pii-eu"]), ALL, MARKET, GDPR)
    assert reading.refusals[:2] == ("", "")


def test_a_volume_is_not_made_where_it_may_not_be() -> None:
    fresh = VolumeFacts("data", 10, follows=True, classification=("pii-eu",))
    assert [bool(words) for words in verdict(shape(fresh), ALL, MARKET, GDPR).refusals] == [False, False, True, True]


def test_a_node_of_unknown_region_is_for_pods_that_may_be_anywhere() -> None:
    found = verdict(shape(classes=["pii-eu"]), (FRA, LOST), MARKET, GDPR)
    assert found.refusals[1] == f"nobody knows where the node is ({LOST.doubt}), but {ONLY_EEA}"
    assert found.of_strangers == f"the node is not known yet, but {ONLY_EEA}"
    free = verdict(shape(), (FRA, LOST), MARKET, GDPR)
    assert (free.refusals, free.of_strangers) == (("", ""), "")
    placed = verdict(shape(places="EU"), (FRA, LOST), MARKET)
    assert placed.refusals == ("", f"nobody knows where the node is ({LOST.doubt}), but places: only in EU")


def test_a_policy_that_refuses_none_of_the_regions_still_refuses_an_unknown_one() -> None:
    everywhere = GDPR.replace("place: [EEA]", "place: [EEA, US]")
    found = verdict(shape(classes=["pii-eu"]), (FRA, VIR, LOST), MARKET, everywhere)
    assert [bool(words) for words in found.refusals] == [False, False, True]


def test_data_of_which_nobody_knows_where_they_lie_keep_a_restricted_pod_away() -> None:
    lost = VolumeFacts("nfs", 10)
    found = verdict(shape(lost, classes=["pii-eu"]), ALL, MARKET, GDPR)
    words = f"nobody knows where the data of nfs lie (annotate its claim with placement.dev/at), but {ONLY_EEA}"
    assert (set(found.refusals), found.of_strangers) == ({words}, words)
    assert set(verdict(shape(lost), ALL, MARKET, GDPR).refusals) == {""}


def test_prices_that_are_not_known_are_no_reason_to_refuse() -> None:
    found = verdict(shape(), (FRA, node(FRANKFURT.id, "unheard.of"), LOST), MARKET, GDPR)
    assert found.refusals == ("", "", "")
    assert np.isfinite(found.usd).tolist() == [True, False, False]


def test_a_flow_that_no_tariff_prices_makes_the_cost_unknown_and_refuses_nothing() -> None:
    market = catalog([offering(FRANKFURT), offering(IOWA)], [tariff("aws", "*", "internet", (0, 0.09))])
    found = verdict(shape(flows="[{to: internet, gb_per_month: 5}]"), (FRA, IOW), market)
    assert (found.refusals, np.isfinite(found.usd).tolist()) == (("", ""), [True, False])


def test_round_trips_that_take_too_long_are_refused() -> None:
    flows = f"[{{from: '{FRANKFURT.id}', gb_per_month: 5, max_rtt_ms: 40}}]"
    found = verdict(shape(flows=flows), (FRA, DUB, VIR), MARKET)
    assert [bool(words) for words in found.refusals] == [False, False, True]
    assert "max_rtt_ms is 40" in found.refusals[2]


def test_capacity_types_bind_only_pods_that_name_them() -> None:
    spot = node(FRANKFURT.id, capacity=CapacityType.SPOT)
    market = catalog([offering(FRANKFURT, 0.1), offering(FRANKFURT, 0.03, CapacityType.SPOT)])
    assert verdict(shape(), (FRA, spot), market).refusals == ("", "")
    assert verdict(shape(capacity_types="on_demand"), (FRA, spot), market).refusals == (
        "",
        "capacity_types: only on_demand",
    )


def test_a_job_is_not_put_where_it_is_never_expected_to_end() -> None:
    market = catalog([offering(FRANKFURT, 0.1), offering(FRANKFURT, 0.03, CapacityType.SPOT, hazard_per_hour=20.0)])
    spot = node(FRANKFURT.id, capacity=CapacityType.SPOT)
    found = verdict(shape(job="{hours: 100}"), (FRA, spot), market)
    assert found.refusals == ("", "deadline: a run of 100 h is expected to end")


@pytest.mark.parametrize(
    ("annotations", "words"),
    [
        ({"places": "EWR"}, "placement.dev/places: allow[0]: 'EWR' is no place"),
        ({"failover": "aws:eu-central-9"}, "placement.dev/failover: [0]: there is no region 'aws:eu-central-9'; did"),
        ({"flows": "[{to: 'aws:eu-central-9', gb_per_month: 1}]"}, "there is no region 'aws:eu-central-9'; did you"),
        ({"classes": ["pii-eux"]}, "no stored policies define the class 'pii-eux' of shop/web; did you mean 'pii-eu'?"),
    ],
)
def test_what_cannot_be_judged_is_refused_everywhere(annotations: dict[str, Any], words: str) -> None:
    found = verdict(shape(**annotations), ALL, MARKET, GDPR)
    assert len({*found.refusals, found.of_strangers}) == 1
    assert found.of_strangers.startswith(words)


def test_without_policies_no_class_is_judged() -> None:
    found = verdict(shape(classes=["pii-eu"]), ALL, MARKET)
    assert set(found.refusals) == {"no stored policies define the class 'pii-eu' of shop/web"}


def test_guardrails_speak_of_pods() -> None:
    guarded = """
guardrails:
- {name: no-host, version: 1, when: {}, expression: "!has(pod.spec.hostNetwork)", message: "no host network"}
"""
    fine, bad = (
        verdict(shape(document=document), (FRA, LOST), MARKET, guarded)
        for document in (b'{"spec": {}}', b'{"spec": {"hostNetwork": true}}')
    )
    assert fine.refusals == ("", "")
    assert bad.refusals[0] == "no-host@1 asks of everything: no host network"
    assert "no host network" in bad.refusals[1]


def test_standby_regions_must_be_lawful_too() -> None:
    found = verdict(shape(classes=["pii-eu"], failover="aws:us-east-1"), (FRA, DUB), MARKET, GDPR)
    assert set(found.refusals) == {f"shop/web: fails over to aws:us-east-1, but {ONLY_EEA}"}


def test_a_policy_may_want_a_copy_where_the_volume_is_not() -> None:
    copy = """
policies:
- {name: ru, version: 1, when: {workloads: [data]}, require_copy_in: {place: [JP]}}
"""
    market = catalog([offering(FRANKFURT), offering(TOKYO)])
    found = verdict(shape(VolumeFacts("data", 10, follows=True)), (FRA, node(TOKYO.id)), market, copy)
    assert [bool(words) for words in found.refusals] == [True, False]
