"""`placement db`: the database's schema."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from placement.cli.context import DatabaseOption, help_without_command, open_store
from placement.cli.waiting import progress

app = typer.Typer(help="The database.", invoke_without_command=True)
app.callback()(help_without_command)


@app.command()
def compact(
    context: typer.Context,
    older_than: Annotated[
        int, typer.Option(metavar="DAYS", help="Keep at least so many days.", min=1, max=36_500)
    ] = 400,
    database: DatabaseOption = None,
) -> None:
    """Forget price changes of long ago.

    What a decision stands on is kept, and all later prices of the offerings that it uses.
    """
    store = open_store(context, database)
    with progress("compacting the database"):
        done = store.compact(datetime.now(UTC) - timedelta(days=older_than))
    typer.echo(
        f"removed {done.change_points:,} change points, {done.past_prices:,} past prices and {done.failures:,} records "
        f"of failed collections; {done.versions:,} catalog versions can no longer be rebuilt"
    )


@app.command()
def upgrade(context: typer.Context, database: DatabaseOption = None) -> None:
    """Bring the database to this program's schema.

    It is safe to run this twice.
    """
    store = open_store(context, database, ready=False)
    with progress("upgrading the database"):
        store.upgrade()
    typer.echo("the database is up to date")
