"""What a machine has, from the words of the price list and from the numbers of EC2."""

from typing import Any

import pytest

from placement.domain.offering import InstanceType
from placement.domain.provider import Refusal
from providers.aws.instance_types import described, listed
from tests.providers.aws.market import machine


def of_list(name: str, **attributes: str) -> InstanceType:
    found = listed(machine("us-east-1", name, "1", **attributes)["product"]["attributes"])
    assert found
    return found


def of_ec2(*rows: dict[str, Any]) -> list[InstanceType | Refusal]:
    return list(described(rows).values())


def kind(name: str, **other: Any) -> dict[str, Any]:
    size = {"VCpuInfo": {"DefaultVCpus": 4}, "MemoryInfo": {"SizeInMiB": 15872}}
    return {"InstanceType": name, **size, "ProcessorInfo": {"SupportedArchitectures": ["x86_64"]}, **other}


def gpus(name: str, count: int, size_mib: int, **other: Any) -> dict[str, Any]:
    gpu = {"Name": name, "Manufacturer": "NVIDIA", "Count": count, "MemoryInfo": {"SizeInMiB": size_mib}, **other}
    return {"GpuInfo": {"Gpus": [gpu], "TotalGpuMemoryInMiB": count * size_mib}}


def test_the_list_says_vcpus_and_memory_in_words() -> None:
    found = of_list("m5.large")
    assert (found.vcpus, found.memory_gib, found.burstable, found.gpu_count) == (2, 8, False, 0)
    assert of_list("m5.large", memory="1,952 GiB").memory_gib == 1952
    assert of_list("m5.large", memory="0.5 GiB").memory_gib == 0.5
    assert of_list("m5.large", memory="6 TiB").memory_gib == 6144


@pytest.mark.parametrize("missing", [{"memory": "NA"}, {"vcpu": "NA"}, {"vcpu": "0"}, {"memory": ""}])
def test_a_machine_of_unknown_size_is_none(missing: dict[str, str]) -> None:
    assert listed(machine("us-east-1", "m5.large", "1", **missing)["product"]["attributes"]) is None


def test_the_list_calls_all_64_bit_and_the_processor_tells_which() -> None:
    assert of_list("m5.large").architecture == "x86_64"
    assert of_list("m6a.large").architecture == "x86_64"
    assert of_list("m7g.large").architecture == "arm64"
    assert of_list("m5.large", physicalProcessor="Variable").architecture is None
    old = of_list("m5.large", physicalProcessor="Variable", processorArchitecture="32-bit or 64-bit")
    assert old.architecture == "x86_64"


def test_t_types_are_burstable_and_trn_are_not() -> None:
    assert of_list("t3.large").burstable
    assert not of_list("m5.large", instanceType="trn1.2xlarge").burstable


def test_the_list_knows_gpus_but_not_their_model() -> None:
    found = of_list("g5.xlarge", gpu="4", gpuMemory="96 GB")
    assert (found.gpu_count, found.gpu_model, found.gpu_memory_gib) == (4, None, 96)
    assert of_list("g5.xlarge", gpuMemory="NA").gpu_memory_gib is None
    assert of_list("m5.large", gpuMemory="NA").gpu_memory_gib is None


def test_a_part_of_a_gpu_is_no_gpu() -> None:
    assert of_list("g5.xlarge", gpu="0.125").gpu_count == 0
    (part,) = of_ec2(kind("g6f.large", **gpus("L4", 1, 2861, GpuPartitionSize=0.125)))
    assert isinstance(part, InstanceType)
    assert (part.gpu_count, part.gpu_model, part.gpu_memory_gib) == (0, None, None)


def test_ec2_says_all_in_numbers() -> None:
    (found,) = of_ec2(kind("g4dn.12xlarge", BurstablePerformanceSupported=False, **gpus("T4", 4, 16384)))
    assert found == InstanceType(
        "aws", "g4dn.12xlarge", 4, 15.5, "x86_64", gpu_count=4, gpu_model="T4", gpu_memory_gib=64
    )


def test_some_types_with_several_gpus_give_the_memory_of_all_as_that_of_each() -> None:
    found = of_ec2(
        kind("g6.xlarge", **gpus("L4", 1, 22888)),
        kind("g6.48xlarge", **gpus("L4", 8, 183105)),
        kind("p4d.24xlarge", **gpus("A100", 8, 40960)),
        kind("p4de.24xlarge", **gpus("A100", 8, 81920)),
    )
    memory = [round(one.gpu_memory_gib or 0) for one in found if isinstance(one, InstanceType)]
    assert memory == [22, 179, 320, 640]


def test_a_mac_has_an_architecture_of_its_own_that_nobody_asks_for() -> None:
    (found,) = of_ec2(kind("mac2.metal", ProcessorInfo={"SupportedArchitectures": ["arm64_mac"]}))
    assert isinstance(found, InstanceType)
    assert found.architecture is None


def test_ec2_may_not_say_how_large_a_machine_is() -> None:
    assert of_ec2({"InstanceType": "x.large"}) == [Refusal("vCPUs or memory cannot be read", "x.large")]
