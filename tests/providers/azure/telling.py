"""What the sources say of fakes that hold just what a test is about."""

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TypeVar

from placement.domain.provider import Fact, PastPrice, Refusal, Surroundings
from placement.domain.sweep import Price, PricedTariff
from providers.azure.access import ARM_URL, PRICES_URL, SUBSCRIPTION
from providers.azure.market import AzureMarket
from providers.azure.risk import AzureRisk
from providers.limits import Limits
from tests.providers.azure import fake_arm
from tests.providers.azure.cloud import FakeCredential
from tests.providers.azure.fake_arm import FakeArm
from tests.providers.azure.fake_retail import FakeRetail
from tests.providers.azure.rows import Row, machine
from tests.providers.azure.serving import Answer, serving
from tests.providers.conformance import NOW

QUICK = Limits(connect_s=1, silence_s=1, answer_s=2, tries=2, at_once=2)
Kind = TypeVar("Kind", bound=Fact)


def market(
    rows: Iterable[Row] | FakeRetail,
    arm: FakeArm | Answer | None = None,
    environment: Mapping[str, str] | None = None,
    regions: str = "eastus",
    record_into: Path | None = None,
) -> list[Fact]:
    """All facts of `azure`: of the rows, or the fake with its ways, and of Azure Resource Manager where given."""
    fake = rows if isinstance(rows, FakeRetail) else FakeRetail(list(rows))
    with ExitStack() as stack:
        settings = {PRICES_URL: stack.enter_context(serving(fake.answer)), "PLACEMENT_AZURE_REGIONS": regions}
        credential = None
        if arm is not None:
            answer = arm.answer if isinstance(arm, FakeArm) else arm
            settings |= {ARM_URL: stack.enter_context(serving(answer)), SUBSCRIPTION: fake_arm.SUBSCRIPTION}
            credential = FakeCredential([])
        around = Surroundings({**settings, **(environment or {})}, lambda: NOW, record_into)
        return list(AzureMarket(around, QUICK, lambda _: None, credential).facts())


def risk(arm: FakeArm, regions: str = "") -> list[Fact]:
    """All facts of `azure-risk`."""
    with serving(arm.answer) as url:
        settings = {ARM_URL: url, SUBSCRIPTION: fake_arm.SUBSCRIPTION, "PLACEMENT_AZURE_REGIONS": regions}
        return list(AzureRisk(Surroundings(settings, lambda: NOW), QUICK, lambda _: None, FakeCredential([])).facts())


def of(facts: Iterable[Fact], kind: type[Kind]) -> list[Kind]:
    return [fact for fact in facts if isinstance(fact, kind)]


def prices(facts: Iterable[Fact]) -> dict[tuple[str, str], float]:
    """USD an hour by size and how it is bought."""
    return {(p.instance_type, str(p.capacity_type)): p.usd_per_hour / 1e9 for p in of(facts, Price)}


def past(facts: Iterable[Fact]) -> list[Price]:
    return [fact.price for fact in of(facts, PastPrice)]


def refusals(facts: Iterable[Fact]) -> dict[str, str]:
    """An example by reason."""
    return {fact.reason: fact.subject for fact in of(facts, Refusal)}


def tariffs(facts: Iterable[Fact]) -> dict[tuple[str, str], list[tuple[float, float]]]:
    """(from GB, USD a GB) by where from and where to."""
    return {
        (fact.tariff.src, fact.tariff.dst): [(tier.from_gb, tier.usd_per_gb / 1e9) for tier in fact.tariff.tiers]
        for fact in of(facts, PricedTariff)
    }


def d2(usd: float = 0.096, **changes: object) -> Row:
    """The row that most tests need so that the region is sold at all."""
    return machine("eastus", "Standard_D2s_v5", usd) | changes
