"""A region is a place with a law: provider and name, and everything a policy may ask about it."""

from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True, order=True)
class Attestation:
    """A scheme (such as iso-27001) that holds in a region from `valid_from` to `valid_to`, both inclusive."""

    scheme: str
    valid_from: date
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class Region:
    """One region of one provider; None means unknown."""

    provider: str
    name: str
    country: str
    """ISO 3166-1 alpha-2."""
    city: str | None = None
    continent: str | None = None
    """africa, asia, europe, north-america, oceania or south-america."""
    lat: float | None = None
    """Degrees north."""
    lon: float | None = None
    """Degrees east."""
    partition: str | None = None
    """Which separate cloud of the provider this is (aws, aws-us-gov); the provider's name if it has but one."""
    subdivision: str | None = None
    """ISO 3166-2, such as CA-QC."""
    operator: str | None = None
    operator_country: str | None = None
    parent_country: str | None = None
    attestations: tuple[Attestation, ...] = field(default=())

    @property
    def id(self) -> str:
        """`provider:name`, as written in fleets, policies and answers."""
        return f"{self.provider}:{self.name}"
