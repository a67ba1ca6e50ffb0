"""What EC2 says of one region: its zones, the machines offered there, and what they cost on spot."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from placement.domain.errors import CollectionFailed
from placement.domain.provider import Fact, Notice, Refusal
from providers.aws.api import Api, ApiRefused
from providers.aws.instance_types import described
from providers.aws.spot_prices import PRODUCT, spot_prices

_WINDOW = timedelta(hours=6)
_NOT_ENABLED = frozenset({"AuthFailure", "OptInRequired"})


def market_of(ec2: Api, region: str, now: datetime) -> list[Fact]:
    """The instance types offered in the region and their prices; a notice alone where the account may not ask there."""
    try:
        return list(_facts(ec2, region, now))
    except ApiRefused as refused:
        if refused.code not in _NOT_ENABLED:
            raise
        return [Notice(f"{region} is left out: it does not know this account's credentials ({refused.code})")]
    except (AttributeError, KeyError, TypeError, ValueError):
        raise CollectionFailed(f"{ec2.source}: an answer of EC2 in {region} cannot be read") from None


def _facts(ec2: Api, region: str, now: datetime) -> Iterator[Fact]:
    zone_ids = {
        zone["ZoneName"]: zone["ZoneId"]
        for zone in ec2.ask("describe_availability_zones")["AvailabilityZones"]
        if zone.get("ZoneType", "availability-zone") == "availability-zone"
    }
    types = described(ec2.rows("describe_instance_types", "InstanceTypes", MaxResults=100))
    offered = {
        (row["InstanceType"], row["Location"])
        for row in ec2.rows(
            "describe_instance_type_offerings",
            "InstanceTypeOfferings",
            LocationType="availability-zone-id",
            MaxResults=1000,
        )
    }
    usable = set()
    for name in sorted({name for name, _ in offered}):
        kind = types.get(name) or Refusal("instance type that is offered and not described", name)
        if isinstance(kind, Refusal):
            yield Refusal(kind.reason, f"{region} {name}")
        else:
            usable.add(name)
            yield kind
    if not usable:
        yield Notice(f"EC2 offers no instance type in {region}")
    bought = {(name, zone) for name, zone in offered if name in usable}
    yield from spot_prices(_history(ec2, now), region, zone_ids, bought, now)


def _history(ec2: Api, now: datetime) -> Iterator[Mapping[str, Any]]:
    # An end keeps rows that come in meanwhile from moving the pages.
    window = {"StartTime": now - _WINDOW, "EndTime": now, "ProductDescriptions": [PRODUCT], "MaxResults": 1000}
    yield from ec2.rows("describe_spot_price_history", "SpotPriceHistory", **window)
