"""What all commands share: which database they work on."""

import getpass
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from placement.domain.errors import EmptyCatalog

if TYPE_CHECKING:
    from placement.store.repository import Store

_DEFAULT_FILE = "placement.db"
DEFAULT_DATABASE = f"sqlite:///{_DEFAULT_FILE}"
DATABASE_VARIABLE = "PLACEMENT_DATABASE_URL"

DatabaseOption = Annotated[
    str | None,
    typer.Option(
        "--database",
        metavar="URL",
        help=f"sqlite:///FILE or postgresql://USER:PASSWORD@HOST/DATABASE. [env: {DATABASE_VARIABLE}] "
        f"[default: {DEFAULT_DATABASE}, in the working folder]",
    ),
]
AllowStaleOption = Annotated[
    bool, typer.Option("--allow-stale", help="Use prices that are too old as well; the answer says so.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]


@dataclass(slots=True)
class Context:
    """The options given before the command."""

    database: str | None = None


def open_store(
    context: typer.Context, database: str | None, *, ready: bool = True, busy_timeout_s: float | None = None
) -> "Store":
    """The store that the options or the environment name; with `ready` its schema must be this program's."""
    from placement.store.repository import BUSY_TIMEOUT_S, Store

    shared = context.obj.database if isinstance(context.obj, Context) else None
    named = database or shared or os.environ.get(DATABASE_VARIABLE)
    store = Store.open(named or DEFAULT_DATABASE, busy_timeout_s or BUSY_TIMEOUT_S)
    if not ready:
        return store
    if store.is_new():
        # The representation of an engine's URL hides the password.
        where = repr(store.engine.url) if named else Path(_DEFAULT_FILE).absolute()
        raise EmptyCatalog(f"there is no market in {where} yet; run: placement catalog load DIR (or --sample)")
    store.check_schema()
    return store


def who() -> str:
    """Who runs the command, for the audit log."""
    try:
        return f"cli:{getpass.getuser()}"
    except (KeyError, OSError):
        return "cli"


def help_without_command(context: typer.Context) -> None:
    """A group of commands was named, but none of them: show which there are, and end as bad usage."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help(), err=True)
        raise typer.Exit(1)
