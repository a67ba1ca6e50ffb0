"""What all commands share: which database they work on, or which service they ask instead."""

import getpass
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from placement.domain.errors import BadInput, EmptyCatalog

if TYPE_CHECKING:
    from placement.client import Client
    from placement.store.repository import Store

_DEFAULT_FILE = "placement.db"
DEFAULT_DATABASE = f"sqlite:///{_DEFAULT_FILE}"
DATABASE_VARIABLE = "PLACEMENT_DATABASE_URL"
SERVER_VARIABLE = "PLACEMENT_SERVER"

DatabaseOption = Annotated[
    str | None,
    typer.Option(
        "--database",
        metavar="URL",
        help=f"sqlite:///FILE or postgresql://USER:PASSWORD@HOST/DATABASE. [env: {DATABASE_VARIABLE}] "
        f"[default: {DEFAULT_DATABASE}, in the working folder]",
    ),
]
ServerOption = Annotated[
    str | None,
    typer.Option(
        "--server",
        metavar="URL",
        help=f"Ask the service there instead of a database; PLACEMENT_API_KEY is its key. [env: {SERVER_VARIABLE}]",
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
    server: str | None = None


def service_of(context: typer.Context, server: str | None, database: str | None) -> "Client | None":
    """The service that is asked instead of a database; None: none is named.

    An option counts more than the environment. Raises BadInput where both are named in the same way.
    """
    shared = _given_before(context)
    named, stored = server or shared.server, database or shared.database
    if named and stored:
        raise BadInput("--server asks a service and --database a database; give one of them")
    if stored:
        return None
    named_by, asked = "--server", named or os.environ.get(SERVER_VARIABLE)
    if asked and not named:
        named_by = SERVER_VARIABLE
        if os.environ.get(DATABASE_VARIABLE):
            both = f"{SERVER_VARIABLE} and {DATABASE_VARIABLE} are both set"
            raise BadInput(f"{both}; unset one of them, or say which with --server or --database")
    if not asked:
        return None
    from placement.client import Client, address_of

    return Client(address_of(asked, os.environ, named_by))


def refuse_service(context: typer.Context, named_by: str = "--server") -> None:
    """Raises BadInput where a service was named for a command that cannot be asked of one."""
    if _given_before(context).server or named_by == SERVER_VARIABLE:
        raise BadInput(cannot_be_asked(context.command_path, named_by))


def cannot_be_asked(command: str, named_by: str = "--server") -> str:
    """The sentence that says so."""
    way_out = "leave it out" if named_by == "--server" else "unset it, or name a --database"
    return f"{named_by}: {command} cannot be asked of a service; {way_out}"


def database_of(context: typer.Context, database: str | None) -> str | None:
    """The database that the options or the environment name, None for the default.

    Raises BadInput where they name a service, as nobody would expect the default then.
    """
    refuse_service(context)
    named = database or _given_before(context).database or os.environ.get(DATABASE_VARIABLE)
    if not named and os.environ.get(SERVER_VARIABLE):
        refuse_service(context, SERVER_VARIABLE)
    return named or None


def open_store(
    context: typer.Context, database: str | None, *, ready: bool = True, busy_timeout_s: float | None = None
) -> "Store":
    """The store that the options or the environment name; with `ready` its schema must be this program's."""
    from placement.store.repository import BUSY_TIMEOUT_S, Store

    named = database_of(context, database)
    store = Store.open(named or DEFAULT_DATABASE, busy_timeout_s or BUSY_TIMEOUT_S)
    if not ready:
        return store
    if store.is_new():
        # The representation of an engine's URL hides the password.
        where = repr(store.engine.url) if named else Path(_DEFAULT_FILE).absolute()
        raise EmptyCatalog(f"there is no market in {where} yet; run: placement catalog load DIR (or --sample)")
    store.check_schema()
    return store


def _given_before(context: typer.Context) -> Context:
    return context.obj if isinstance(context.obj, Context) else Context()


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
