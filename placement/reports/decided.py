"""A stored decision's placement, from its document and the regions of its market alone."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from placement.domain.decision import Assignment, Placement
from placement.domain.fleet import Fleet
from placement.domain.money import rate_from_usd
from placement.domain.offering import CapacityType, InstanceType, Offering
from placement.market.catalog import Catalog


def decided_placement(fleet: Fleet, market: Catalog, answer: Mapping[str, Any]) -> Placement:
    """What the answer says. Its offerings have names, prices and hazards, but neither sizes nor sources."""
    datasets = {placed["dataset"]: tuple(placed["regions"]) for placed in answer["datasets"]}
    position = {(flow.src, flow.dst): index for index, flow in enumerate(fleet.flows)}
    return Placement(
        {
            placed["workload"]: tuple(
                Assignment(_offering(market, part), part["replicas"]) for part in placed["assignments"]
            )
            for placed in answer["placements"]
        },
        datasets,
        {
            (position[flow["from"], flow["to"]], flow["to_region"]): flow["from_region"]
            for flow in answer["flows"]
            if len(datasets.get(flow["from"], ())) > 1
        },
    )


def _offering(market: Catalog, part: Mapping[str, Any]) -> Offering:
    region = market.regions[market.region_index[part["region"]]]
    return Offering(
        region,
        InstanceType(region.provider, part["instance_type"], vcpus=0, memory_gib=0),
        CapacityType(part["capacity_type"]),
        rate_from_usd(part["usd_per_hour"]),
        datetime.fromisoformat(part["observed_at"]),
        part["zone"],
        part["estimated"],
        part["hazard_per_hour"],
    )
