"""`placement db`: the database's schema."""

import typer

from placement.cli.context import DatabaseOption, open_store, progress

app = typer.Typer(help="The database.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    pass


@app.command()
def upgrade(context: typer.Context, database: DatabaseOption = None) -> None:
    """Bring the database to the schema of this program; safe to run twice."""
    store = open_store(context, database, ready=False)
    with progress("upgrading the database"):
        store.upgrade()
    typer.echo("the database is up to date")
