"""`placement catalog`: the market that is known."""

from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from placement.cli.amortise import amortise
from placement.cli.context import (
    DatabaseOption,
    JsonOption,
    ServerOption,
    help_without_command,
    open_store,
    service_of,
)
from placement.cli.output import print_json, warn
from placement.cli.waiting import progress
from placement.domain.errors import BadInput

if TYPE_CHECKING:
    from placement.store.repository import Store

Document = Mapping[str, Any]

app = typer.Typer(help="The market: offerings, tariffs and their age.", invoke_without_command=True)
app.callback()(help_without_command)
app.command()(amortise)


@app.command()
def load(
    context: typer.Context,
    folder: Annotated[
        Path | None, typer.Argument(metavar="DIR", help="Folder with the price sheet's CSV files.")
    ] = None,
    sample: Annotated[
        bool, typer.Option("--sample", help="Load the sample sheet that comes with the program.")
    ] = False,
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="Name of the source. [default: the folder's name]")
    ] = None,
    database: DatabaseOption = None,
) -> None:
    """Load a price sheet as a new catalog version.

    All of it is loaded, or nothing if any row cannot be read. The database is made if it is not there.
    """
    if (folder is None) == (not sample):
        raise BadInput("name the folder of a price sheet, or give --sample for the one that comes with the program")
    if sample and name is not None:
        raise BadInput("--name is for a folder; the source of --sample is named sample")
    sheets = next(iter(entry_points(group="placement.sheets", name="csv"))).load()
    sheet = sheets.sample() if sample else sheets(folder, name)
    store = open_store(context, database, ready=False)
    with progress("reading the price sheet"):
        sweep = sheet.sweep()
    warn(sweep.warnings)
    if store.is_new():
        store.upgrade()
    store.check_schema()
    with progress(f"storing {len(sweep.prices):,} prices"), store.sweeping(sheet.provider):
        collection = store.save_sweep(sweep, datetime.now(UTC))
    typer.echo(
        f"catalog version {collection.version}: {collection.rows:,} prices of source {collection.source}, "
        f"{collection.changed:,} new or changed, {collection.ended:,} ended"
    )


@app.command("show")
def show_catalog(
    context: typer.Context,
    database: DatabaseOption = None,
    server: ServerOption = None,
    json: JsonOption = False,
) -> None:
    """Show what is known of the market, and how old it is.

    The newest catalog version's offerings are counted by source, provider and region.
    """
    if (service := service_of(context, server, database)) is not None:
        with service:
            document: Document = service.market.catalog()
    else:
        document = _known(open_store(context, database))
    if json:
        print_json(document)
    else:
        from placement.cli.catalog_view import show_market

        show_market(document)


def _known(store: "Store") -> Document:
    from placement.catalog_document import catalog_document

    catalog, collected = store.catalog(), store.collections()
    newest = list({done.source: done for done in collected}.values())
    stored = {done.source: done.finished_at for done in newest}
    failed = {f.source: f for f in store.failures() if f.source not in stored or f.failed_at > stored[f.source]}
    fresh, hints = store.freshness(catalog.version), store.hints(catalog.version)
    return catalog_document(catalog, fresh, hints, newest, failed, datetime.now(UTC))
