"""A small Azure: two regions, and one that no table knows."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from placement.domain.provider import Source, Surroundings
from providers.azure.access import ARM_URL, PRICES_URL, SUBSCRIPTION
from providers.azure.market import AzureMarket
from providers.azure.risk import AzureRisk
from providers.limits import Limits
from tests.providers.azure import fake_arm
from tests.providers.azure.fake_arm import FakeArm, restriction, sku
from tests.providers.azure.fake_retail import RATE_LIMIT, FakeRetail
from tests.providers.azure.rows import DECEMBER, NOVEMBER, OCTOBER, Row, egress, internet, machine
from tests.providers.azure.serving import serving
from tests.providers.conformance import SECRET, Cloud
from tests.providers.wire.faults import FaultProxy

REGIONS = ("eastus", "westeurope")
FAMILIES = {
    # GiB for a vCPU, and the architecture as SKUs say it.
    "Standard_D{}s_v5": (4, "x64"),
    "Standard_E{}s_v5": (8, "x64"),
    "Standard_D{}ps_v5": (4, "Arm64"),
}
VCPUS = (2, 4, 8, 16, 32, 48)
TIERS = ((0.0, 0.0), (100.0, 0.0875), (10340.0, 0.083), (51300.0, 0.07), (153700.0, 0.05))
ENVIRONMENT = {
    SUBSCRIPTION: fake_arm.SUBSCRIPTION,
    # To be quick: every region of the table is asked about otherwise.
    "PLACEMENT_AZURE_REGIONS": ",".join((*REGIONS, "nowhere-1")),
}


class Token(NamedTuple):
    token: str
    expires_on: int


@dataclass(frozen=True)
class FakeCredential:
    """Knows the one token, and for what it was asked."""

    scopes: list[str]

    def get_token(self, *scopes: str, **_: Any) -> Token:
        self.scopes.extend(scopes)
        return Token(f"token-{SECRET}", int(time.time()) + 3600)


def sizes() -> Iterator[tuple[str, int, int, str]]:
    """(name, vCPUs, GiB, architecture)"""
    for name, (gib, architecture) in FAMILIES.items():
        for vcpus in VCPUS:
            yield name.format(vcpus), vcpus, vcpus * gib, architecture


def rows_of(region: str) -> Iterator[Row]:
    for size, vcpus, gib, _ in sizes():
        usd = vcpus * 0.03 + gib * 0.004
        yield machine(region, size, round(usd, 6))
        yield machine(region, size, round(usd * 1.8, 6), product="Virtual Machines Dsv5 Series Windows")
        for window, share in ((OCTOBER, 0.2), (NOVEMBER, 0.22), (DECEMBER, 0.25)):
            yield machine(region, size, round(usd * share, 6), window, " Spot")
    yield machine(region, "Standard_D64s_v5", 0.0)
    for vcpus in (2, 4, 8, 16):
        yield machine(region, f"Standard_B{vcpus}s_v2", vcpus * 0.02)
    yield machine(region, "Standard_B2s_v2", 0.018, NOVEMBER, " Spot")
    yield from internet(region, *TIERS)
    yield egress(region, "Intra Continent Data Transfer Out", 0, 0.02, "Bandwidth Inter-Region")
    yield egress(region, "Inter Continent Data Transfer Out", 0, 0.05, "Bandwidth Inter-Region")


def retail() -> FakeRetail:
    rows = [row for region in REGIONS for row in rows_of(region)]
    return FakeRetail([*rows, machine("nowhere-1", "Standard_D2s_v5", 0.1)])


def arm() -> FakeArm:
    fake = FakeArm(f"token-{SECRET}")
    for region, written in zip(REGIONS, ("eastus", "WestEurope"), strict=True):
        for size, vcpus, gib, architecture in sizes():
            says: dict[str, Any] = {
                "vCPUs": vcpus,
                "MemoryGB": gib,
                "CpuArchitectureType": architecture,
                "LowPriorityCapable": True,
            }
            fake.skus.append(sku(size, written, **says))
            at = {"id": f"/{region}/{size}", "sku": size.lower(), "location": region}
            fake.rates.append({**at, "rate": "20+" if vcpus == 48 else "5-10"})
            history = [
                {"priceUSD": 0.01 * vcpus, "effectiveDate": "2026-11-10T00:00:00Z"},
                {"priceUSD": 0.012 * vcpus, "effectiveDate": "2026-09-01T00:00:00Z"},
            ]
            fake.prices.append({**at, "os": "Linux", "prices": history})
        for vcpus in (2, 4, 8, 16):
            says = {"vCPUs": vcpus, "MemoryGB": vcpus * 4, "CpuArchitectureType": "x64", "LowPriorityCapable": True}
            fake.skus.append(sku(f"Standard_B{vcpus}s_v2", written, **says))
        fake.skus.append(sku("Premium_LRS", written) | {"resourceType": "disks"})
    fake.rates.append({"id": "/nowhere", "sku": "standard_d2s_v5", "location": "nowhere-1", "rate": "0-5"})
    fake.skus[0]["restrictions"] = [restriction("Zone", "eastus", ("2",))]
    return fake


class AzureCloud(Cloud):
    provider = "azure"

    def __init__(self, retail: FakeRetail, arm: FakeArm, proxies: Sequence[FaultProxy]) -> None:
        self.retail, self.arm, self.proxies = retail, arm, proxies
        self.scopes: list[str] = []

    @property
    def environment(self) -> Mapping[str, str]:
        return {PRICES_URL: self.proxies[0].url, ARM_URL: self.proxies[1].url}

    def sources(self, surroundings: Surroundings, limits: Limits, sleep: Callable[[float], None]) -> Sequence[Source]:
        environment = {**self.environment, **ENVIRONMENT, **surroundings.environment}
        given = FakeCredential(self.scopes)
        around = replace(surroundings, environment=environment)
        return (AzureMarket(around, limits, sleep, given), AzureRisk(around, limits, sleep, given))

    def lose_a_page(self) -> None:
        self.retail.losing = True

    def repeat_a_page(self) -> None:
        self.retail.repeating = True


@contextmanager
def running() -> Iterator[AzureCloud]:
    with ExitStack() as stack:
        fakes = retail(), arm()
        servers = [
            stack.enter_context(serving(fakes[0].answer, RATE_LIMIT)),
            stack.enter_context(serving(fakes[1].answer)),
        ]
        proxies = [stack.enter_context(FaultProxy(url).running()) for url in servers]
        yield AzureCloud(*fakes, proxies)
