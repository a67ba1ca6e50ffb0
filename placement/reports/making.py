"""The report of a month is made from what the store remembers: decisions, markets, and prices as they changed."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from time import monotonic
from typing import TYPE_CHECKING

from placement.domain.decision import Placement
from placement.domain.money import MicroUsd
from placement.domain.offering import CapacityType, Offering
from placement.optimizer.problem import Problem
from placement.reports.bridge import bridge, total
from placement.reports.charge import Charge
from placement.reports.charging import charges
from placement.reports.history import FleetHistory, histories
from placement.reports.markets import Markets
from placement.reports.period import Period
from placement.reports.price_line import Prices, frozen_prices, list_prices, named, prices_of_the_time
from placement.reports.report import Comparison, FleetReport, InForce, Missed, PolicyCost, Report, Subject
from placement.reports.stretch import SEARCH_S, Stretch, searched, stretches_of
from placement.reports.tenure import Tenure, as_a_whole
from placement.store.price_series import Named

if TYPE_CHECKING:
    from placement.store.repository import Store


def make_report(store: "Store", period: Period, until: datetime, search_s: float = SEARCH_S) -> Report:
    """Everything that is known of the period up to `until`, or up to its end if that is earlier.

    Hindsight searches for `search_s` in all, of which each fleet has at most half of what is left.
    """
    search_until = monotonic() + search_s
    until = min(period.end, until.replace(microsecond=0))
    markets = Markets(store)
    tariffs = store.changed_tariffs(period.start, until)
    fleets: list[FleetReport] = []
    ledger: list[Charge] = []
    comparisons: list[Comparison] = []
    for history in histories(store, markets, period, until):
        half = (search_until - monotonic()) / 2
        stretches = searched(markets, stretches_of(markets, history, period, until, tariffs), monotonic() + half)
        if stretches:
            report, owed, compared = _fleet(store, markets, history, stretches)
            fleets.append(report)
            ledger += owed
            comparisons += compared
    return Report(period.name, period.start, period.end, until, 0, tuple(fleets), tuple(ledger), tuple(comparisons))


def _fleet(
    store: "Store", markets: Markets, history: FleetHistory, stretches: Sequence[Stretch]
) -> tuple[FleetReport, list[Charge], list[Comparison]]:
    name, last = history.first.head.fleet_name, stretches[-1]
    prices, listed = _prices(store, stretches)
    actual = charges(name, [stretch.actual for stretch in stretches], prices, listed)
    notes = [f"no placement at home was found for {', '.join(last.kept.homes.without)}"] * bool(last.kept.homes.without)
    frozen, volume, home = _at_home(markets, history, stretches, prices, actual, notes)
    lawful, unrestricted, policies = _in_hindsight(name, stretches, prices)
    best = _no_dearer(charges(name, lawful, prices), actual)
    free = _no_dearer(charges(name, unrestricted, prices), best)
    if any(stretch.found is not None and stretch.found.cut for stretch in stretches):
        notes.append("a search in hindsight was ended by time: another machine might find more")
    seconds = sum(stretch.actual.hours for stretch in stretches)
    looked_at = sum(stretch.actual.hours for stretch in stretches if stretch.found is not None)
    report = FleetReport(
        name=name,
        first_decision=history.first.head.id,
        frozen_at=history.first.at,
        in_force=_in_force(stretches),
        bridge=bridge(frozen, volume, home, actual),
        policies=policies,
        missed=_missed(stretches, lawful) if best is not actual else (),
        searched=float(looked_at / seconds),
        subjects=_subjects(stretches),
        notes=tuple(notes),
    )
    return report, actual, _compared(name, actual, home, best, free)


def _no_dearer(found: list[Charge], than: list[Charge]) -> list[Charge]:
    """Tiers of the whole month may make of several best tenures no best month."""
    return found if total(found) < total(than) else than


def _prices(store: "Store", stretches: Sequence[Stretch]) -> tuple[Prices, Prices]:
    """Of everything that was placed, or might have been: what it cost, and what it costs on demand."""
    wanted: set[Named] = set()
    for stretch in stretches:
        for placement in (stretch.actual.placement, stretch.home.placement, *_alternatives(stretch)):
            for parts in placement.assignments.values():
                wanted.update(named(part.offering) for part in parts)
    on_list = {
        Named(name.region, name.instance_type, CapacityType.ON_DEMAND, zone)
        for name in wanted
        for zone in (name.zone, None)
    }
    known = store.price_series(wanted | on_list, stretches[0].actual.since, stretches[-1].actual.until)
    sources = stretches[-1].actual.problem.catalog.sources
    prices = prices_of_the_time(known, sources)
    return prices, list_prices(known, sources, prices)


def _alternatives(stretch: Stretch) -> Sequence[Placement]:
    found = stretch.found
    if found is None:
        return ()
    released = [placement for placements in found.without.values() for placement in placements]
    return (*found.lawful, *found.unrestricted, *released)


def _at_home(
    markets: Markets,
    history: FleetHistory,
    stretches: Sequence[Stretch],
    prices: Prices,
    actual: list[Charge],
    notes: list[str],
) -> tuple[list[Charge], list[Charge], list[Charge]]:
    """The frozen fleet, that of the period at frozen prices, and it at the prices of the time."""
    first, name = history.first, history.first.head.fleet_name
    market = markets.bare(first.head.catalog_version)
    problem = Problem(first.fleet, market, first.at.date())
    frozen = [replace(s.home, problem=problem, placement=first.homes.placement(problem)) for s in stretches]
    at_frozen_prices = [replace(s.home, problem=replace(s.home.problem, catalog=market)) for s in stretches]
    try:
        return (
            charges(name, [as_a_whole(tenure) for tenure in frozen], frozen_prices()),
            charges(name, [as_a_whole(tenure) for tenure in at_frozen_prices], frozen_prices()),
            charges(name, [stretch.home for stretch in stretches], prices),
        )
    except LookupError as missing:
        notes.append(f"at home the fleet has no price ({missing}): the baseline is what was decided")
        return actual, actual, actual


def _in_hindsight(
    name: str, stretches: Sequence[Stretch], prices: Prices
) -> tuple[list[Tenure], list[Tenure], tuple[PolicyCost, ...]]:
    """The cheapest tenures with and without policies, and what each policy cost."""
    lawful: list[Tenure] = []
    unrestricted: list[Tenure] = []
    policies: dict[str, int] = {}
    for stretch in stretches:
        found = stretch.found
        best = _cheapest(name, stretch, stretch.actual, found.lawful if found else (), prices)
        lawful.append(best)
        unrestricted.append(_cheapest(name, stretch, best, found.unrestricted if found else (), prices))
        for policy, placements in (found.without if found else {}).items():
            released = _cheapest(name, stretch, best, placements, prices)
            saving = _owed(name, best, prices) - _owed(name, released, prices)
            policies[policy] = policies.get(policy, 0) + saving
    costs = [PolicyCost(policy, MicroUsd(amount)) for policy, amount in policies.items()]
    return lawful, unrestricted, tuple(sorted(costs, key=lambda cost: (-cost.amount, cost.policy)))


def _cheapest(
    name: str, stretch: Stretch, otherwise: Tenure, placements: Sequence[Placement], prices: Prices
) -> Tenure:
    best, least = otherwise, _owed(name, otherwise, prices)
    for placement in placements:
        tenure = stretch.held(placement)
        try:
            owed = _owed(name, tenure, prices)
        except LookupError:
            continue
        if owed < least:
            best, least = tenure, owed
    return best


def _owed(name: str, tenure: Tenure, prices: Prices) -> MicroUsd:
    return total(charges(name, [as_a_whole(tenure)], prices))


def _in_force(stretches: Sequence[Stretch]) -> tuple[InForce, ...]:
    spans: dict[str, InForce] = {}
    for stretch in stretches:
        tenure = stretch.actual
        known = spans.get(tenure.decision, InForce(tenure.decision, tenure.since, tenure.until))
        spans[tenure.decision] = replace(known, until=tenure.until)
    return tuple(spans.values())


def _subjects(stretches: Sequence[Stretch]) -> tuple[Subject, ...]:
    known: dict[str, Subject] = {}
    for stretch in stretches:
        for workload in stretch.kept.fleet.workloads:
            labels = dict(workload.labels)
            known[workload.name] = Subject(workload.name, labels, workload.classification, workload.resources.vcpus)
        for dataset in stretch.kept.fleet.datasets:
            known[dataset.name] = Subject(dataset.name, {}, dataset.classification, 0.0)
    return tuple(known[name] for name in sorted(known))


def _missed(stretches: Sequence[Stretch], lawful: Sequence[Tenure]) -> tuple[Missed, ...]:
    """Workloads that would have lain elsewhere; datasets go with them."""
    found: dict[tuple[str, str], Missed] = {}
    for stretch, best in zip(stretches, lawful, strict=True):
        for name in stretch.actual.placement.assignments:
            was, would = _largest(stretch.actual.placement, name), _largest(best.placement, name)
            if named(was) != named(would):
                words = f"{would.instance_type.name} {would.capacity_type.value}"
                found[best.decision, name] = Missed(name, best.decision, was.region.id, would.region.id, words)
    return tuple(found.values())


def _largest(placement: Placement, workload: str) -> Offering:
    return max(placement.assignments[workload], key=lambda part: part.replicas).offering


def _compared(name: str, *ledgers: Sequence[Charge]) -> list[Comparison]:
    """By day and subject; the ledgers are those of a comparison, in its order."""
    owed: dict[tuple[date, str], list[int]] = {}
    for column, ledger in enumerate(ledgers):
        for charge in ledger:
            owed.setdefault((charge.since.date(), charge.subject), [0] * len(ledgers))[column] += charge.amount
    return [
        Comparison(name, subject, day, *(MicroUsd(amount) for amount in owed[day, subject]))
        for day, subject in sorted(owed)
    ]
