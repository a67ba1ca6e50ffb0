"""How often one caller may ask: counted in this process, in windows that begin with a caller's first request."""

import re
from collections.abc import Callable
from datetime import datetime
from ipaddress import IPv6Address, ip_address
from math import ceil

from limits import RateLimitItem, parse
from limits.strategies import FixedWindowRateLimiter
from starlette.types import Scope

from api.errors import TooManyRequests
from api.rate_counters import Counters

_WRITTEN = re.compile(r"[1-9][0-9]{0,8} ?(/|per) ?([1-9][0-9]{0,3} ?)?(second|minute|hour|day)s?")
_OFF = "off"


def limit_of(text: object) -> object:
    """The limit that is written so, None for `off`; raises ValueError. What is no text is none of it."""
    if not isinstance(text, str):
        return text
    written = text.strip().lower()
    if written == _OFF:
        return None
    if not _WRITTEN.fullmatch(written):
        raise ValueError("must be a number of requests and a time, such as 120/minute or 10/5 seconds, or off")
    return parse(written)


class Rates:
    """Counts what callers ask for, and what was sent in vain from an address; a limit that is None is none."""

    def __init__(
        self,
        asking: RateLimitItem | None,
        deciding: RateLimitItem | None,
        guessing: RateLimitItem | None,
        clock: Callable[[], datetime],
    ) -> None:
        self._asking, self._deciding, self._guessing, self._clock = asking, deciding, guessing, clock
        # Apart, so that strangers cannot wash away what callers have used.
        self._callers, self._strangers = (FixedWindowRateLimiter(Counters(clock)) for _ in range(2))

    def count(self, who: str, *, decides: bool) -> None:
        """One request of a caller; raises TooManyRequests."""
        if self._asking is not None and not self._callers.hit(self._asking, "requests", who):
            raise self._refused("requests", self._asking, self._callers, who)
        if decides and self._deciding is not None and not self._callers.hit(self._deciding, "decisions", who):
            raise self._refused("decisions", self._deciding, self._callers, who)

    def check_guesses(self, address: str) -> None:
        """Raises TooManyRequests where too much was sent in vain from this address to look at more."""
        if self._guessing is not None and not self._strangers.test(self._guessing, "guesses", address):
            raise self._refused("guesses", self._guessing, self._strangers, address)

    def count_guess(self, address: str) -> None:
        """Something was sent in vain; raises TooManyRequests where that was once too often."""
        if self._guessing is not None and not self._strangers.hit(self._guessing, "guesses", address):
            raise self._refused("guesses", self._guessing, self._strangers, address)

    def _refused(
        self, counted: str, limit: RateLimitItem, counters: FixedWindowRateLimiter, who: str
    ) -> TooManyRequests:
        left_s = counters.get_window_stats(limit, counted, who).reset_time - self._clock().timestamp()
        return TooManyRequests(counted, limit.amount, limit.get_expiry(), max(1, ceil(left_s)))


def address_of(scope: Scope) -> str:
    """Who is at the other end, `local` for a socket of this machine; of IPv6 the network, all of which one host has."""
    client = scope.get("client")
    if client is None or not client[0]:
        return "local"
    try:
        address = ip_address(client[0])
    except ValueError:
        return str(client[0])
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or f"{IPv6Address(int(address) >> 64 << 64)}/64")
    return str(address)
