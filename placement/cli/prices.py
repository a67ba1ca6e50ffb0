"""`placement prices`: what offerings cost over time."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Annotated

import typer

from placement.cli.context import DatabaseOption, JsonOption, help_without_command, open_store
from placement.cli.output import print_json, say, show, table_of
from placement.documents import history_document
from placement.domain.errors import BadInput
from placement.domain.money import rate_in_usd
from placement.domain.offering import CapacityType

if TYPE_CHECKING:
    from placement.store.history import PricePoint

app = typer.Typer(help="Prices over time.", invoke_without_command=True)
app.callback()(help_without_command)
_DAYS = re.compile(r"(\d{1,5})d")


@app.command()
def history(
    context: typer.Context,
    region: Annotated[str, typer.Argument(metavar="REGION", help="provider:region, such as aws:eu-central-1.")],
    instance_type: Annotated[str, typer.Argument(metavar="TYPE", help="Instance type, such as m5.large.")],
    capacity_type: Annotated[
        CapacityType | None, typer.Option("--capacity", help="One capacity type only.", show_choices=True)
    ] = None,
    zone: Annotated[str | None, typer.Option(metavar="ZONE", help="One zone only.")] = None,
    since: Annotated[str, typer.Option(metavar="WHEN", help="A date, or so many days ago: 30d.")] = "90d",
    until: Annotated[
        str | None, typer.Option(metavar="WHEN", help="A date, or so many days ago. [default: now]")
    ] = None,
    database: DatabaseOption = None,
    json: JsonOption = False,
) -> None:
    """List when an offering's price changed, by source and zone.

    The first line of each is the price that held when the window opens.
    """
    now = datetime.now(UTC)
    start, end = _moment(since, now, "--since"), now if until is None else _moment(until, now, "--until")
    if start >= end:
        raise BadInput("--since is not before --until")
    provider, colon, name = region.partition(":")
    if not (provider and colon and name):
        raise BadInput(f"{region!r} is no region; write provider:region, such as aws:eu-central-1")
    from placement.store.history import Subject

    store = open_store(context, database)
    points = store.price_history(Subject(provider, name, instance_type, capacity_type, zone), start, end)
    if json:
        print_json(history_document(region, instance_type, (start, end), points))
    elif points:
        _show(points, start, end)
    else:
        say(f"no price of {instance_type} in {region} is known from {start:%Y-%m-%d} to {end:%Y-%m-%d}")


def _show(points: Sequence["PricePoint"], start: datetime, end: datetime) -> None:
    figures = ("USD/hour",)
    table = table_of(("source", "zone", "capacity", "since (UTC)", "", *figures), figures)
    for point in points:
        known = "" if point.stated else "first seen"
        usd = "withdrawn" if point.usd_per_hour is None else f"{rate_in_usd(point.usd_per_hour):.6f}"
        since = f"{point.since:%Y-%m-%d %H:%M}"
        table.add_row(point.source, point.zone or "", point.capacity_type.value, since, known, usd)
    show(table)
    for _, series in groupby(points, _series):
        known_points = list(series)
        first = known_points[0]
        where = " ".join(filter(None, (first.source, first.zone, first.capacity_type.value)))
        say(f"{where}: {_summary(known_points, start, end)}")


def _summary(points: Sequence["PricePoint"], start: datetime, end: datetime) -> str:
    """The mean weighs each price by the time that it held inside the window."""
    prices = [rate_in_usd(point.usd_per_hour) for point in points if point.usd_per_hour is not None]
    held: list[tuple[float, float]] = []
    for point, following in zip(points, [*points[1:], None], strict=True):
        until = following.since if following else end
        if point.usd_per_hour is not None:
            seconds = (min(until, end) - max(point.since, start)).total_seconds()
            held.append((max(0.0, seconds), rate_in_usd(point.usd_per_hour)))
    total = sum(seconds for seconds, _ in held)
    if not prices or not total:
        return "no price held in the window"
    mean = sum(seconds * usd for seconds, usd in held) / total
    changes = len(points) - 1
    return f"mean {mean:.6f}, least {min(prices):.6f}, most {max(prices):.6f} USD an hour, {changes:,} changes"


def _series(point: "PricePoint") -> tuple[str, str | None, CapacityType]:
    return point.source, point.zone, point.capacity_type


def _moment(text: str, now: datetime, option: str) -> datetime:
    if found := _DAYS.fullmatch(text):
        return now - timedelta(days=int(found[1]))
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(f"{option}: {text!r} is no date; write it as 2026-10-31, or 30d for 30 days ago") from None
    return read if read.tzinfo else read.replace(tzinfo=UTC)
