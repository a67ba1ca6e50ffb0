"""A small market as Google's APIs tell it: rows of machine types and of the billing catalogue. Prices are made up."""

from collections.abc import Iterator
from typing import Any

IOWA, FRANKFURT, NOWHERE = "us-central1", "europe-west3", "nowhere-1"
PROJECT = "shop-42"
_URL = f"https://www.googleapis.com/compute/v1/projects/{PROJECT}"
Row = dict[str, Any]


def region(name: str, status: str = "UP") -> Row:
    return {"name": name, "status": status, "zones": [f"{_URL}/zones/{name}-a"], "quotas": []}


def machine(name: str, vcpus: int, memory_gib: float, **more: Any) -> Row:
    return {
        "kind": "compute#machineType",
        "name": name,
        "guestCpus": vcpus,
        "memoryMb": round(memory_gib * 1024),
        "isSharedCpu": False,
        "architecture": "X86_64",
        "description": f"{vcpus} vCPUs, {memory_gib} GB RAM",
        **more,
    }


def with_gpus(name: str, vcpus: int, memory_gib: float, gpu: str, count: int, **more: Any) -> Row:
    gpus = [{"guestAcceleratorType": gpu, "guestAcceleratorCount": count}]
    return machine(name, vcpus, memory_gib, accelerators=gpus, **more)


def disks(partitions: int) -> Row:
    return {"bundledLocalSsds": {"defaultInterface": "NVME", "partitionCount": partitions}}


def machines() -> list[Row]:
    shared = {"isSharedCpu": True}
    rows = [
        machine("e2-micro", 2, 1, **shared),
        machine("e2-small", 2, 2, **shared),
        machine("e2-medium", 2, 4, **shared),
        machine("f1-micro", 1, 0.6, **shared),
        machine("g1-small", 1, 1.7, **shared),
        machine("t2a-standard-4", 4, 16, architecture="ARM64"),
        machine("c2-standard-4", 4, 16),
        machine("c3-standard-4-lssd", 4, 16, **disks(1)),
        machine("c4d-standard-8", 8, 31),
        machine("c4d-standard-8-lssd", 8, 31, **disks(1)),
        machine("m1-ultramem-40", 40, 961),
        machine("m2-ultramem-208", 208, 5888),
        machine("m4n-ultramem-224", 224, 5952),
        with_gpus("a2-highgpu-1g", 12, 85, "nvidia-tesla-a100", 1),
        with_gpus("a3-ultragpu-8g", 224, 2952, "nvidia-h200-141gb", 8, **disks(32)),
        with_gpus("a4-highgpu-8g", 224, 3968, "nvidia-b200", 8, **disks(32)),
        with_gpus("g2-standard-4", 4, 16, "nvidia-l4", 1),
        with_gpus(
            "g4-standard-6",
            6,
            22,
            "nvidia-rtx-pro-6000",
            1,
            description="1/8 NVIDIA RTX PRO 6000 GPU, 6 vCPUs, 22GB RAM",
        ),
        with_gpus("ct5lp-hightpu-1t", 24, 48, "ct5lp", 1),
        machine("n1-standard-99", 99, 99, deprecated={"state": "DEPRECATED"}),
    ]
    rows += [machine(f"{family}-standard-{n}", n, 4 * n) for family in ("e2", "n2", "n2d") for n in (2, 4, 8, 16, 32)]
    rows += [machine(f"n1-standard-{n}", n, 3.75 * n) for n in (1, 2, 4, 8)]
    return rows


def sku(description: str, group: str, regions: list[str], usd: float | list[tuple[float, float]], **more: Any) -> Row:
    """A row; `usd` is the rate, or (from, rate) by tier; `usage`, `unit` and `family` may be named."""
    tiers = usd if isinstance(usd, list) else [(0, usd)]
    unit = more.get("unit", "GiBy.h" if group == "RAM" else "h")
    return {
        "description": description,
        "category": {
            "serviceDisplayName": "Compute Engine",
            "resourceFamily": more.get("family", "Compute"),
            "resourceGroup": group,
            "usageType": more.get("usage", "OnDemand"),
        },
        "serviceRegions": regions,
        "pricingInfo": [{"pricingExpression": {"usageUnit": unit, "tieredRates": [_tier(*tier) for tier in tiers]}}],
    }


