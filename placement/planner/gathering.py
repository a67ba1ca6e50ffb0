"""What a source says becomes a sweep; what cannot be believed is left out, and counted by reason."""

from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, TypeVar, assert_never

from placement.domain.errors import CollectionFailed
from placement.domain.garbage import collector_waits
from placement.domain.money import rate_in_usd
from placement.domain.offering import CapacityType, InstanceType
from placement.domain.provider import Fact, Notice, PastPrice, Refusal, Source
from placement.domain.region import Region
from placement.domain.sweep import (
    CapacityHint,
    InterruptionFigure,
    Price,
    PricedTariff,
    Refused,
    StorageRate,
    Sweep,
)
from placement.market.price_limits import MOST_TIMES_MEDIAN, Medians, absurdity, on_demand_medians
from placement.market.risk import hazard_of_band

Watch = Callable[[str, int], None]
"""Told as prices come in: the region of the last one, and how many there are."""
Kind = TypeVar("Kind")
_TOLD_EVERY = 500
_BELOW_0 = "a rate below 0"


def watch_nothing(region: str, rows: int) -> None:
    """Nobody looks."""


def gather(source: Source, known_medians: Callable[[], Medians], watch: Watch = watch_nothing) -> Sweep:
    """All that the source says and that can be believed.

    `known_medians` are on-demand medians known from elsewhere, asked for only where the source lacks some. Raises
    CollectionFailed where the source fails, says two things of one subject, or says nothing.
    """
    with collector_waits():
        said = _Said(source.name)
        for fact in source.facts():
            said.add(fact)
            if isinstance(fact, Price) and len(said.prices) % _TOLD_EVERY == 1:
                watch(fact.region, len(said.prices))
        medians = _medians(said, known_medians)
        prices = tuple(_believed(said, said.prices.values(), medians))
        past = tuple(_believed(said, said.past, medians, past=True))
        if not (prices or past or said.tariffs or said.figures or said.storage or said.hints):
            raise CollectionFailed(f"{source.name}: nothing that it says can be used{said.first_refusal()}")
        return Sweep(
            source=source.name,
            kind=source.kind,
            regions=tuple(said.regions.values()),
            instance_types=tuple(said.types.values()),
            prices=prices,
            egress=tuple(said.tariffs.values()),
            interruption=tuple(said.figures.values()),
            storage=tuple(said.storage.values()),
            warnings=tuple(said.notices),
            hints=tuple(said.hints.values()),
            past_prices=past,
            refused=said.refused(),
        )


