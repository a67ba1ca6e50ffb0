"""A provider is a cloud or a kind of price list; what it says of the market is collected source by source."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from placement.domain.offering import InstanceType
from placement.domain.region import Region
from placement.domain.sweep import CapacityHint, InterruptionFigure, Price, PricedTariff, SourceKind, StorageRate

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that would have been an offering, a tariff or a figure, and cannot be believed or used."""

    reason: str
    """The same words for all rows refused alike, so that they can be counted: `price of 0`."""
    subject: str
    """Which row: `eu-central-1 m5.large on_demand`."""


@dataclass(frozen=True, slots=True)
class PastPrice:
    """What an offering cost from `price.effective_from` on, until its next price: history, and no part of a catalog."""

    price: Price


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that the user should know, while the sweep goes on."""

    words: str


Fact = (
    Region
    | InstanceType
    | Price
    | PastPrice
    | PricedTariff
    | InterruptionFigure
    | CapacityHint
    | StorageRate
    | Refusal
    | Notice
)


class Source(Protocol):
    """One interface of a provider, swept alone: complete, or not at all."""

    @property
    def name(self) -> str:
        """As stored and shown: `aws`, `aws-spot`."""

    @property
    def provider(self) -> str:
        """The provider whose market it is, and whose sweeps exclude each other."""

    @property
    def kind(self) -> SourceKind:
        """Sheets overrule APIs."""

    @property
    def cadence(self) -> timedelta:
        """How often the figures can change at most: a repeated collection asks no more often."""

    def facts(self) -> Iterator[Fact]:
        """All that the source says now, as it comes in; prices region by region where that can be.

        Every call is a new sweep with one moment of its own. Raises Unconfigured where the environment lacks what the
        source needs, CollectionFailed where any part of the answer is missing: what was yielded until then counts
        for nothing.
        """


@dataclass(frozen=True)
class Surroundings:
    """All that a source takes from outside: settings, time and a recording."""

    environment: Mapping[str, str] = field(default_factory=dict)
    clock: Clock = lambda: datetime.now(UTC)
    record_into: Path | None = None
    """A folder that every answer of the provider is written to."""
    replay_from: Path | None = None
    """A folder with such answers, given instead of asking; `clock` should be the recording's."""

    def regions(self, provider: str) -> frozenset[str] | None:
        """The regions that PLACEMENT_<PROVIDER>_REGIONS limits the collection to; None means all."""
        listed = self.environment.get(f"PLACEMENT_{provider.upper()}_REGIONS", "")
        return frozenset(name.strip() for name in listed.split(",") if name.strip()) or None


Provider = Callable[[Surroundings], Sequence[Source]]
"""What an entry point under `placement.providers` names: the sources of one provider. Imports no SDK."""
