"""`placement db`: the database's schema."""

import typer

from placement.cli.context import DatabaseOption, help_without_command, open_store
from placement.cli.waiting import progress

app = typer.Typer(help="The database.", invoke_without_command=True)
app.callback()(help_without_command)


@app.command()
def upgrade(context: typer.Context, database: DatabaseOption = None) -> None:
    """Bring the database to this program's schema.

    It is safe to run this twice.
    """
    store = open_store(context, database, ready=False)
    with progress("upgrading the database"):
        store.upgrade()
    typer.echo("the database is up to date")
