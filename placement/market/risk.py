"""Every published interruption figure becomes a hazard per hour; silence becomes a prior, never 0.

A share p reclaimed within a window of h hours is the hazard -ln(1 - p) / h of a memoryless process. p is the middle of
the published band; a band without an upper end (AWS: over 20 %) counts as 5 points above its lower end.
"""

import csv
import math
from functools import cache
from importlib.resources import files

from placement.domain.sweep import InterruptionFigure

WINDOW_HOURS = {"month": 720.0, "day": 24.0, "hour": 1.0}
_OPEN_BAND_POINTS = 5.0


def hazard_per_hour(figure: InterruptionFigure) -> float:
    """The published band as interruptions per instance and hour."""
    return hazard_of_band(figure.pct_low, figure.pct_high, figure.window)


def hazard_of_band(pct_low: float, pct_high: float | None, window: str) -> float:
    """The band from `pct_low` to `pct_high` per cent within `window` as interruptions per instance and hour."""
    middle = pct_low + _OPEN_BAND_POINTS if pct_high is None else (pct_low + pct_high) / 2
    return -math.log1p(-middle / 100) / WINDOW_HOURS[window]


def prior_hazard_per_hour(provider: str) -> float:
    """What is assumed where `provider` publishes nothing; see hazard_priors.csv for the reasoning."""
    priors = _priors()
    return priors.get(provider, priors["*"])


@cache
def _priors() -> dict[str, float]:
    text = files("placement.market").joinpath("hazard_priors.csv").read_text(encoding="utf-8")
    return {row["provider"]: float(row["hazard_per_hour"]) for row in csv.DictReader(text.splitlines())}
