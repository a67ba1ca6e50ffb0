"""A small AWS market: two regions with machines, one that no table knows, and what is no offering beside them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from tests.providers.conformance import NOW

Row = dict[str, Any]
US, EU, NOWHERE, CLOSED = "us-east-1", "eu-central-1", "nowhere-1", "me-central-1"
ZONES = {US: {"us-east-1a": "use1-az6", "us-east-1b": "use1-az1"}, EU: {"eu-central-1a": "euc1-az2"}}
FEW = "use1-az1"
LOCAL_ZONE = ("us-east-1-bos-1a", "use1-bos1-az1")
PROCESSORS = {
    "m5": "Intel Xeon Platinum 8175",
    "m6a": "AMD EPYC 7R13 Processor",
    "m7g": "AWS Graviton3 Processor",
    "c5": "Intel Xeon Platinum 8124M",
    "c7g": "AWS Graviton3 Processor",
    "r5": "Intel Xeon Platinum 8175",
    "r7g": "AWS Graviton3 Processor",
    "t3": "Intel Skylake E5 2686 v5",
    "g5": "AMD EPYC 7R32",
}
SIZES = {"large": 2, "xlarge": 4, "2xlarge": 8, "4xlarge": 16, "8xlarge": 32}
TYPES = [
    (f"{family}.{size}", vcpus, 4 * vcpus)
    for family in PROCESSORS
    for size, vcpus in SIZES.items()
    if family != "g5" or size == "xlarge"
]
"""(name, vCPUs, GiB)"""
TIERS = ((0, 10240, "0.0900"), (10240, 51200, "0.0850"), (51200, 153600, "0.0700"), (153600, "Inf", "0.0500"))
BANDS = (("<5%", 5), ("5-10%", 11), ("10-15%", 16), ("15-20%", 22), (">20%", 100))


def usd(vcpus: int, region: str) -> float:
    """On demand, an hour."""
    return vcpus * (0.048 if region == US else 0.0575)


def product(sku: str, family: str, prices: list[tuple[Any, Any, str]], unit: str, **attributes: str) -> Row:
    """An element of PriceList; `prices` are (begin, end, USD)."""
    dimensions = {
        f"{sku}.JRTCKXETXF.{number}": {
            "unit": unit,
            "beginRange": str(begin),
            "endRange": str(end),
            "description": "as listed",
            "appliesTo": [],
            "rateCode": f"{sku}.JRTCKXETXF.{number}",
            "pricePerUnit": {"USD": price},
        }
        for number, (begin, end, price) in enumerate(prices)
    }
    term = {
        "sku": sku,
        "offerTermCode": "JRTCKXETXF",
        "effectiveDate": "2026-11-01T00:00:00Z",
        "termAttributes": {},
        "priceDimensions": dimensions,
    }
    return {
        "serviceCode": "AmazonEC2" if unit == "Hrs" else "AWSDataTransfer",
        "version": "20261120",
        "publicationDate": "2026-11-20T00:00:00Z",
        "product": {"productFamily": family, "sku": sku, "attributes": attributes},
        "terms": {"OnDemand": {f"{sku}.JRTCKXETXF": term}},
    }


def machine(region: str, name: str, price: str, family: str = "Compute Instance", **other: str) -> Row:
    """A Linux machine on demand with shared tenancy, unless said otherwise."""
    vcpus, gib = next(((vcpus, gib) for known, vcpus, gib in TYPES if known == name), (96, 384))
    attributes = {
        "regionCode": region,
        "locationType": "AWS Region",
        "instanceType": name,
        "vcpu": str(vcpus),
        "memory": f"{gib:,} GiB",
        "physicalProcessor": PROCESSORS[name.split(".")[0]],
        "processorArchitecture": "64-bit",
        "tenancy": "Shared",
        "operatingSystem": "Linux",
        "licenseModel": "No License required",
        "preInstalledSw": "NA",
        "capacitystatus": "Used",
        "marketoption": "OnDemand",
        "gpuMemory": "NA",
        "usagetype": f"BoxUsage:{name}",
        "operation": "RunInstances",
    }
    if name.startswith("g5"):
        attributes |= {"gpu": "1", "gpuMemory": "24 GB"}
    attributes |= other
    sku = "-".join([region, name, *sorted(other.values())])
    return product(sku, family, [(0, "Inf", price)], "Hrs", **attributes)


def machines(region: str) -> Iterator[Row]:
    """What a region sells, and what stands in the list beside it."""
    for name, vcpus, _ in TYPES:
        yield machine(region, name, f"{usd(vcpus, region):.10f}")
    metal = "Compute Instance (bare metal)"
    yield machine(region, "m5.metal", "4.6080000000", metal, tenancy="Dedicated")
    yield machine(region, "m5.metal", "4.6080000000", metal, tenancy="Shared", usagetype="HostBoxUsage:m5.metal")
    for other in (
        {"operatingSystem": "Windows"},
        {"operatingSystem": "Windows", "licenseModel": "Bring your own license"},
        {"preInstalledSw": "SQL Web"},
        {"tenancy": "Dedicated"},
        {"tenancy": "Host"},
        {"capacitystatus": "UnusedCapacityReservation"},
        {"capacitystatus": "AllocatedCapacityReservation"},
        {"marketoption": "CapacityBlock"},
        {"locationType": "AWS Local Zone"},
    ):
        yield machine(region, "m5.large", "0.7777000000", **other)
    yield machine(region, "t3.nano", "0.0000000000")
    storage = machine(region, "m5.large", "0.1000000000", "Storage")
    storage["product"]["attributes"] = {"regionCode": region, "locationType": "AWS Region", "volumeApiName": "gp3"}
    yield storage
    reserved = machine(region, "m5.large", "0.0100000000", operation="RunInstances:reserved")
    reserved["terms"] = {"Reserved": reserved["terms"]["OnDemand"]}
    yield reserved


def transfer(src: str, kind: str, to: str, prices: list[tuple[Any, Any, str]], usagetype: str, **other: str) -> Row:
    """What traffic from a region costs."""
    attributes = {
        "transferType": kind,
        "fromRegionCode": src,
        "fromLocationType": "AWS Region",
        "toLocation": to,
        "toLocationType": "Other" if to == "External" else "AWS Region",
        "toRegionCode": "" if to == "External" else to,
        "usagetype": usagetype,
        "operation": "",
        **other,
    }
    sku = "-".join([src, kind, to, usagetype, *sorted(other.values())])
    return product(sku, "Data Transfer", prices, "GB", **attributes)


def flat(price: str) -> list[tuple[Any, Any, str]]:
    return [(0, "Inf", price)]


def transfers(src: str) -> Iterator[Row]:
    """What traffic from a region costs, and the meters that stand beside it."""
    yield transfer(src, "AWS Outbound", "External", list(TIERS), "DataTransfer-Out-Bytes")
    yield transfer(src, "AWS Outbound", "External", flat("0.0400"), "DataTransfer-Out-ABytes")
    yield transfer(src, "AWS Inbound", "External", flat("0.0000"), "DataTransfer-In-Bytes")
    for dst in (US, EU, NOWHERE):
        if dst != src:
            yield transfer(src, "InterRegion Outbound", dst, flat("0.0200"), f"{src}-{dst}-AWS-Out-Bytes")
            yield transfer(src, "InterRegion Inbound", dst, flat("0.0000"), f"{src}-{dst}-AWS-In-Bytes")
            yield transfer(
                src, "InterRegion Outbound", dst, flat("0.0150"), f"{src}-{dst}-AWS-Out-Bytes", operation="Replication"
            )
    yield transfer(src, "IntraRegion", src, flat("0.0100"), f"{src}-DataTransfer-Regional-Bytes")
    yield transfer(src, "IntraRegion-xAZ-Out", src, flat("0.0000"), f"{src}-DataTransfer-xAZ-Out-Bytes")
    local = {"fromLocationType": "AWS Local Zone", "fromRegionCode": f"{src}-bos-1"}
    yield transfer(src, "AWS Outbound", "External", flat("0.1300"), "BOS1-DataTransfer-Out-Bytes", **local)


def offers(zone_id: str, name: str) -> bool:
    """One zone has but a few types."""
    return zone_id != FEW or name.startswith("m5.")


def spot_history(region: str) -> Iterator[Row]:
    """For each type and zone the row in force when the window opens or a change within it; and rows of other things."""
    for number, (name, vcpus, _) in enumerate(TYPES):
        for zone, zone_id in ZONES[region].items():
            if not offers(zone_id, name):
                continue
            row = {"InstanceType": name, "AvailabilityZone": zone, "AvailabilityZoneId": zone_id}
            now = usd(vcpus, region) * 0.3
            row["ProductDescription"] = "Linux/UNIX"
            if number % 3:
                yield {**row, "SpotPrice": f"{now:.6f}", "Timestamp": NOW - timedelta(days=2, minutes=number)}
            else:
                yield {**row, "SpotPrice": f"{now:.6f}", "Timestamp": NOW - timedelta(minutes=90)}
                yield {**row, "SpotPrice": f"{now * 0.9:.6f}", "Timestamp": NOW - timedelta(hours=30)}
            yield {
                **row,
                "ProductDescription": "Windows",
                "SpotPrice": "9.900000",
                "Timestamp": NOW - timedelta(hours=1),
            }
        if region == US:
            name_of_zone, zone_id = LOCAL_ZONE
            yield {
                "InstanceType": name,
                "AvailabilityZone": name_of_zone,
                "AvailabilityZoneId": zone_id,
                "ProductDescription": "Linux/UNIX",
                "SpotPrice": "8.800000",
                "Timestamp": NOW - timedelta(hours=1),
            }


def described(name: str, vcpus: int, gib: int) -> Row:
    """A row of DescribeInstanceTypes."""
    arm = "Graviton" in PROCESSORS[name.split(".")[0]]
    row: Row = {
        "InstanceType": name,
        "VCpuInfo": {"DefaultVCpus": vcpus},
        "MemoryInfo": {"SizeInMiB": 1024 * gib},
        "ProcessorInfo": {"SupportedArchitectures": ["arm64"] if arm else ["i386", "x86_64"]},
        "BurstablePerformanceSupported": name.startswith("t3"),
    }
    if name.startswith("g5"):
        gpu = {"Name": "A10G", "Manufacturer": "NVIDIA", "Count": 1, "MemoryInfo": {"SizeInMiB": 24576}}
        row["GpuInfo"] = {"Gpus": [gpu], "TotalGpuMemoryInMiB": 24576}
    return row


def advisor_document() -> Row:
    """The Spot Instance Advisor's file."""
    ranges = [{"index": n, "label": label, "dots": n, "max": most} for n, (label, most) in enumerate(BANDS)]
    return {
        "global_rate": "<10%",
        "instance_types": {name: {"emr": True, "cores": vcpus, "ram_gb": gib} for name, vcpus, gib in TYPES},
        "ranges": ranges,
        "spot_advisor": {
            region: {
                "Linux": {name: {"s": 70, "r": number % 5} for number, (name, _, _) in enumerate(TYPES)},
                "Windows": {"m5.large": {"s": 10, "r": 4}},
            }
            for region in (US, EU)
        },
    }


