"""Azure: list and spot prices and egress tariffs that anyone may read, and with credentials exact sizes and risk.

`azure` reads the Retail Prices API, and where credentials are given also the subscription's SKUs; `azure-risk` reads
eviction rates and past spot prices from Resource Graph.
"""

from collections.abc import Sequence

from placement.domain.provider import Source, Surroundings
from providers.azure.market import AzureMarket
from providers.azure.risk import AzureRisk


def sources(surroundings: Surroundings) -> Sequence[Source]:
    """What Azure says of its market; imports no SDK."""
    return (AzureMarket(surroundings), AzureRisk(surroundings))
