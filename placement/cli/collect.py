"""`placement collect`: what the clouds and the price sheets say now."""

import json as json_module
import os
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from placement.cli.context import DatabaseOption, JsonOption, open_store
from placement.cli.output import print_json
from placement.cli.waiting import stoppable
from placement.domain.errors import BadInput
from placement.domain.provider import Surroundings

if TYPE_CHECKING:
    from placement.domain.provider import Source
    from placement.planner.rounds import Outcome
    from placement.store.repository import Store

_BUSY_TIMEOUT_S = 120.0
"""Another provider's sweep may be written just now."""
_SPAN = re.compile(r"(\d{1,6})(s|m|h|d)")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_RECORDED = "recorded.json"


def collect(
    context: typer.Context,
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="PROVIDER", help="aws, azure, gcp, onprem, or one source, such as aws-spot."),
    ] = None,
    every: Annotated[
        str | None, typer.Option(metavar="SPAN", help="Again and again, such as every 10m; each source when it is due.")
    ] = None,
    accept_loss: Annotated[
        bool, typer.Option("--accept-loss", help="Believe a sweep that lacks over a tenth of a region's offerings.")
    ] = False,
    record: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Keep every answer of the providers in a new folder.")
    ] = None,
    replay: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Take the answers of a recording, and ask nobody.")
    ] = None,
    database: DatabaseOption = None,
    json: JsonOption = False,
) -> None:
    """Collect prices, egress tariffs and interruption figures.

    Each source is stored whole as a new catalog version, or not at all, in which case what it said before stays.
    Sources without the settings that they need are named and left out. Exit code 1 if any failed, or if a provider
    that was named has no source that could be collected.
    """
    span = _seconds(every) if every is not None else None
    if span is not None and (record or replay):
        raise BadInput("--every collects anew each time; it goes with neither --record nor --replay")
    surroundings = _surroundings(record, replay)
    with stoppable():
        from placement.planner import rounds, sources

        picked = rounds.chosen(sources.providers(surroundings), names or ())
        store = open_store(context, database, ready=False, busy_timeout_s=_BUSY_TIMEOUT_S)
        if store.is_new():
            store.upgrade()
        store.check_schema()
        if span is None:
            outcomes = _round(store, picked, surroundings, accept_loss)
            _show(outcomes, json)
            raise typer.Exit(_exit_code(outcomes, names or ()))
        while True:
            began = time.monotonic()
            _show(_round(store, rounds.due(store, picked, surroundings.clock), surroundings, accept_loss), json)
            time.sleep(max(0.0, span - (time.monotonic() - began)))


def _round(store: "Store", picked: list["Source"], surroundings: Surroundings, accept_loss: bool) -> list["Outcome"]:
    from placement.cli.collect_view import live
    from placement.planner.rounds import collect_all

    with live([source.name for source in picked]) as view:
        outcomes = []
        for outcome in collect_all(store, picked, surroundings.clock, view.watch, accept_loss=accept_loss):
            view.ended(outcome)
            outcomes.append(outcome)
    order = [source.name for source in picked]
    return sorted(outcomes, key=lambda outcome: order.index(outcome.source))


def _show(outcomes: list["Outcome"], json: bool) -> None:
    from placement.cli.collect_view import outcome_document, show_outcomes

    if json:
        print_json({"collections": [outcome_document(outcome) for outcome in outcomes]})
    elif outcomes:
        show_outcomes(outcomes)


def _exit_code(outcomes: list["Outcome"], names: list[str] | tuple[str, ...]) -> int:
    if any(outcome.result == "failed" for outcome in outcomes):
        return 1
    stored = {word for o in outcomes if o.result == "stored" for word in (o.source, o.provider)}
    return int(any(name not in stored for name in names))


def _surroundings(record: Path | None, replay: Path | None) -> Surroundings:
    """Time stands still in a recording, so that what is asked with the time in it is the same."""
    if record and replay:
        raise BadInput("--record makes a recording and --replay takes one; give one of them")
    if record:
        if record.exists() and (not record.is_dir() or any(record.iterdir())):
            raise BadInput(f"{record} is there already; --record needs the name of a new folder")
        moment = datetime.now(UTC).replace(microsecond=0)
        record.mkdir(parents=True, exist_ok=True)
        (record / _RECORDED).write_text(json_module.dumps({"at": moment.isoformat()}), encoding="utf-8")
        return Surroundings(os.environ, _always(moment), record_into=record)
    if replay:
        try:
            told = json_module.loads((replay / _RECORDED).read_text(encoding="utf-8"))
            moment = datetime.fromisoformat(told["at"])
        except (OSError, ValueError, KeyError, TypeError):
            raise BadInput(f"{replay} holds no recording; make one with --record {replay}") from None
        return Surroundings(os.environ, _always(moment), replay_from=replay)
    return Surroundings(os.environ)


def _always(moment: datetime) -> Callable[[], datetime]:
    return lambda: moment


def _seconds(span: str) -> float:
    found = _SPAN.fullmatch(span.strip())
    if found is None or int(found[1]) == 0:
        raise BadInput(f"--every {span!r} is no span of time; write it as 30s, 10m or 2h")
    return timedelta(seconds=int(found[1]) * _SECONDS[found[2]]).total_seconds()
