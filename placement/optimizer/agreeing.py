"""Charges for tariffs and prices on copies that may move, in turns: each is right for what the other was."""

from collections.abc import Sequence

from placement.optimizer.boxes import Lies, lines_near
from placement.optimizer.branch import volumes_of
from placement.optimizer.charging import Charging
from placement.optimizer.copy_prices import price_copies
from placement.optimizer.relaxation import Relaxation

_FEW_TARIFFS = 10
"""In play: volumes of so many are soon cut into boxes; for more, flows are charged apart."""
_MOST_CHARGES = 20_000_000
"""Flows times tariffs that memory is spent on, about a GB."""
_GAIN = 0.05
"""A turn that closes less of what is open is the last."""


def apart(relaxation: Relaxation, tariffs: Sequence[int]) -> bool:
    """Whether flows are charged apart for these tariffs."""
    return len(tariffs) > _FEW_TARIFFS and len(tariffs) * len(relaxation.traffic.arcs) <= _MOST_CHARGES


def charge(charging: Charging, relaxation: Relaxation, lies: Lies, until_s: float) -> None:
    """Rounds of charges from a solution on, and where copies may move, prices on these under the charges. There must be
    a placement already; the relaxation keeps the prices, and the regions that the charges leave."""
    search, before = charging.search, -float("inf")
    charging.run(relaxation, lies, until_s)
    while relaxation.edges.copied.sets and not search.closed and search.seconds < until_s:
        if search.bound_usd - before < _GAIN * (search.value_usd - before):
            return
        assert search.placement is not None
        before, near = search.bound_usd, lines_near(relaxation, volumes_of(relaxation, search.placement))
        relaxation.charges = charging.charges
        lies = price_copies(search, relaxation, relaxation.first_lines, near, until_s)
        charging.run(relaxation, lies, until_s)
