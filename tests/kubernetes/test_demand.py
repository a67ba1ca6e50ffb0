"""Annotations are pieces of a fleet file; whatever is wrong with them is told by their name."""

from typing import Any

import pytest

from placement.domain.fleet import INTERNET, Flow, Globs, Job, Service
from placement.domain.offering import CAPACITY_TYPES, CapacityType
from placement.kubernetes.demand import demand_of
from placement.kubernetes.shape import BadPod, VolumeFacts
from tests.kubernetes.judging import shape

POD = "shop/web"


def test_a_pod_that_says_nothing_may_use_any_capacity() -> None:
    fleet = demand_of(shape(vcpus=0.5, memory_gib=2, labels={"team": "a"}, classes=["pii-eu"])).fleet
    (workload,) = fleet.workloads
    assert (workload.name, workload.replicas, workload.labels) == (POD, 1, (("team", "a"),))
    assert (workload.resources.vcpus, workload.resources.memory_gib) == (0.5, 2.0)
    assert workload.capacity.types == CAPACITY_TYPES
    assert workload.classification == ("pii-eu",)
    assert (fleet.datasets, fleet.flows) == ((), ())


@pytest.mark.parametrize(
    ("text", "globs"),
    [
        ("aws, EU", Globs(allow=("aws", "EU"))),
        ("[aws, EU]", Globs(allow=("aws", "EU"))),
        ("EU", Globs(allow=("EU",))),
        ("{allow: [EU], deny: ['aws:*']}", Globs(allow=("EU",), deny=("aws:*",))),
        ('{"deny": ["US"]}', Globs(deny=("US",))),
    ],
)
def test_places_are_a_list_or_what_a_fleet_file_has(text: str, globs: Globs) -> None:
    assert demand_of(shape(places=text)).fleet.workloads[0].places == globs


def test_all_annotations_mean_what_they_mean_in_a_fleet_file() -> None:
    (workload,) = demand_of(
        shape(
            capacity_types="spot, on_demand",
            instance_types="m*, c*",
            service="{restart_minutes: 9, interruption_usd: 2}",
            hours_per_month="200",
            state_gb="40",
            failover="aws:eu-west-1",
        )
    ).fleet.workloads
    assert workload.capacity.types == (CapacityType.SPOT, CapacityType.ON_DEMAND)
    assert workload.instance_types == Globs(allow=("m*", "c*"))
    assert workload.run == Service(9.0, 2.0)
    assert (workload.hours_per_month, workload.state_gb) == (200.0, 40.0)
    assert workload.failover == ("aws:eu-west-1",)
    assert demand_of(shape(job="{hours: 8, runs_per_month: 20}")).fleet.workloads[0].run == Job(8.0, 20.0)


def test_an_end_of_a_flow_that_is_left_out_is_the_pod() -> None:
    fleet = demand_of(
        shape(
            datasets="[{name: orders, size_gb: 800, at: ['aws:eu-central-1'], classification: [pii-eu]}]",
            flows="[{from: orders, gb_per_month: 100}, {to: internet, gb_per_month: 5}]",
        )
    ).fleet
    assert fleet.flows == (Flow("orders", POD, 100.0), Flow(POD, INTERNET, 5.0))
    assert fleet.datasets[0].classification == ("pii-eu",)


def test_a_flow_may_lead_to_a_region() -> None:
    fleet = demand_of(
        shape(flows="[{to: 'aws:eu-west-1', gb_per_month: 5}, {from: 'aws:eu-west-1', gb_per_month: 6}]")
    ).fleet
    (there,) = fleet.datasets
    assert (there.name, there.size_gb, there.at) == ("aws:eu-west-1", 0.0, ("aws:eu-west-1",))
    assert fleet.flows == (Flow(POD, "aws:eu-west-1", 5.0), Flow("aws:eu-west-1", POD, 6.0))


def test_volumes_are_read_once_a_month_and_written_into_unless_somebody_knows_better() -> None:
    here = ("aws:eu-central-1",)
    volumes = (
        VolumeFacts("data", 100.0, here),
        VolumeFacts("logs", 10.0, follows=True, gb_per_month=3.0),
        VolumeFacts("models", 50.0, here, read_only=True),
        VolumeFacts("cache", 20.0, here),
    )
    fleet = demand_of(shape(*volumes, flows="[{from: cache, gb_per_month: 7}]")).fleet
    assert set(fleet.flows) == {
        Flow("data", POD, 100.0),
        Flow(POD, "data", 0.0),
        Flow("logs", POD, 3.0),
        Flow(POD, "logs", 0.0),
        Flow("models", POD, 50.0),
        Flow("cache", POD, 7.0),
        Flow(POD, "cache", 0.0),
    }
    assert [(each.name, each.movable, each.at) for each in fleet.datasets] == [
        ("data", False, here),
        ("logs", True, ()),
        ("models", False, here),
        ("cache", False, here),
    ]


def test_a_volume_that_nobody_can_place_still_makes_its_pod_what_it_is() -> None:
    fleet = demand_of(shape(VolumeFacts("nfs", 5.0, classification=("pii-eu",)), classes=["logs"])).fleet
    assert fleet.datasets == ()
    assert fleet.workloads[0].classification == ("logs", "pii-eu")


@pytest.mark.parametrize(
    ("annotations", "words"),
    [
        ({"places": "{alow: [EU]}"}, "placement.dev/places: alow: unknown key, allowed are allow, deny"),
        ({"places": "[EU"}, "placement.dev/places:1:4: this is not YAML"),
        ({"places": ""}, None),
        ({"capacity_types": "spott"}, "placement.dev/capacity-types: [0]: must be on_demand, spot or reserved"),
        ({"capacity_types": ""}, "placement.dev/capacity-types: needs 1 at least, but has 0"),
        ({"hours_per_month": "900"}, "placement.dev/hours-per-month: must be a number above 0 and at most 744"),
        ({"hours_per_month": "much"}, "placement.dev/hours-per-month: must be a number"),
        ({"job": "{hours: 8}", "service": "{}"}, "placement.dev/job: a workload is a service or a job"),
        ({"flows": "{from: x}"}, "placement.dev/flows: must be a list"),
        ({"flows": "[{from: x, gb_per_month: 1}]"}, "placement.dev/flows: [0].from: there is no workload or dataset"),
        ({"flows": "[{from: x}]"}, "placement.dev/flows: [0].gb_per_month: is missing"),
        ({"flows": "[{from: 'shop/web', gb_per_month: 1}]"}, "placement.dev/flows: [0].to: a flow must lead elsewhere"),
        (
            {"datasets": "[{name: a, size_gb: 1, movable: true}]"},
            "placement.dev/datasets: [0].movable: data do not move with a pod; say where they lie in `at`",
        ),
        (
            {"flows": str([{"to": "internet", "gb_per_month": 1}] * 33)},
            "the pod has 33 datasets and flows, 32 at most are judged",
        ),
        ({"failover": "frankfurt"}, "placement.dev/failover: [0]: 'frankfurt' is no region"),
        ({"service": "\n- 1\n- 2"}, "placement.dev/service: must be a mapping"),
    ],
)
def test_what_is_wrong_is_told_by_the_name_of_the_annotation(annotations: dict[str, Any], words: str | None) -> None:
    if words is None:
        demand_of(shape(**annotations))
        return
    with pytest.raises(BadPod) as refused:
        demand_of(shape(**annotations))
    assert words in str(refused.value)
