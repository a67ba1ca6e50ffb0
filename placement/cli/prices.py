"""`placement prices`: what offerings cost over time."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from placement.cli.context import (
    DatabaseOption,
    JsonOption,
    ServerOption,
    help_without_command,
    open_store,
    service_of,
)
from placement.cli.output import print_json
from placement.domain.errors import BadInput
from placement.domain.offering import CapacityType

if TYPE_CHECKING:
    from placement.store.repository import Store

Document = Mapping[str, Any]

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
    server: ServerOption = None,
    json: JsonOption = False,
) -> None:
    """List when an offering's price changed, by source and zone.

    The first line of each is the price that held when the window opens.
    """
    now = datetime.now(UTC)
    start, end = _moment(since, now, "--since"), now if until is None else _moment(until, now, "--until")
    if start >= end:
        raise BadInput("--since is not before --until")
    if not all(region.partition(":")):
        raise BadInput(f"{region!r} is no region; write provider:region, such as aws:eu-central-1")
    window = start, end
    if (service := service_of(context, server, database)) is not None:
        with service:
            document: Document = service.market.price_history(
                region, instance_type, window, capacity_type=capacity_type, zone=zone
            )
    else:
        document = _known(open_store(context, database), region, instance_type, capacity_type, zone, window)
    if json:
        print_json(document)
    else:
        from placement.cli.history_view import show_history

        show_history(document)


def _known(
    store: "Store",
    region: str,
    instance_type: str,
    capacity_type: CapacityType | None,
    zone: str | None,
    window: tuple[datetime, datetime],
) -> Document:
    from placement.documents import history_document
    from placement.store.history import Subject

    provider, _, name = region.partition(":")
    points = store.price_history(Subject(provider, name, instance_type, capacity_type, zone), *window)
    return history_document(region, instance_type, window, points)


def _moment(text: str, now: datetime, option: str) -> datetime:
    if found := _DAYS.fullmatch(text):
        return now - timedelta(days=int(found[1]))
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(f"{option}: {text!r} is no date; write it as 2026-10-31, or 30d for 30 days ago") from None
    return read if read.tzinfo else read.replace(tzinfo=UTC)
