"""All charges of a fleet: the same rules for what was placed, and for what it is compared with."""

from collections.abc import Sequence

from placement.reports.charge import Charge
from placement.reports.keeping import keeping
from placement.reports.moving import moving
from placement.reports.price_line import Prices
from placement.reports.running import running
from placement.reports.tenure import Tenure
from placement.reports.transfer import transfer


def charges(fleet: str, tenures: Sequence[Tenure], prices: Prices, listed: Prices | None = None) -> list[Charge]:
    """By tenure, egress after the rest; `listed` tells the on-demand price of what an offering is.

    Raises LookupError where no tariff prices a pair of places, or the market no longer has one of them.
    """
    found: list[Charge] = []
    for tenure in tenures:
        found += running(fleet, tenure, prices, listed or prices)
        found += keeping(fleet, tenure)
        found += moving(fleet, tenure)
    found += transfer(fleet, tenures)
    return found
