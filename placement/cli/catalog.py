"""`placement catalog`: the market that is known."""

from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from placement.cli.amortise import amortise
from placement.cli.context import DatabaseOption, JsonOption, help_without_command, open_store
from placement.cli.output import print_json, say, show, table_of, warn
from placement.cli.waiting import progress
from placement.documents import moment
from placement.domain.errors import BadInput
from placement.domain.offering import CAPACITY_TYPES
from placement.domain.sweep import SourceKind

if TYPE_CHECKING:
    from placement.domain.sweep import CapacityHint, Collection, FailedCollection
    from placement.store.freshness import Freshness
    from placement.store.repository import Store

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
def show_catalog(context: typer.Context, database: DatabaseOption = None, json: JsonOption = False) -> None:
    """Show what is known of the market, and how old it is.

    The newest catalog version's offerings are counted by source, provider and region.
    """
    store = open_store(context, database)
    catalog = store.catalog()
    fresh, now = store.freshness(catalog.version), datetime.now(UTC)
    collected, failed = _last(store.collections()), _last_failures(store)
    hints = store.hints(catalog.version)
    if json:
        print_json(
            {
                "catalog": {"version": catalog.version, "as_of": moment(catalog.as_of)},
                "regions": len(catalog.regions),
                "instance_types": len(catalog.instance_types),
                "offerings": len(catalog.offerings),
                "tariffs": len(catalog.tariffs),
                "sources": [_document(row, now) for row in fresh],
                "capacity_hints": [
                    {"source": source, **asdict(h), "observed_at": moment(h.observed_at)} for source, h in hints
                ],
                "collections": [_collection_document(done, failed.get(done.source)) for done in collected],
            }
        )
        return
    _show_freshness(fresh, now)
    _show_collections(collected, failed)
    _show_hints(hints)
    say(
        f"catalog version {catalog.version} as of {catalog.as_of:%Y-%m-%d %H:%M} UTC: "
        f"{len(catalog.offerings):,} offerings of {len(catalog.instance_types):,} instance types in "
        f"{len(catalog.regions)} regions, {len(catalog.tariffs):,} egress tariffs"
    )


def _last(collections: list["Collection"]) -> list["Collection"]:
    """The newest collection of each source."""
    return list({done.source: done for done in collections}.values())


def _last_failures(store: "Store") -> dict[str, "FailedCollection"]:
    """By source, where its last sweep failed."""
    stored = {done.source: done.finished_at for done in store.collections()}
    return {f.source: f for f in store.failures() if f.source not in stored or f.failed_at > stored[f.source]}


def _show_collections(collected: list["Collection"], failed: dict[str, "FailedCollection"]) -> None:
    figures = ("version", "prices", "refused")
    table = table_of(("source", "kind", "collected (UTC)", *figures, "last sweep"), figures)
    for done in collected:
        refused = sum(row.rows for row in done.refused)
        numbers = f"{done.version}", f"{done.rows:,}", f"{refused:,}"
        last = "failed" if done.source in failed else "stored"
        table.add_row(done.source, done.kind.value, f"{done.finished_at:%Y-%m-%d %H:%M}", *numbers, last)
    say("")
    show(table, "Sources:")
    warn([f"{f.failed_at:%Y-%m-%d %H:%M} UTC: {f.reason}" for f in failed.values()])
    say("")


def _show_hints(hints: list[tuple[str, "CapacityHint"]]) -> None:
    if not hints:
        return
    table = table_of(("source", "region", "zone", "any of", "measure", "value"), figures=("value",))
    for source, hint in hints:
        where = f"{hint.provider}:{hint.region}", hint.zone or ""
        table.add_row(source, *where, " ".join(hint.instance_types), hint.measure, hint.value)
    show(table, "Whether requests for spot would succeed now, as the providers say; no risk of interruption:")
    say("")


def _show_freshness(fresh: list["Freshness"], now: datetime) -> None:
    kinds = [kind.value for kind in CAPACITY_TYPES]
    headings = ("source", "provider", "region", *kinds, "oldest price", "newest price", "too old")
    table = table_of(headings, figures=kinds)
    for row in fresh:
        table.add_row(
            row.source,
            row.provider,
            row.region,
            *(f"{row.offerings.get(kind, 0):,}" for kind in CAPACITY_TYPES),
            _shown(row.oldest_observed_at, row.kind),
            _shown(row.newest_observed_at, row.kind),
            ", ".join(row.stale(now)),
        )
    show(table, "Offerings by source and region:")


def _shown(at: datetime, kind: SourceKind) -> str:
    """Sheets have dates, APIs are asked at a time of day."""
    return f"{at:%Y-%m-%d}" if kind is SourceKind.SHEET else f"{at:%Y-%m-%d %H:%M}"


def _collection_document(done: "Collection", failed: "FailedCollection | None") -> dict[str, object]:
    return {
        "source": done.source,
        "kind": done.kind.value,
        "version": done.version,
        "finished_at": moment(done.finished_at),
        "prices": done.rows,
        "refused": [{"reason": r.reason, "rows": r.rows, "example": r.example} for r in done.refused],
        "last_failure": {"at": moment(failed.failed_at), "reason": failed.reason} if failed else None,
    }


def _document(row: "Freshness", now: datetime) -> dict[str, object]:
    return {
        "source": row.source,
        "provider": row.provider,
        "region": row.region,
        "offerings": {kind.value: row.offerings.get(kind, 0) for kind in CAPACITY_TYPES},
        "oldest_observed_at": moment(row.oldest_observed_at),
        "newest_observed_at": moment(row.newest_observed_at),
        "stale": list(row.stale(now)),
    }
