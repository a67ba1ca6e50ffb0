"""EC2 as moto serves it, its answers about the market replaced.

moto's own are stubs: one spot price in all, without zone ids, pages or times, the same types in every region, and no
placement scores. Here regions, zones, types, offerings, spot history and scores are those of a `Market`; the protocol,
its parsing and its XML are moto's. The replaced names are internals, so moto is pinned.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from moto.core.responses import ActionResult
from moto.ec2.responses.availability_zones_and_regions import AvailabilityZonesAndRegions
from moto.ec2.responses.instances import InstanceResponse
from moto.ec2.responses.spot_instances import SpotInstances
from moto.server import ThreadedMotoServer

from tests.providers.aws.market import LOCAL_ZONE, US, ZONES, Market, Row

PAGE = 40
ZONE_IDS = "availability-zone-id"


class Ec2Server:
    """moto in this process; it says what `market` holds."""

    def __init__(self) -> None:
        self.market = Market()
        self.url = ""

    @contextmanager
    def running(self) -> Iterator["Ec2Server"]:
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
        with pytest.MonkeyPatch.context() as patched:
            for owner, names in (
                (AvailabilityZonesAndRegions, ("describe_regions", "describe_availability_zones")),
                (InstanceResponse, ("describe_instance_types", "describe_instance_type_offerings")),
                (SpotInstances, ("describe_spot_price_history", "get_spot_placement_scores")),
            ):
                for name in names:
                    patched.setattr(owner, name, self._answer(name), raising=name != "get_spot_placement_scores")
            server.start()
            host, port = server.get_host_and_port()
            self.url = f"http://{host}:{port}"
            yield self
            server.stop()

    def _answer(self, name: str) -> Any:
        return lambda response: ActionResult(getattr(self, f"_{name}")(response))

    def _paged(self, response: Any, key: str, rows: list[Any], *, gap: bool = False) -> Row:
        size = min(int(response._get_param("MaxResults") or PAGE), PAGE)
        page, token = self.market.page(rows, response._get_param("NextToken") or "", size, gap=gap)
        return {key: page, "NextToken": token}

    def _describe_regions(self, response: Any) -> Row:
        return {
            "Regions": [
                {"RegionName": name, "OptInStatus": status, "Endpoint": f"ec2.{name}.amazonaws.com"}
                for name, status in self.market.regions.items()
                if response._get_param("AllRegions") or status != "not-opted-in"
            ]
        }

    def _describe_availability_zones(self, response: Any) -> Row:
        region = response.region
        zones = [(*zone, "availability-zone") for zone in ZONES[region].items()]
        if region == US:
            zones.append((*LOCAL_ZONE, "local-zone"))
        return {
            "AvailabilityZones": [
                {"ZoneName": name, "ZoneId": zone_id, "ZoneType": kind, "RegionName": region, "State": "available"}
                for name, zone_id, kind in zones
            ]
        }

    def _describe_instance_types(self, response: Any) -> Row:
        return self._paged(response, "InstanceTypes", self.market.types)

    def _describe_instance_type_offerings(self, response: Any) -> Row:
        kind = response._get_param("LocationType")
        rows = [
            {"InstanceType": name, "LocationType": kind, "Location": zone if kind == ZONE_IDS else response.region}
            for name, zone in self.market.offerings[response.region]
        ]
        return self._paged(response, "InstanceTypeOfferings", rows)

    def _describe_spot_price_history(self, response: Any) -> Row:
        """The changes between StartTime and EndTime and the last one before, newest first."""
        start, end = _time(response._get_param("StartTime")), _time(response._get_param("EndTime"))
        products = response._get_param("ProductDescriptions", [])
        series: dict[Any, list[Row]] = {}
        for row in self.market.spot[response.region]:
            if row["ProductDescription"] in products and row["Timestamp"] <= end:
                key = row["InstanceType"], row["AvailabilityZone"], row["ProductDescription"]
                series.setdefault(key, []).append(row)
        found: list[Row] = []
        for rows in series.values():
            rows.sort(key=lambda row: row["Timestamp"])
            found += [row for row in rows if row["Timestamp"] <= start][-1:]
            found += [row for row in rows if row["Timestamp"] > start]
        found.sort(key=lambda row: (row["Timestamp"], row["InstanceType"], row["AvailabilityZone"]), reverse=True)
        return self._paged(response, "SpotPriceHistory", found, gap=True)

    def _get_spot_placement_scores(self, response: Any) -> Row:
        return self._paged(response, "SpotPlacementScores", self.market.scores)


def _time(value: datetime) -> datetime:
    """moto reads times without their zone, which is UTC."""
    return value.replace(tzinfo=UTC)
