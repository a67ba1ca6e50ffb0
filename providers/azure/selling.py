"""What a size has, or why it is no offering: from the subscription's SKUs, or without credentials from its name."""

from collections.abc import Callable, Mapping

from placement.domain.offering import CapacityType, InstanceType
from providers.azure.sizes import size_of, why_never_spot
from providers.azure.skus import Sku

Judge = Callable[[str, CapacityType], InstanceType | str]
"""Of a size and how it is bought: what it has, or the reason against it."""


def by_name(size: str, capacity_type: CapacityType) -> InstanceType | str:
    """As the table of series says."""
    against = why_never_spot(size) if capacity_type is CapacityType.SPOT else None
    return against or size_of(size) or "its size is not known without credentials"


def by_skus(skus: Mapping[str, Sku]) -> Judge:
    """As the SKUs of one region say, by name in lower case."""

    def judge(size: str, capacity_type: CapacityType) -> InstanceType | str:
        sku = skus.get(size.casefold())
        if sku is None:
            return "not offered in its region"
        if not sku.usable:
            return "not available to this subscription"
        if capacity_type is CapacityType.SPOT and (against := why_never_spot(size)):
            return against
        if capacity_type is CapacityType.SPOT and not sku.may_be_spot:
            return "its SKU cannot be spot"
        return sku.instance_type or "its SKU does not say its vCPUs and memory"

    return judge
