"""Why something moves: what changed since it was decided where it lies, and what it saves in any case."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from placement.domain.decision import Assignment
from placement.domain.fleet import Workload
from placement.domain.money import MicroUsd, amount_in_usd, rate_in_usd
from placement.domain.offering import CapacityType, Offering
from placement.market.catalog import Catalog
from placement.optimizer.problem import Problem

_RISEN = 1 + 1e-9


@dataclass(frozen=True, slots=True)
class MoveReason:
    """One cause, by a word of its own and in a sentence."""

    kind: str
    words: str


@dataclass(frozen=True, slots=True)
class Then:
    """What was known of a workload when its place was decided."""

    parts: Sequence[Mapping[str, Any]]
    """Documents of its assignments, with the prices of then."""
    workload: Workload | None
    """As it was asked for; None for one that came later."""
    market: Catalog | None
    """The catalog of then; None where it can no longer be built."""


def move_reasons(
    problem: Problem,
    workload: Workload,
    then: Then,
    planned: Sequence[Assignment],
    dearer: Mapping[str, MicroUsd],
    refused: str | None,
) -> list[MoveReason]:
    """The causes, those that force it first. `dearer` is what staying costs more, by line of the bill."""
    found = [
        *_forced(problem, workload, then, refused),
        *_prices(problem.catalog, then, planned),
        *_demand(workload, then.workload),
        *_lines(dearer),
    ]
    return found or [MoveReason("cheaper", "nothing that it depends on changed, but a cheaper place was found for it")]


def _forced(problem: Problem, workload: Workload, then: Then, refused: str | None) -> Iterator[MoveReason]:
    for part in then.parts:
        name = _name(part)
        region = problem.catalog.region_index.get(part["region"])
        if region is None or _today(problem.catalog, part) is None:
            yield MoveReason("withdrawn", f"{name} is not offered any more")
        reasons = problem.residency.reasons(workload.name, region) if problem.residency and region is not None else ()
        if reasons:
            yield MoveReason("policy", f"{part['region']} is refused: {reasons[0]}")
    if refused is not None and not refused.startswith("residency"):
        yield MoveReason("rule", f"it cannot stay: {refused}")


def _prices(catalog: Catalog, then: Then, planned: Sequence[Assignment]) -> Iterator[MoveReason]:
    for part in then.parts:
        now = _today(catalog, part)
        if now is None:
            continue
        usd, was = rate_in_usd(now.usd_per_hour), float(part["usd_per_hour"])
        if usd > was * _RISEN:
            yield MoveReason("price_rose", f"{_name(part)} rose from {was:.6f} to {usd:.6f} USD an hour")
        if now.hazard_per_hour > part["hazard_per_hour"] * _RISEN:
            words = f"from {part['hazard_per_hour']:.3g} to {now.hazard_per_hour:.3g} interruptions an hour"
            yield MoveReason("risk_rose", f"{_name(part)} went {words}")
    if then.market is None or not then.parts:
        return
    for chosen in planned:
        offering = chosen.offering
        name = f"{offering.instance_type.name} {offering.capacity_type} in {offering.region.id}"
        before = _at(then.market, offering)
        if before is None:
            yield MoveReason("offered", f"{name} was not offered then")
            continue
        usd, was = rate_in_usd(offering.usd_per_hour), rate_in_usd(before.usd_per_hour)
        if usd * _RISEN < was:
            yield MoveReason("price_fell", f"{name} fell from {was:.6f} to {usd:.6f} USD an hour")
        if offering.hazard_per_hour * _RISEN < before.hazard_per_hour:
            words = f"from {before.hazard_per_hour:.3g} to {offering.hazard_per_hour:.3g} interruptions an hour"
            yield MoveReason("risk_fell", f"{name} went {words}")


def _demand(workload: Workload, before: Workload | None) -> Iterator[MoveReason]:
    if before is None:
        return
    asked = [
        name for name in Workload.__slots__ if name != "current" and getattr(workload, name) != getattr(before, name)
    ]
    if asked:
        yield MoveReason("demand", f"the fleet asks for something else: {', '.join(asked)}")


def _lines(dearer: Mapping[str, MicroUsd]) -> Iterator[MoveReason]:
    """Traffic is a reason where it saves more than any other line of the bill."""
    saved = dearer.get("egress", MicroUsd(0))
    if saved > 0 and saved == max(dearer.values()):
        yield MoveReason("egress", f"traffic costs {amount_in_usd(saved):,.2f} USD a month less from the new place")


def _today(catalog: Catalog, part: Mapping[str, Any]) -> Offering | None:
    try:
        return catalog.find(part["region"], part["zone"], part["instance_type"], CapacityType(part["capacity_type"]))
    except (KeyError, ValueError):
        return None


def _at(catalog: Catalog, offering: Offering) -> Offering | None:
    try:
        return catalog.find(offering.region.id, offering.zone, offering.instance_type.name, offering.capacity_type)
    except (KeyError, ValueError):
        return None


def _name(part: Mapping[str, Any]) -> str:
    zone = f" ({part['zone']})" if part["zone"] else ""
    return f"{part['instance_type']} {part['capacity_type']} in {part['region']}{zone}"
