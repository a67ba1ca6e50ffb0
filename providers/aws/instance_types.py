"""What a machine has is said by the price list in words, and by EC2 in numbers.

The price list names no GPU model; its `gpuMemory` is taken as the sum over all GPUs, in GiB. A part of a GPU is no GPU
that could be asked for, and counts as none.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from placement.domain.offering import InstanceType
from placement.domain.provider import Refusal
from providers.aws.settings import PROVIDER

NO_SPECS = "vCPUs or memory cannot be read"
_BURSTABLE = re.compile(r"t\d")
_GIB = re.compile(r"([\d,]+(?:\.\d+)?) *(GiB|GB|TiB)\b")


def listed(attributes: Mapping[str, str]) -> InstanceType | None:
    """From the attributes of a product; None where vCPUs or memory cannot be read."""
    name, memory_gib = attributes.get("instanceType", ""), _gib(attributes.get("memory", ""))
    vcpus = attributes.get("vcpu", "")
    if not (name and memory_gib and vcpus.isdecimal() and int(vcpus)):
        return None
    gpus = attributes.get("gpu", "")
    count = int(gpus) if gpus.isdecimal() else 0
    return InstanceType(
        PROVIDER,
        name,
        float(vcpus),
        memory_gib,
        architecture=_architecture(attributes),
        burstable=_BURSTABLE.match(name) is not None,
        gpu_count=count,
        gpu_memory_gib=_gib(attributes.get("gpuMemory", "")) if count else None,
    )


def described(rows: Iterable[Mapping[str, Any]]) -> dict[str, InstanceType | Refusal]:
    """From DescribeInstanceTypes of one region, by name."""
    kinds = list(rows)
    memory_mib = _memory_of_a_gpu(kinds)
    return {row["InstanceType"]: _described(row, memory_mib) for row in kinds}


def _described(row: Mapping[str, Any], memory_mib: Mapping[str, int]) -> InstanceType | Refusal:
    name = row["InstanceType"]
    vcpus = row.get("VCpuInfo", {}).get("DefaultVCpus", 0)
    mib = row.get("MemoryInfo", {}).get("SizeInMiB", 0)
    if not (vcpus and mib):
        return Refusal(NO_SPECS, name)
    known = row.get("ProcessorInfo", {}).get("SupportedArchitectures", ())
    gpus = _whole_gpus(row)
    each = [_gpu_memory_mib(gpu, memory_mib) * gpu["Count"] for gpu in gpus]
    models = {gpu["Name"] for gpu in gpus}
    return InstanceType(
        PROVIDER,
        name,
        float(vcpus),
        mib / 1024,
        architecture=next((word for word in ("x86_64", "arm64") if word in known), None),
        burstable=bool(row.get("BurstablePerformanceSupported")),
        gpu_count=sum(gpu["Count"] for gpu in gpus),
        gpu_model=models.pop() if len(models) == 1 else None,
        gpu_memory_gib=sum(each) / 1024 if each and all(each) else None,
    )


def _whole_gpus(row: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    gpus = row.get("GpuInfo", {}).get("Gpus", ())
    return [gpu for gpu in gpus if gpu.get("Count") and gpu.get("GpuPartitionSize", 1) >= 1]


def _size_mib(gpu: Mapping[str, Any]) -> int:
    return int(gpu.get("MemoryInfo", {}).get("SizeInMiB", 0))


def _memory_of_a_gpu(rows: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """The least memory that any instance type says a GPU of each name has."""
    sizes: dict[str, int] = {}
    for row in rows:
        for gpu in _whole_gpus(row):
            if size := _size_mib(gpu):
                sizes[gpu["Name"]] = min(size, sizes.get(gpu["Name"], size))
    return sizes


def _gpu_memory_mib(gpu: Mapping[str, Any], memory_mib: Mapping[str, int]) -> float:
    """Some types with several GPUs give the memory of all as that of each: as many times another type's as they
    have GPUs."""
    size, count = _size_mib(gpu), int(gpu["Count"])
    times = size / memory_mib[gpu["Name"]] if size else 0.0
    return size / count if count > 1 and abs(times - count) < 0.01 * count else size


def _architecture(attributes: Mapping[str, str]) -> str | None:
    """The list says 64-bit of all; the processor's name tells which, and 32 bits only x86 has."""
    processor = attributes.get("physicalProcessor", "").lower()
    if "graviton" in processor:
        return "arm64"
    if any(maker in processor for maker in ("intel", "amd", "xeon", "epyc")):
        return "x86_64"
    return "x86_64" if "32-bit" in attributes.get("processorArchitecture", "") else None


def _gib(words: str) -> float | None:
    if not (found := _GIB.search(words)):
        return None
    return float(found[1].replace(",", "")) * (1024 if found[2] == "TiB" else 1)
