"""A source is swept alone: all that it says is stored as one catalog version, or nothing and the reason why."""

import os
from collections import defaultdict
from datetime import datetime
from statistics import median_low
from traceback import extract_tb
from typing import TYPE_CHECKING

from placement.domain.errors import BadInput, CollectionFailed, PlacementError, SweepRunning, Unconfigured
from placement.domain.provider import Clock, Source
from placement.domain.sweep import Collection, FailedCollection, Sweep
from placement.market.price_limits import Medians
from placement.planner.gathering import Watch, gather, watch_nothing

if TYPE_CHECKING:
    from placement.domain.money import NanoUsd
    from placement.store.repository import Store

_DEBUG = "PLACEMENT_DEBUG"


def collect(
    store: "Store", source: Source, clock: Clock, *, accept_loss: bool = False, watch: Watch = watch_nothing
) -> tuple[Collection, Sweep]:
    """Sweep a source and store what it says; returns the record, and the sweep with its notices.

    Raises CollectionFailed, having kept the reason, where the source fails; Unconfigured and SweepRunning, of which no
    record is kept. Nothing else changes then.
    """
    started_at = clock()
    with store.sweeping(source.provider):
        try:
            _check_order(store, source, started_at)
            sweep = _swept(store, source, watch)
            return store.save_sweep(sweep, clock(), started_at, accept_loss=accept_loss), sweep
        except (Unconfigured, SweepRunning):
            raise
        except (CollectionFailed, BadInput) as failed:
            store.save_failure(FailedCollection(source.name, started_at, clock(), str(failed)))
            raise


def _check_order(store: "Store", source: Source, started_at: datetime) -> None:
    """Raise CollectionFailed for a recording that is older than what is stored: it would pass for the newest."""
    last = max((done.finished_at for done in store.collections() if done.source == source.name), default=None)
    if last is not None and started_at < last:
        raise CollectionFailed(
            f"{source.name}: would be collected as of {started_at:%Y-%m-%d %H:%M} UTC, before what was stored on "
            f"{last:%Y-%m-%d %H:%M}; replay recordings into a database of their own"
        )


def _swept(store: "Store", source: Source, watch: Watch) -> Sweep:
    """The sweep; whatever goes wrong names the source."""
    try:
        return gather(source, lambda: _medians(store, source.provider), watch)
    except CollectionFailed as failed:
        if str(failed).startswith(source.name):
            raise
        raise type(failed)(f"{source.name}: {failed}") from failed
    except PlacementError:
        raise
    except Exception as fault:
        if os.environ.get(_DEBUG):
            raise
        # Its words are not shown: nobody has looked whether they hold a secret.
        where = extract_tb(fault.__traceback__)[-1]
        place = f"{os.path.basename(where.filename)}, line {where.lineno}"
        words = f"its adapter fails with {type(fault).__name__} ({place}); {_DEBUG}=1 shows more"
        raise CollectionFailed(f"{source.name}: {words}") from fault


def _medians(store: "Store", provider: str) -> Medians:
    by_type: dict[str, list[NanoUsd]] = defaultdict(list)
    for name, usd_per_hour in store.on_demand_prices(provider):
        by_type[name].append(usd_per_hour)
    return {(provider, name): median_low(rates) for name, rates in by_type.items()}
