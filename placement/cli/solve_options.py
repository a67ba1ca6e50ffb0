"""How hard to try to place a fleet, and who knows that it was asked for."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SolveOptions:
    """The options of `placement solve`."""

    time_limit_s: float
    gap: float
    seed: int
    allow_stale: bool
    idempotency_key: str | None
    """By which a service knows the request again; None: nobody will ask again."""