def _tier(start: float, usd: float) -> Row:
    nanos = round(usd * 10**9)
    price = {"currencyCode": "USD", "units": str(nanos // 10**9), "nanos": nanos % 10**9}
    return {"startUsageAmount": start, "unitPrice": price}


def both(words: str, group: str, place: str, regions: list[str], usd: float, **more: Any) -> Iterator[Row]:
    """On demand, and as spot at a third."""
    yield sku(f"{words} running in {place}", group, regions, usd, **more)
    spot = f"Spot Preemptible {words} running in {place}"
    yield sku(spot, group, regions, round(usd / 3, 9), usage="Preemptible", **more)


def skus() -> list[Row]:
    return [
        row for place in (("Americas", IOWA), ("Frankfurt", FRANKFURT), ("Atlantis", NOWHERE)) for row in _of(*place)
    ]


def _of(place: str, name: str) -> Iterator[Row]:
    dear = 1.0 if name == IOWA else 1.2
    regions = [name]
    for words, core, ram in (
        ("E2 Instance", 0.02181159, 0.00292353),
        ("N2 Instance", 0.031611, 0.004237),
        ("N2D AMD Instance", 0.027502, 0.003686),
        ("T2A Arm Instance", 0.0255, 0.0034),
        ("C3 Instance", 0.03398, 0.00456),
        ("M4NUltramem224 Instance", 0.0372, 0.0102166),
        ("Memory-optimized Instance", 0.0348, 0.0051),
        ("A2 Instance", 0.031611, 0.004237),
        ("A3Ultra Instance", 0.0323, 0.0028),
        ("G2 Instance", 0.02498, 0.00293),
        ("Compute optimized", 0.03398, 0.00455),
    ):
        yield from both(f"{words} Core", "CPU", place, regions, core * dear)
        ram_words = "M4NUltramem224Instance" if words.startswith("M4N") else words
        yield from both(f"{ram_words} Ram", "RAM", place, regions, ram * dear)
    yield from both("C4D Instance Core", "CPU", place, regions, 0.0327035 * dear)
    yield from both("C4D Instance Ram", "RAM", place, regions, 0.003495578 * dear, unit="GBy.h")
    yield from both("N1 Predefined Instance Core", "N1Standard", place, regions, 0.031611 * dear)
    yield from both("N1 Predefined Instance Ram", "N1Standard", place, regions, 0.004237 * dear, unit="GiBy.h")
    upgrade = "Memory Optimized Upgrade Premium for Memory-optimized Instance"
    yield sku(f"{upgrade} Core running in {place}", "CPU", regions, 0.008 * dear)
    yield sku(f"{upgrade} Ram running in {place}", "RAM", regions, 0.0012 * dear)
    yield from both("Micro Instance with burstable CPU", "F1Micro", place, regions, 0.0076 * dear)
    yield from both("Small Instance with 1 VCPU", "G1Small", place, regions, 0.0257 * dear)
    for gpu, usd in (("Nvidia Tesla A100 GPU", 2.933908), ("H200 141GB GPU", 9.31174), ("Nvidia L4 GPU", 0.56004)):
        yield sku(f"{gpu} running in {place}", "GPU", regions, usd * dear)
        spot = f"{gpu} attached to Spot Preemptible VMs running in {place}"
        yield sku(spot, "GPU", regions, usd / 3, usage="Preemptible")
    # Filed under OnDemand, both.
    yield sku(f"A4 Nvidia B200 (1 gpu slice) running in {place}", "GPU", regions, 16.11)
    yield sku(f"Spot Preemptible A4 Nvidia B200 (1 gpu slice) running in {place}", "GPU", regions, 4.9542)
    for words, usd in (("SSD backed Local Storage", 0.08), ("C4D Instance Local SSD running", 0.16)):
        family = "Storage" if usd == 0.08 else "Compute"
        yield sku(f"{words} in {place}", "LocalSSD", regions, usd * dear, unit="GiBy.mo", family=family)
    spot = f"SSD backed Local Storage attached to Spot Preemptible VMs in {place}"
    yield sku(spot, "LocalSSD", regions, 0.04, unit="GiBy.mo", usage="Preemptible", family="Storage")
    spot = f"Spot Preemptible C4D Instance Local SSD running in {place}"
    yield sku(spot, "LocalSSD", regions, 0.06, unit="GiBy.mo", usage="Preemptible")
    yield sku(f"N2 Custom Instance Core running in {place}", "CPU", regions, 9)
    yield sku(f"N2 Sole Tenancy Instance Core running in {place}", "CPU", regions, 9)
    yield sku(f"DWS Calendar Mode A4 Nvidia B200 (1 gpu slice) running in {place}", "GPU", regions, 9)
    yield sku(f"Commitment v1: N2 Cpu in {place} for 1 Year", "CPU", regions, 9, usage="Commit1Yr")
    yield from _egress(place, name)


def _egress(place: str, name: str) -> Iterator[Row]:
    regions, network = [name], {"unit": "GiBy", "family": "Network"}
    for to, first in (("Americas", 0.12), ("EMEA", 0.12), ("Australia", 0.19), ("China", 0.23)):
        tiers = [(0.0, 0.0), (1.0, first), (1024.0, first - 0.01), (10240.0, first - 0.04)]
        words = f"Network Internet Data Transfer Out from {place} to {to}"
        yield sku(words, "PremiumInternetEgress", regions, tiers, **network)
    for to in ("Americas", "Frankfurt"):
        words = f"Network Inter Region Data Transfer Out from {place} to {to}"
        yield sku(words, "InterregionEgress", regions, 0.05, **network)
    yield sku("Network Inter Zone Data Transfer Out", "InterzoneEgress", regions, 0.01, **network)
