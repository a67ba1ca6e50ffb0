"""Frozen baselines of decisions, reckoned by a solver once each: neither a decision nor its market changes."""

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from structlog.typing import FilteringBoundLogger

from api.jobs import Jobs
from placement.domain.errors import PlacementError

_KEPT = 10_000
_PATIENCE_S = 0.5
"""A page waits so long for what is not known yet."""


class Baselines:
    """What is known; the rest is reckoned while pages go out without it."""

    def __init__(self, jobs: Jobs, log: FilteringBoundLogger) -> None:
        self._jobs, self._log = jobs, log
        self._known: OrderedDict[str, Mapping[str, Any]] = OrderedDict()
        self._wanted: dict[str, None] = {}
        self._reckoning: asyncio.Task[None] | None = None

    async def of(self, decisions: Iterable[str]) -> Mapping[str, Mapping[str, Any]]:
        """By decision, as `placement.reports.baseline` has them: those that are known after a moment."""
        wanted = list(decisions)
        missing = [each for each in wanted if each not in self._known]
        if missing:
            self._wanted |= dict.fromkeys(missing)
            if self._reckoning is None or self._reckoning.done():
                self._reckoning = asyncio.create_task(self._reckon())
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(self._reckoning), _PATIENCE_S)
        return {each: self._known[each] for each in wanted if each in self._known}

    async def close(self) -> None:
        """Stop reckoning."""
        if self._reckoning is not None:
            self._reckoning.cancel()
            await asyncio.gather(self._reckoning, return_exceptions=True)

    async def _reckon(self) -> None:
        while self._wanted:
            decision = next(iter(self._wanted))
            try:
                self._known[decision] = await self._jobs.ask_solver({"task": "baseline", "id": decision})
            except PlacementError as failure:
                # A solver may be free the next time that somebody looks.
                self._log.warning("a baseline could not be reckoned", decision=decision, reason=str(failure))
            finally:
                self._wanted.pop(decision, None)
            while len(self._known) > _KEPT:
                self._known.popitem(last=False)
