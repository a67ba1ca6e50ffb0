"""The history of a price as a person can read it, made from its JSON document."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from placement.cli.output import say, show, table_of

Document = Mapping[str, Any]


def show_history(document: Document) -> None:
    """A line a change, then the mean, least and most of each source, zone and capacity type."""
    points, start, end = document["points"], document["since"], document["until"]
    if not points:
        where = f"{document['instance_type']} in {document['region']}"
        say(f"no price of {where} is known from {start[:10]} to {end[:10]}")
        return
    figures = ("USD/hour",)
    table = table_of(("source", "zone", "capacity", "since (UTC)", "", *figures), figures)
    for point in points:
        known = "" if point["since_is_stated"] else "first seen"
        usd = "withdrawn" if point["usd_per_hour"] is None else f"{point['usd_per_hour']:.6f}"
        since = f"{_at(point['since']):%Y-%m-%d %H:%M}"
        table.add_row(point["source"], point["zone"] or "", point["capacity_type"], since, known, usd)
    show(table)
    for series, known_points in groupby(points, _series):
        where = " ".join(filter(None, series))
        say(f"{where}: {_summary(list(known_points), _at(start), _at(end))}")


def _summary(points: Sequence[Document], start: datetime, end: datetime) -> str:
    """The mean weighs each price by the time that it held inside the window."""
    prices = [point["usd_per_hour"] for point in points if point["usd_per_hour"] is not None]
    held: list[tuple[float, float]] = []
    for point, following in zip(points, [*points[1:], None], strict=True):
        until = _at(following["since"]) if following else end
        if point["usd_per_hour"] is not None:
            seconds = (min(until, end) - max(_at(point["since"]), start)).total_seconds()
            held.append((max(0.0, seconds), point["usd_per_hour"]))
    total = sum(seconds for seconds, _ in held)
    if not prices or not total:
        return "no price held in the window"
    mean = sum(seconds * usd for seconds, usd in held) / total
    changes = len(points) - 1
    return f"mean {mean:.6f}, least {min(prices):.6f}, most {max(prices):.6f} USD an hour, {changes:,} changes"


def _series(point: Document) -> tuple[str, str | None, str]:
    return point["source"], point["zone"], point["capacity_type"]


def _at(moment: str) -> datetime:
    return datetime.fromisoformat(moment)