@dataclass(slots=True)
class _Said:
    """The facts by subject."""

    source: str
    regions: dict[Hashable, Region] = field(default_factory=dict)
    types: dict[Hashable, InstanceType] = field(default_factory=dict)
    prices: dict[Hashable, Price] = field(default_factory=dict)
    tariffs: dict[Hashable, PricedTariff] = field(default_factory=dict)
    figures: dict[Hashable, InterruptionFigure] = field(default_factory=dict)
    storage: dict[Hashable, StorageRate] = field(default_factory=dict)
    hints: dict[Hashable, CapacityHint] = field(default_factory=dict)
    past: list[Price] = field(default_factory=list)
    notices: dict[str, None] = field(default_factory=dict)
    refusals: dict[str, tuple[int, str]] = field(default_factory=dict)
    """(how many, an example) by reason"""

    def add(self, fact: Fact) -> None:
        match fact:
            case Price():
                self._once(self.prices, price_key(fact), fact)
            case PastPrice():
                self.past.append(fact.price)
            case Refusal():
                self.refuse(fact.reason, fact.subject)
            case Region():
                self.regions.setdefault((fact.provider, fact.name), fact)
            case InstanceType():
                self.types.setdefault((fact.provider, fact.name), fact)
            case PricedTariff():
                tariff = fact.tariff
                if min(tier.usd_per_gb for tier in tariff.tiers) < 0:
                    self.refuse(_BELOW_0, f"egress {tariff.name}")
                else:
                    self._once(self.tariffs, (tariff.provider, tariff.src, tariff.dst), fact)
            case InterruptionFigure():
                key = (fact.provider, fact.region, fact.instance_type)
                if _has_hazard(fact):
                    self._once(self.figures, key, fact)
                else:
                    self.refuse("no interruption figure from 0 to under 100 %", " ".join(key))
            case StorageRate():
                if fact.usd_per_gb_month < 0:
                    self.refuse(_BELOW_0, f"storage in {fact.provider} {fact.region}")
                else:
                    self._once(self.storage, (fact.provider, fact.region), fact)
            case CapacityHint():
                self.hints[fact.provider, fact.region, fact.zone, fact.instance_types, fact.measure] = fact
            case Notice():
                self.notices[fact.words] = None
            case _:
                assert_never(fact)

    def refuse(self, reason: str, subject: str) -> None:
        count, example = self.refusals.get(reason, (0, subject))
        self.refusals[reason] = count + 1, example

    def refused(self) -> tuple[Refused, ...]:
        most_first = sorted(self.refusals.items(), key=lambda item: (-item[1][0], item[0]))
        return tuple(Refused(reason, count, example) for reason, (count, example) in most_first)

    def first_refusal(self) -> str:
        rows = self.refused()
        return f"; {rows[0].rows:,} rows were refused: {rows[0].reason} ({rows[0].example})" if rows else ""

    def _once(self, facts: dict[Hashable, Kind], key: tuple[Any, ...], fact: Kind) -> None:
        """A fact that is there twice counts once; two that differ cannot both be right."""
        known = facts.setdefault(key, fact)
        if known is not fact and _figures(known) != _figures(fact):
            words = " ".join(str(part) for part in key if part is not None)
            raise CollectionFailed(f"{self.source}: says two different things of {words}; neither can be believed")


def price_key(price: Price) -> tuple[str, str, str | None, str, CapacityType]:
    """What makes two prices be about one offering."""
    return price.provider, price.region, price.zone, price.instance_type, price.capacity_type


def _figures(fact: object) -> object:
    """What two facts about one subject must agree in."""
    match fact:
        case Price():
            return fact.usd_per_hour
        case PricedTariff():
            return fact.tariff.tiers
        case StorageRate():
            return fact.usd_per_gb_month
        case InterruptionFigure():
            return fact.pct_low, fact.pct_high, fact.window
    return fact


def _has_hazard(figure: InterruptionFigure) -> bool:
    high = figure.pct_low if figure.pct_high is None else figure.pct_high
    if not 0 <= figure.pct_low <= high <= 100:
        return False
    try:
        hazard_of_band(figure.pct_low, figure.pct_high, figure.window)
    except ValueError:
        return False
    return True


def _medians(said: _Said, known_medians: Callable[[], Medians]) -> Medians:
    medians = on_demand_medians(price for price in said.prices.values() if price.usd_per_hour > 0)
    priced = {(price.provider, price.instance_type) for price in chain(said.prices.values(), said.past)}
    return medians if priced <= medians.keys() else {**known_medians(), **medians}


def _believed(said: _Said, prices: Iterable[Price], medians: Medians, *, past: bool = False) -> Iterator[Price]:
    """Those that can be believed; the others are refused. Past prices need no region and no instance type of now."""
    for price in prices:
        reason = _absurd(price, medians) or (None if past else _undescribed(price, said))
        if reason is None:
            yield price
        else:
            words = " ".join(str(part) for part in price_key(price) if part)
            what = f"past price of {words}" if past else words
            said.refuse(reason, f"{what} at {rate_in_usd(price.usd_per_hour):g} USD")


def _absurd(price: Price, medians: Medians) -> str | None:
    if price.usd_per_hour <= 0:
        return "no price above 0"
    if price.capacity is not None and price.capacity < 0:
        return "a capacity below 0"
    if absurdity(price, medians) is not None:
        return f"over {MOST_TIMES_MEDIAN} times the on-demand median of its instance type"
    return None


def _undescribed(price: Price, said: _Said) -> str | None:
    if (price.provider, price.region) not in said.regions:
        return "its region is not described"
    if (price.provider, price.instance_type) not in said.types:
        return "its instance type is not described"
    return None
