"""AWS is three sources: the price list (`aws`), spot prices (`aws-spot`) and the Spot Instance Advisor (`aws-risk`).

`aws` needs no credentials: without them it reads the public price files, with them the Pricing API; both give the same
facts. `aws-spot` asks EC2 and needs them. `aws-risk` reads a public file.
"""

from collections.abc import Sequence

from placement.domain.provider import Source, Surroundings
from providers.aws.advisor import AwsRisk
from providers.aws.price_list import AwsPriceList
from providers.aws.spot import AwsSpot


def sources(surroundings: Surroundings) -> Sequence[Source]:
    """The three; nothing is imported or asked before their facts are wanted."""
    return AwsPriceList(surroundings), AwsSpot(surroundings), AwsRisk(surroundings)
