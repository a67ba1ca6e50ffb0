"""Google Cloud has no price list of machines: a machine's price is the sum of what its parts cost.

Prices are those of the public list: no sustained-use, commitment or negotiated discounts. Egress is priced in the
premium network tier, which is the default; the standard tier is left out.
"""

from collections.abc import Sequence

from placement.domain.provider import Source, Surroundings
from providers.gcp.market import Market
from providers.gcp.risk import Risk


def sources(surroundings: Surroundings) -> Sequence[Source]:
    """`gcp`: regions, machine types, prices and egress; `gcp-risk`: what became of spot machines."""
    return [Market(surroundings), Risk(surroundings)]
