"""What holds of every month, whatever was decided in it and however prices moved."""

import shutil
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from placement.domain.money import MicroUsd, NanoUsd, amount_from_usd
from placement.reports.bridge import by_term, total
from placement.reports.charge import divided, stepped
from placement.reports.price_line import PriceLine
from placement.store.repository import Store
from tests.reports.months import VIRGINIA, at, decided, fleet, report, swept, workload
from tests.store.market import DUBLIN, FRANKFURT, SMALL, SPOT, price

USD = st.integers(1, 10_000).map(lambda number: number / 10_000)
DAYS = st.integers(1, 31)
POLICIES = """\
classes: {pii: {sensitivity: restricted}}
policies:
- {name: eu, version: 1, when: {classification: [pii]}, allow_only: {place: [EU]}}
- {name: de, version: 2, when: {classification: [pii]}, allow_only: {place: [DE]}}
"""


@st.composite
def fleets(draw: st.DrawFn) -> dict[str, Any]:
    count = draw(st.integers(1, 3))
    capacity = st.sampled_from([{"types": ["on_demand"]}, {"types": ["on_demand", "spot"]}])
    workloads = [
        workload(
            f"w{n}",
            replicas=draw(st.integers(1, 7)),
            capacity=draw(capacity),
            classification=draw(st.sampled_from([[], ["pii"]])),
            **draw(st.sampled_from([{}, {"job": {"hours": 7, "runs_per_month": 11, "restart_minutes": 3}}])),
        )
        for n in range(count)
    ]
    gb = st.integers(0, 30_000)
    flows = [{"from": f"w{n}", "to": "internet", "gb_per_month": draw(gb)} for n in range(count) if draw(st.booleans())]
    datasets = [{"name": "d", "size_gb": draw(gb), "at": [f"aws:{FRANKFURT.name}"]}]
    if draw(st.booleans()):
        flows.append({"from": "d", "to": "w0", "gb_per_month": draw(gb)})
    return fleet(*workloads, flows=flows, datasets=datasets)


@st.composite
def prices(draw: st.DrawFn) -> list[Any]:
    everywhere = [price(draw(USD), region=region) for region in (FRANKFURT, DUBLIN, VIRGINIA)]
    return [*everywhere, price(draw(USD), SPOT), price(draw(USD), SPOT, region=DUBLIN), price(draw(USD), kind=SMALL)]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    first=prices(),
    changes=st.lists(st.tuples(DAYS, st.integers(0, 23), prices()), max_size=3),
    decisions=st.lists(st.tuples(DAYS, fleets()), min_size=1, max_size=3),
    until=st.integers(2, 31),
)
def test_sums_of_a_month_agree(upgraded_file: Path, first: Any, changes: Any, decisions: Any, until: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(f"sqlite:///{shutil.copy(upgraded_file, folder)}")
        swept(store, at(1, month=9), *first)
        moments = {at(day, hour): ("prices", listed) for day, hour, listed in changes}
        moments |= {at(day, 0.5): ("fleet", document) for day, document in decisions}
        for moment, (kind, what) in sorted(moments.items(), key=lambda pair: pair[0]):
            if kind == "prices":
                swept(store, moment, *what)
            else:
                decided(store, moment, what, POLICIES)
        made = report(store, at(until))
        store.close()
    for each in made.fleets:
        rows = [row for row in made.comparisons if row.fleet == each.name]
        assert sum(row.actual for row in rows) == total(made.charges) == each.bridge.actual
        assert sum(row.home for row in rows) == each.bridge.home
        steps = (each.bridge.volume, each.bridge.price, each.bridge.mix, each.bridge.egress, each.bridge.moves)
        assert each.bridge.frozen + sum(steps) == each.bridge.actual
        assert sum(row.unrestricted for row in rows) <= sum(row.best for row in rows) <= total(made.charges)
        assert all(cost.amount >= 0 for cost in each.policies)
        days = [charge.since.date() for charge in made.charges]
        assert all(charge.since < charge.until for charge in made.charges)
        assert {row.day for row in rows} >= set(days)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(listed=prices(), document=fleets())
def test_a_quiet_month_of_730_hours_costs_what_the_decision_said(
    upgraded_file: Path, listed: Any, document: Any
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(f"sqlite:///{shutil.copy(upgraded_file, folder)}")
        swept(store, at(1, month=9), *listed)
        answer = decided(store, at(20, month=9), document, POLICIES)
        made = report(store, at(31, 10))
        store.close()
    said = {term: amount_from_usd(usd) for term, usd in answer["cost_usd_per_month"].items()}
    owed = {**dict.fromkeys(said, 0), **by_term(made.charges), "total": total(made.charges)}
    # Interruptions are multiplied in another order, in floating point.
    assert abs(owed.pop("interruption") - said.pop("interruption")) <= 1
    assert abs(owed.pop("total") - said.pop("total")) <= 1
    assert owed == said


@given(amount=st.integers(-(10**12), 10**12), weights=st.lists(st.integers(0, 1000), min_size=1, max_size=40))
def test_parts_of_an_amount_are_the_amount(amount: int, weights: list[int]) -> None:
    parts = divided(MicroUsd(amount), weights)
    assert (sum(parts), len(parts)) == (amount, len(weights))
    if sum(weights):
        assert all(abs(part - amount * w / sum(weights)) <= 1 for part, w in zip(parts, weights, strict=True))


@given(st.lists(st.integers(0, 10**15), min_size=1))
def test_steps_are_the_last_sum_rounded_once(sums: list[int]) -> None:
    rising = sorted(sums)
    assert abs(sum(stepped(rising)) * 1000 - rising[-1]) <= 500


@given(
    steps=st.lists(st.tuples(st.integers(0, 500), st.none() | st.integers(1, 99)), max_size=8),
    since=st.integers(-50, 550),
    lasting=st.integers(0, 300),
)
def test_a_price_line_is_the_sum_of_its_seconds(steps: list[tuple[int, int | None]], since: int, lasting: int) -> None:
    steps = sorted({moment: usd for moment, usd in steps}.items())
    line = PriceLine.of(steps, NanoUsd(7))

    def at_second(second: int) -> int:
        known = 7
        for moment, usd in steps:
            if moment <= second or moment == steps[0][0]:
                known = known if usd is None else usd
        return known

    assert line.sum(since, since + lasting) == sum(at_second(second) for second in range(since, since + lasting))