@dataclass
class Market:
    """All that the fakes say; tests change it."""

    products: list[Row] = field(
        default_factory=lambda: [row for region in (US, EU, NOWHERE) for row in machines(region)]
    )
    transfers: list[Row] = field(default_factory=lambda: [row for region in (US, EU) for row in transfers(region)])
    codes: list[str] = field(
        default_factory=lambda: [US, "us-east-1-bos-1", "us-east-1-wl1-atl1", EU, NOWHERE, "us-west-2-lax-1"]
    )
    regions: dict[str, str] = field(
        default_factory=lambda: {US: "opt-in-not-required", EU: "opted-in", CLOSED: "not-opted-in"}
    )
    """Opt-in status by region."""
    types: list[Row] = field(default_factory=lambda: [described(*kind) for kind in TYPES])
    offerings: dict[str, list[tuple[str, str]]] = field(
        default_factory=lambda: {
            region: [(name, zone) for name, _, _ in TYPES for zone in zones.values() if offers(zone, name)]
            for region, zones in ZONES.items()
        }
    )
    """(type, zone id) by region."""
    spot: dict[str, list[Row]] = field(default_factory=lambda: {region: list(spot_history(region)) for region in ZONES})
    scores: list[Row] = field(
        default_factory=lambda: [
            {"Region": US, "AvailabilityZoneId": "use1-az6", "Score": 9},
            {"Region": EU, "AvailabilityZoneId": "euc1-az2", "Score": 3},
            {"Region": CLOSED, "AvailabilityZoneId": "mec1-az1", "Score": 1},
        ]
    )
    advisor: Row = field(default_factory=advisor_document)
    advisor_changed: str | None = "Thu, 19 Nov 2026 09:30:00 GMT"
    """Last-Modified of the advisor's file."""
    repeats_a_page: bool = False

    def page(self, rows: list[Any], token: str, size: int, *, gap: bool = False) -> tuple[list[Any], str]:
        """(a page, token of the next); the last token is an empty text, and with a `gap` the second page is empty."""
        pages = [rows[start : start + size] for start in range(0, len(rows), size)] or [[]]
        if gap:
            pages.insert(1, [])
        if self.repeats_a_page:
            pages.insert(0, pages[0])
        number = int(token or 0)
        return pages[number], str(number + 1) if number + 1 < len(pages) else ""
