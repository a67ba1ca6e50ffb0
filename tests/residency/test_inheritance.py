"""Data keep their classes wherever they flow."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from time import process_time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from placement.domain.fleet import INTERNET, Declassification, Fleet, Flow
from placement.domain.policy import Activity, Selector
from placement.residency.inheritance import inherit
from tests.builders import fleet, workload
from tests.residency.judging import FRANKFURT, VIRGINIA, admitted, allow_only, code, compiled, dataset, reasons


def chain(*names: str, **flow: object) -> tuple[Flow, ...]:
    return tuple(Flow(src, dst, 1.0, **flow) for src, dst in pairwise(names))  # type: ignore[arg-type]


def stop(*classes: str) -> Declassification:
    return Declassification("k-anonymity", "DPIA-17", classes)


def shop(*flows: Flow, orders: Sequence[str] = ("pii",), **classes: Sequence[str]) -> Fleet:
    """Workloads etl, ads and web beside the dataset orders."""
    workloads = [workload(name, classification=tuple(classes.get(name, ()))) for name in ("etl", "ads", "web")]
    return fleet(*workloads, datasets=[dataset("orders", *orders)], flows=flows)


def test_a_class_comes_along_the_flows_by_the_way_that_is_kept() -> None:
    inherited = inherit(shop(*chain("orders", "etl", "ads")))
    assert inherited.classes["ads"] == {"pii"}
    assert inherited.path("ads", "pii") == ("pii", "orders", "etl", "ads")
    assert inherited.path("orders", "pii") == ()
    assert inherited.classes["web"] == frozenset()


def test_the_reason_tells_the_way_and_where_to_stop_it() -> None:
    demand = shop(*chain("orders", "etl", "ads"))
    (reason,) = reasons(allow_only("EEA", name="gdpr", version=3, legal_ref="GDPR Art. 44"), VIRGINIA, demand, "ads")
    assert reason.via == ()
    selected = allow_only("EEA", name="gdpr", version=3, when=Selector(classification=("pii",)), legal_ref="Art. 44")
    (reason,) = reasons(selected, VIRGINIA, demand, "ads")
    assert reason.via == ("pii", "orders", "etl", "ads")
    assert str(reason) == (
        "gdpr@3: place is aws:us-east-1 (US-VA), only EEA is allowed (inherits pii from orders via etl), Art. 44"
    )
    assert reason.fixable_by == "a region in EEA; a waiver of gdpr; declassify the flow orders -> etl"


def test_a_shortest_way_is_kept_though_a_longer_one_is_written_first() -> None:
    inherited = inherit(shop(*chain("orders", "web", "etl", "ads"), *chain("orders", "ads")))
    assert inherited.path("ads", "pii") == ("pii", "orders", "ads")


def test_a_class_of_its_own_needs_no_way() -> None:
    demand = shop(*chain("orders", "etl"), etl=("pii",))
    rule = allow_only("EEA", when=Selector(classification=("pii",)))
    assert reasons(rule, VIRGINIA, demand, "etl")[0].via == ()


def test_of_several_conditions_the_way_of_the_one_that_came_is_told() -> None:
    demand = shop(*chain("orders", "web"), orders=("cards",), web=("pii",))
    rule = allow_only("EEA", when=Selector(categories=("pci",), subjects=("EU",)))
    assert reasons(rule, VIRGINIA, demand, "web")[0].via == ("cards", "orders", "web")


def test_classes_come_through_a_cycle_to_all_of_it() -> None:
    inherited = inherit(shop(*chain("orders", "etl", "ads", "web", "etl")))
    assert {name: inherited.classes[name] for name in ("etl", "ads", "web")} == dict.fromkeys(
        ("etl", "ads", "web"), frozenset({"pii"})
    )
    assert inherited.path("web", "pii") == ("pii", "orders", "etl", "ads", "web")


def test_a_cycle_that_nothing_enters_invents_no_classes() -> None:
    assert inherit(shop(*chain("etl", "ads", "etl"))).classes["ads"] == frozenset()


def test_what_is_declassified_on_a_flow_does_not_pass_it() -> None:
    demand = shop(*chain("orders", "etl"), *chain("etl", "ads", declassify=stop()))
    assert inherit(demand).classes["ads"] == frozenset()
    assert code(allow_only("EU", when=Selector(classification=("pii",))), VIRGINIA, demand, "ads") == ""
    assert code(allow_only("EU", when=Selector(classification=("pii",))), VIRGINIA, demand, "etl") == "not_allowed"


def test_only_the_classes_that_are_named_are_stopped() -> None:
    flows = chain("orders", "etl", declassify=stop("pii"))
    inherited = inherit(shop(*flows, orders=("pii", "cards")))
    assert inherited.classes["etl"] == {"cards"}
    assert inherited.of_flows == (frozenset({"cards"}),)


def test_what_is_stopped_on_one_way_may_come_by_another() -> None:
    flows = (*chain("orders", "ads", declassify=stop()), *chain("orders", "web", "ads"))
    assert inherit(shop(*flows)).path("ads", "pii") == ("pii", "orders", "web", "ads")


def test_the_internet_neither_brings_classes_nor_passes_them_on() -> None:
    flows = (Flow("etl", INTERNET, 1.0), Flow(INTERNET, "ads", 1.0))
    inherited = inherit(shop(*flows, etl=("pii",)))
    assert inherited.classes["ads"] == frozenset()
    assert inherited.of_flows == (frozenset({"pii"}), frozenset())


def test_a_dataset_inherits_from_what_writes_to_it() -> None:
    demand = shop(*chain("web", "orders"), orders=(), web=("cards",))
    assert inherit(demand).path("orders", "cards") == ("cards", "web", "orders")
    assert compiled(allow_only("EU"), demand).classes("orders") == {"cards": ("cards", "web", "orders")}


def test_data_in_transit_are_judged_at_both_ends_with_the_classes_of_the_flow() -> None:
    rule = allow_only("EU", when=Selector(classification=("pii",)), activities=(Activity.TRANSIT,))
    flows = chain("orders", "etl")
    assert code(rule, VIRGINIA, shop(*flows), "orders") == code(rule, VIRGINIA, shop(*flows), "etl") == "not_allowed"
    assert code(rule, VIRGINIA, shop(*flows), "web") == ""
    declassified = shop(*chain("orders", "etl", declassify=stop()), etl=("pii",))
    assert code(rule, VIRGINIA, declassified, "orders") == code(rule, VIRGINIA, declassified, "etl") == ""


def test_what_flows_in_from_the_internet_is_in_transit_without_classes() -> None:
    flow = Flow(INTERNET, "web", 1.0)
    about_all = allow_only("EU", activities=(Activity.TRANSIT,))
    about_pii = allow_only("EU", activities=(Activity.TRANSIT,), when=Selector(classification=("pii",)))
    assert code(about_all, VIRGINIA, shop(flow, web=("pii",)), "web") == "not_allowed"
    assert code(about_pii, VIRGINIA, shop(flow, web=("pii",)), "web") == ""


def test_delivery_to_people_is_judged_only_by_policies_that_name_it() -> None:
    demand = shop(Flow("web", INTERNET, 1.0), web=("pii",))
    pii = Selector(classification=("pii",))
    named = allow_only("EU", when=pii, activities=(Activity.DELIVER,))
    assert code(named, VIRGINIA, demand, "web") == "not_allowed"
    assert reasons(named, VIRGINIA, demand, "web")[0].activity == "deliver"
    assert code(named, VIRGINIA, shop(web=("pii",)), "web") == ""
    assert code(allow_only("EU", when=pii, activities=(Activity.TRANSIT,)), VIRGINIA, demand, "web") == ""
    anonymous = shop(Flow("web", INTERNET, 1.0, declassify=stop()), web=("pii",))
    assert code(named, VIRGINIA, anonymous, "web") == ""


def test_a_policy_that_names_no_activities_judges_all_but_delivery() -> None:
    allowed = compiled(allow_only("EU"), shop(Flow("web", INTERNET, 1.0)), [VIRGINIA]).allowed
    assert [activity for a, activity in enumerate(Activity) if allowed[0, 0, a]] == [Activity.DELIVER]


def test_a_waiver_of_one_end_leaves_the_other_bound() -> None:
    demand = shop(*chain("orders", "etl"))
    rule = allow_only("EU", when=Selector(classification=("pii",)))
    assert "us-east-1" not in admitted(rule, demand, "etl")
    assert code(rule, FRANKFURT, demand, "etl") == ""


def grown(nodes: int, flows: int) -> Fleet:
    """A long chain with many ways back, and classes along it."""
    names = [f"w{number}" for number in range(nodes)]
    workloads = [
        workload(name, classification=(f"c{number // 20}",) if number % 20 == 0 and number < 1000 else ())
        for number, name in enumerate(names)
    ]
    steps = [Flow(names[i], names[i + 1], 1.0) for i in range(nodes - 1)]
    back = [Flow(names[(i * 7919) % nodes], names[(i * 104729 + 1) % nodes], 1.0) for i in range(flows - nodes + 1)]
    return fleet(*workloads, flows=[*steps, *(flow for flow in back if flow.src != flow.dst)])


def test_thousands_of_flows_settle_in_a_moment() -> None:
    demand = grown(2_000, 10_000)
    began = process_time()
    inherited = inherit(demand)
    assert process_time() - began < 2
    assert len(inherited.classes["w1999"]) == 50
    long_chain = replace(demand, flows=demand.flows[:1999])
    began = process_time()
    assert len(inherit(long_chain).path("w1999", "c0")) == 1 + 2_000
    assert process_time() - began < 2


NAMES = ("a", "b", "c", "d", "e")
FLOWS = st.lists(
    st.builds(
        Flow,
        st.sampled_from((*NAMES, INTERNET)),
        st.sampled_from((*NAMES, INTERNET)),
        st.just(1.0),
        declassify=st.sampled_from([None, None, stop(), stop("x"), stop("x", "y")]),
    ).filter(lambda flow: flow.src != flow.dst),
    max_size=12,
)


@settings(suppress_health_check=list(HealthCheck))
@given(FLOWS, st.lists(st.sets(st.sampled_from("xyz"), max_size=2), min_size=5, max_size=5))
def test_the_classes_are_those_that_reach_a_node_and_the_way_is_a_shortest_one(
    flows: list[Flow], owned: list[set[str]]
) -> None:
    demand = fleet(*(workload(n, classification=tuple(own)) for n, own in zip(NAMES, owned, strict=True)), flows=flows)
    inherited = inherit(demand)
    for name in "xyz":
        steps = {n: 0 for n, own in zip(NAMES, owned, strict=True) if name in own}
        for step in range(1, 6):
            for flow in flows:
                passes = flow.declassify is None or (flow.declassify.classes and name not in flow.declassify.classes)
                if passes and INTERNET not in (flow.src, flow.dst) and steps.get(flow.src, 9) == step - 1:
                    steps.setdefault(flow.dst, step)
        for node in NAMES:
            assert (name in inherited.classes[node]) == (node in steps)
            if node in steps:
                way = inherited.path(node, name)
                assert len(way) == (steps[node] + 2 if steps[node] else 0)
                ends = {(flow.src, flow.dst) for flow in flows}
                assert all(pair in ends for pair in pairwise(way[1:]))


@pytest.mark.parametrize("name", ["orders", "etl"])
def test_the_ways_of_all_classes_are_told(name: str) -> None:
    ways = inherit(shop(*chain("orders", "etl"), orders=("pii", "cards"))).paths(name)
    assert list(ways) == ["cards", "pii"]
    assert len(ways) == 2
    assert "logs" not in ways
