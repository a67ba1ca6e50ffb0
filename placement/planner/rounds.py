"""Providers are collected side by side, the sources of one provider one after the other; no failure stops the rest."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from difflib import get_close_matches
from queue import SimpleQueue
from time import perf_counter
from typing import TYPE_CHECKING, Literal

from placement.domain.errors import BadInput, PlacementError, Unconfigured
from placement.domain.provider import Clock, Source
from placement.domain.sweep import Collection
from placement.planner.collecting import collect

if TYPE_CHECKING:
    from placement.store.repository import Store

Result = Literal["stored", "failed", "not configured"]
Watch = Callable[[str, str, int], None]
"""Told as prices come in: the source, the region of the last price, and how many there are."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the sweep of one source ended."""

    source: str
    provider: str
    result: Result
    seconds: float
    collection: Collection | None = None
    """The record of a sweep that was stored."""
    reason: str = ""
    """Why it was not."""
    notices: tuple[str, ...] = ()


def chosen(providers: Mapping[str, Sequence[Source]], names: Sequence[str]) -> list[Source]:
    """The sources of the named providers, or sources named themselves; all of them without names.

    Raises BadInput for a name that is neither.
    """
    sources = [source for own in providers.values() for source in own]
    known = [*providers, *(source.name for source in sources)]
    for name in names:
        if name not in known:
            near = get_close_matches(name, known, 1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(dict.fromkeys(known))}"
            raise BadInput(f"{name!r} is no provider and no source; {hint}")
    owner = {id(source): provider for provider, own in providers.items() for source in own}
    return [s for s in sources if not names or s.name in names or owner[id(s)] in names]


def due(store: "Store", sources: Sequence[Source], clock: Clock) -> list[Source]:
    """Those that were never stored, or so long ago that something may have changed."""
    newest = {done.source: done.finished_at for done in store.collections()}
    return [s for s in sources if s.name not in newest or clock() - newest[s.name] >= s.cadence]


def collect_all(
    store: "Store", sources: Sequence[Source], clock: Clock, watch: Watch, *, accept_loss: bool = False
) -> Iterator[Outcome]:
    """Sweep the sources, and tell of each as it ends."""
    by_provider: dict[str, list[Source]] = {}
    for source in sources:
        by_provider.setdefault(source.provider, []).append(source)
    ended: SimpleQueue[Outcome | BaseException] = SimpleQueue()

    def sweep_provider(own: list[Source]) -> None:
        try:
            for source in own:
                ended.put(_swept(store, source, clock, watch, accept_loss))
        except BaseException as fault:
            ended.put(fault)

    with ThreadPoolExecutor(max(1, len(by_provider))) as workers:
        for own in by_provider.values():
            workers.submit(sweep_provider, own)
        for _ in sources:
            outcome = ended.get()
            if isinstance(outcome, BaseException):
                raise outcome
            yield outcome


def _swept(store: "Store", source: Source, clock: Clock, watch: Watch, accept_loss: bool) -> Outcome:
    began = perf_counter()
    own = source.name, source.provider

    def seen(region: str, rows: int) -> None:
        watch(source.name, region, rows)

    try:
        record, sweep = collect(store, source, clock, accept_loss=accept_loss, watch=seen)
    except Unconfigured as lacking:
        return Outcome(*own, "not configured", perf_counter() - began, reason=str(lacking))
    except PlacementError as failed:
        return Outcome(*own, "failed", perf_counter() - began, reason=str(failed))
    return Outcome(*own, "stored", perf_counter() - began, record, notices=tuple(sweep.warnings))
