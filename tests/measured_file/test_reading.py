"""What others tell of costs is read by their field names, and what cannot be read is said with its place."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from placement.domain.errors import BadInput
from placement.measured_file import measured_in
from placement.reports.measured import Measured

SINCE, UNTIL = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 10, 2, tzinfo=UTC)
HEADING = (
    "BillingCurrency,ChargeCategory,ChargePeriodStart,ChargePeriodEnd,EffectiveCost,ServiceCategory,ResourceName,Tags"
)
DAY = "2026-10-01T00:00:00Z,2026-10-02T00:00:00Z"


def allocation(**fields: Any) -> dict[str, Any]:
    properties = {"namespace": "shop", "controller": "web", "controllerKind": "deployment"}
    window = {"start": "2026-10-01T00:00:00Z", "end": "2026-10-02T00:00:00Z"}
    return {"name": "shop/web", "properties": properties, **window, "cpuCost": 1.5, "ramCost": 0.25} | fields


def file_of(folder: Path, *sets: dict[str, Any]) -> Path:
    file = folder / "allocation.json"
    file.write_text(json.dumps({"code": 200, "data": sets}), encoding="utf-8")
    return file


def focus_of(folder: Path, *lines: str, heading: str = HEADING) -> Path:
    file = folder / "focus.csv"
    file.write_text("\n".join((heading, *lines)), encoding="utf-8")
    return file


def test_opencost_tells_of_compute_storage_and_network(tmp_path: Path) -> None:
    told = allocation(gpuCostAdjustment=0.05, pvCost=0.1, networkCost=0.02)
    found = measured_in(file_of(tmp_path, {"shop/web": told}))
    assert {(each.term, each.amount) for each in found} == {
        ("compute", 1_800_000),
        ("storage", 100_000),
        ("egress", 20_000),
    }
    assert {(each.names, each.fleet, each.since, each.until) for each in found} == {
        (("shop/web", "web"), None, SINCE, UNTIL)
    }


def test_a_network_cost_of_nothing_means_that_nothing_was_measured(tmp_path: Path) -> None:
    assert [each.term for each in measured_in(file_of(tmp_path, {"shop/web": allocation(networkCost=0)}))] == [
        "compute"
    ]


def test_what_opencost_allocates_to_nobody_keeps_its_name(tmp_path: Path) -> None:
    found = measured_in(file_of(tmp_path, {"__idle__": allocation(properties={})}))
    assert [each.names for each in found] == [("__idle__",)]


def test_focus_rows_are_told_by_tag_or_by_the_name_of_the_resource(tmp_path: Path) -> None:
    tags = '"{""placement.dev/workload"": ""api"", ""placement.dev/fleet"": ""shop""}"'
    found = measured_in(
        focus_of(
            tmp_path,
            f"USD,Usage,{DAY},12.5,Compute,web,",
            f"USD,Usage,{DAY},0.000001,Networking,eni-1,{tags}",
            f"USD,Tax,{DAY},3,Compute,web,",
            f"USD,Usage,{DAY},4,Databases,web,",
        )
    )
    assert list(found) == [
        Measured(("web",), None, SINCE, UNTIL, "compute", 12_500_000, "FOCUS"),  # type: ignore[arg-type]
        Measured(("api", "eni-1"), "shop", SINCE, UNTIL, "egress", 1, "FOCUS"),  # type: ignore[arg-type]
    ]


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"cpuCost": "much"}, r"data\[0\].shop/web.cpuCost must be a number of USD, not 'much'"),
        ({"cpuCost": True}, "cpuCost must be a number"),
        ({"ramCost": 1e300}, "ramCost must be a number"),
        ({"start": None}, "start must be a time such as"),
        ({"end": "2026-10-02"}, "end must be a time such as"),
        ({"end": "2026-09-30T00:00:00Z"}, "shop/web: end is before start"),
        ({"properties": "shop"}, "properties must be an object, not 'shop'"),
        ({"properties": {"controller": 5}}, "properties.controller must be text, not 5"),
        ({"properties": {"controller": "web", "labels": ["a"]}}, r"labels must be an object, not \['a'\]"),
        (
            {"properties": {"controller": "web", "labels": {"placement.dev/fleet": {"a": 1}}}},
            "labels.placement.dev/fleet must be text",
        ),
        ({"properties": {"namespace": "shop"}}, "names no controller; ask OpenCost for aggregate=namespace,controller"),
    ],
)
def test_an_allocation_that_cannot_be_read_is_named(told: dict[str, Any], words: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=words):
        measured_in(file_of(tmp_path, {"shop/web": allocation(**told)}))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (f"EUR,Usage,{DAY},1,Compute,web,", "line 2: BillingCurrency is 'EUR'"),
        (f"USD,Usage,{DAY},nan,Compute,web,", "line 2: EffectiveCost must be a number of USD, not 'nan'"),
        (f"USD,Usage,{DAY},1/3,Compute,web,", "EffectiveCost must be a number"),
        (f"USD,Usage,{DAY},-inf,Compute,web,", "EffectiveCost must be a number"),
        (f"USD,Usage,{DAY},1e400,Compute,web,", "EffectiveCost must be a number"),
        ("USD,Usage,2026-10-02,2026-10-01,1,Compute,web,", "ChargePeriodEnd is before ChargePeriodStart"),
        (f"USD,Usage,{DAY},1,Compute,a\x1b[31m,", "the name 'a.x1b.31m' cannot be used"),
        (f"USD,Usage,{DAY},1,Compute,a\x00,", "without control characters"),
        ("USD,Usage", "line 2: its fields are not as many as the 8 columns"),
        (f"USD,Usage,{DAY},1,Compute,web,,", "line 2: its fields are not as many as the 8 columns"),
        (f"USD,Usage,{DAY},1,Compute,web,{'[' * 100_000}", "Tags must be a JSON object"),
        (f"USD,Usage,{DAY},1,Compute,web,{'9' * 5_000}", "Tags must be a JSON object"),
        (f"USD,Usage,{DAY},1,Compute,web,{'x' * 200_000}", "line 2: field larger than field limit"),
        ("USD,Usage,October,November,1,Compute,web,", "ChargePeriodStart must be a time such as"),
        (f"USD,Usage,{DAY},1,Compute,web,tags", "Tags must be a JSON object, not 'tags'"),
    ],
)
def test_a_row_that_cannot_be_read_is_named(line: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=words):
        measured_in(focus_of(tmp_path, line))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "neither an answer of OpenCost"),
        (b"{", "line 1, column 2"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"data": ' + b"9" * 5_000 + b"}", "data must be a list"),
        (b'{"data": 3}', "data must be a list"),
        (b'{"data": [3]}', "data must be a list"),
        (b'{"data": [{"shop/web": 3}]}', "must be an allocation"),
        (b"\xff\xfe", "not UTF-8"),
        (b"EffectiveCost,Tags\n1,\n", "no column BillingCurrency, ChargePeriodStart"),
    ],
)
def test_what_is_no_such_file_is_refused(content: bytes, words: str, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(content)
    with pytest.raises(BadInput, match=words):
        measured_in(file)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="No such file"):
        measured_in(tmp_path / "none.json")
