"""Egress tariffs come from rows whose two ends are names for people: `from Americas to Virginia`.

Where a name lies is learned from the catalogue itself, whose rows for vCPUs have both the name and the regions.
Premium network tier only. Prices a GiB become prices a GB, and bounds in GiB bounds in GB. A free allowance is left
out: it is one for the whole billing account, not one for each pair of places.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from fractions import Fraction

from placement.domain.money import NanoUsd
from placement.domain.offering import CapacityType
from placement.domain.provider import Refusal
from placement.domain.sweep import PricedTariff
from placement.domain.tariff import EgressTariff, TariffTier
from providers.gcp.access import PROVIDER
from providers.gcp.components import FREE, STRANGE_UNIT, Kind, read_component
from providers.gcp.skus import EGRESS_GROUPS, GB_IN_GIB, Sku

NO_PLACE = "whence or whither its traffic goes is not known"
NOTE = "Cloud Billing catalogue, premium tier"
DEAREST = "Cloud Billing catalogue, premium tier, the dearest of several rows"
_GB_IN = {"GiBy": GB_IN_GIB, "GBy": Fraction(1)}
_INBOUND = re.compile(r"\b(?:Ingress|Data Transfer In)\b")
_ENDS = re.compile(r" from (?P<src>.+?) to (?P<dst>.+)$")
_COUNTRIES = {"China": "CN", "Australia": "AU"}
"""What is priced apart from the rest of the internet."""
_CONTINENTS = {
    "Africa": "africa",
    "Asia": "asia",
    "Europe": "europe",
    "North America": "north-america",
    "Northern America": "north-america",
    "Oceania": "oceania",
    "South America": "south-america",
}
_EVERYWHERE = frozenset({"*"})
_NAMED_FIRST = ("e2", "n1", "n2")
"""Families whose rows name a region as egress rows do; newer ones have other names for some."""

Tiers = tuple[tuple[Fraction, Fraction], ...]
"""(from how many GB on, USD a GB), from 0, rising."""
Names = Mapping[str, frozenset[str]]
"""The regions that a name stands for."""


def tariffs(skus: Collection[Sku], regions: Collection[str], on: date) -> Iterator[PricedTariff | Refusal]:
    """What traffic from these regions costs, by source and destination; rows about other regions are passed over."""
    names = learned_names(skus)
    elsewhere = frozenset[str]().union(*names.values()) - {*regions}
    found: dict[tuple[str, str], set[Tiers]] = defaultdict(set)
    for sku in skus:
        if sku.group not in EGRESS_GROUPS or _INBOUND.search(sku.description):
            continue
        sources, destinations = _sources(sku, names), _destinations(sku, names)
        if not sources or not destinations:
            yield Refusal(NO_PLACE, sku.description)
            continue
        pairs = [
            (src, dst)
            for src in sources
            for dst in destinations
            if (src in regions or src == "*") and dst != src and dst not in elsewhere
        ]
        tiers = tiers_of(sku)
        if isinstance(tiers, Refusal):
            if pairs:
                yield tiers
            continue
        for pair in pairs:
            found[pair].add(tiers)
    for (src, dst), several in sorted(found.items()):
        tiers = dearest(several)
        tariff = EgressTariff(PROVIDER, src, dst, tuple(TariffTier(float(start), _rate(usd)) for start, usd in tiers))
        yield PricedTariff(tariff, on, NOTE if len(several) == 1 else DEAREST)


def learned_names(skus: Iterable[Sku]) -> Names:
    """Which regions the catalogue's names for places stand for."""
    by_family: dict[bool, dict[str, set[str]]] = {True: defaultdict(set), False: defaultdict(set)}
    for sku in skus:
        read = read_component(sku)
        if read and read[0].kind is Kind.CORE and read[1] is CapacityType.ON_DEMAND:
            place = sku.description.partition(" running in ")[2]
            by_family[read[0].of in _NAMED_FIRST][place].update(sku.regions)
    return {place: frozenset(regions) for place, regions in (by_family[False] | by_family[True]).items()}


def tiers_of(sku: Sku) -> Tiers | Refusal:
    """What a GB costs, from 0 on, without a free allowance."""
    gb = _GB_IN.get(sku.unit)
    if gb is None or sku.currency != "USD":
        return Refusal(STRANGE_UNIT, f"{sku.description}: {sku.currency} for {sku.unit}")
    paid = list(sku.tiers)
    while paid and paid[0][1] == 0:
        del paid[0]
    if not paid or any(usd <= 0 for _, usd in paid):
        return Refusal(FREE, sku.description)
    return ((Fraction(0), paid[0][1] / gb), *((start * gb, usd / gb) for start, usd in paid[1:]))


def dearest(several: Iterable[Tiers]) -> Tiers:
    """At every volume the highest of the rates, so that the traffic costs no more than this says, whichever it is."""
    all_tiers = sorted(several)
    merged: list[tuple[Fraction, Fraction]] = []
    for start in sorted({start for tiers in all_tiers for start, _ in tiers}):
        usd = max(max(tier for tier in tiers if tier[0] <= start)[1] for tiers in all_tiers)
        if not merged or merged[-1][1] != usd:
            merged.append((start, usd))
    return tuple(merged)


def _sources(sku: Sku, names: Names) -> frozenset[str]:
    """The regions of the row, or those that its words name; everywhere for a row of neither."""
    if own := frozenset(sku.regions) - {"global"}:
        return own
    ends = _ENDS.search(sku.description)
    if ends:
        return names.get(ends["src"], frozenset())
    return _EVERYWHERE if sku.group == "InterzoneEgress" else frozenset()


def _destinations(sku: Sku, names: Names) -> frozenset[str]:
    """As tariffs write them; none where the words are not understood."""
    if sku.group == "InterzoneEgress":
        return frozenset({"same-region-cross-zone"})
    ends = _ENDS.search(sku.description)
    if not ends:
        return frozenset()
    dst = ends["dst"]
    if sku.group == "PremiumInternetEgress":
        return frozenset({f"internet:{_COUNTRIES[dst]}" if dst in _COUNTRIES else "internet"})
    if dst in names:
        return names[dst]
    return frozenset({_CONTINENTS[dst]}) if dst in _CONTINENTS else frozenset()


def _rate(usd: Fraction) -> NanoUsd:
    return NanoUsd(round(usd * 10**9))
