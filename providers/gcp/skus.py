"""A SKU is one row of the billing catalogue; what it prices stands in its description, for people to read."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from placement.domain.errors import CollectionFailed
from placement.domain.money import exact

if TYPE_CHECKING:
    from providers.gcp.clients import Clients

GB_IN_GIB = Fraction(1 << 30, 10**9)
MACHINE_GROUPS = frozenset({"CPU", "RAM", "GPU", "N1Standard", "F1Micro", "G1Small", "LocalSSD"})
EGRESS_GROUPS = frozenset({"PremiumInternetEgress", "InterregionEgress", "InterzoneEgress"})
_BOUGHT = frozenset({"OnDemand", "Preemptible"})
_NANO = 10**9


@dataclass(frozen=True, slots=True)
class Sku:
    """One row of the catalogue, as far as machines and egress need it."""

    description: str
    group: str
    """Google's resource group: CPU, RAM, PremiumInternetEgress."""
    usage: str
    """OnDemand or Preemptible, and not always true."""
    regions: tuple[str, ...]
    unit: str
    """What one of it is: h, GiBy.h, GBy.h, GiBy.mo, GiBy."""
    tiers: tuple[tuple[Fraction, Fraction], ...]
    """(from how many units on, USD a unit), rising."""
    currency: str = "USD"

    @property
    def usd(self) -> Fraction:
        """USD a unit once a free allowance, which comes first, is used up."""
        return self.tiers[-1][1] if self.tiers else Fraction(0)


def read_skus(clients: "Clients") -> list[Sku]:
    """The rows that price machines and egress, on demand and spot; raises CollectionFailed where there are none."""
    skus = [sku for page in clients.sku_pages() for sku in _of(page)]
    if not skus:
        raise CollectionFailed(f"{clients.source}: list SKUs: the catalogue prices no machine")
    return skus


def usd_of(money: Any) -> Fraction:
    """Money of the API in USD: whole units, which JSON has as text, and billionths."""
    return Fraction(int(money.units) * _NANO + int(money.nanos), _NANO)


def _of(page: Any) -> Iterator[Sku]:
    wanted = MACHINE_GROUPS | EGRESS_GROUPS
    for row in page.skus:
        category = row.category
        if category.resource_group not in wanted or category.usage_type not in _BOUGHT or not row.pricing_info:
            continue
        priced = row.pricing_info[0].pricing_expression
        rates = priced.tiered_rates
        yield Sku(
            row.description,
            category.resource_group,
            category.usage_type,
            tuple(row.service_regions),
            priced.usage_unit,
            tuple(sorted((exact(rate.start_usage_amount), usd_of(rate.unit_price)) for rate in rates)),
            rates[-1].unit_price.currency_code if rates else "",
        )
