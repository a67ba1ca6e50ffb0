"""What all commands share: the database, and where output goes."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from placement.store.repository import Store

DEFAULT_DATABASE = "sqlite:///placement.db"
DATABASE_VARIABLE = "PLACEMENT_DATABASE_URL"
_PIPE_COLUMNS = 140

DatabaseOption = Annotated[
    str | None,
    typer.Option(
        "--database",
        metavar="URL",
        help=f"sqlite:///FILE or postgresql://USER:PASSWORD@HOST/DATABASE. [env: {DATABASE_VARIABLE}] "
        f"[default: {DEFAULT_DATABASE}, in the working folder]",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]


@dataclass(slots=True)
class Context:
    """The options given before the command."""

    database: str | None = None


def open_store(context: typer.Context, database: str | None, *, ready: bool = True) -> "Store":
    """The store that the options or the environment name; with `ready` its schema must be this program's."""
    from placement.store.repository import Store

    shared = context.obj.database if isinstance(context.obj, Context) else None
    store = Store.open(database or shared or os.environ.get(DATABASE_VARIABLE) or DEFAULT_DATABASE)
    if ready:
        store.check_schema()
    return store


def console() -> "Console":
    """Standard output: as wide as the terminal, or wide enough for tables on a pipe."""
    from rich.console import Console

    width = None if sys.stdout.isatty() else _PIPE_COLUMNS
    return Console(width=width, highlight=False, soft_wrap=False)


@contextmanager
def progress(words: str) -> Iterator[None]:
    """A sign of life on a terminal's standard error, nothing on a pipe."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(words):
        yield


def warn(warnings: list[str] | tuple[str, ...], most: int = 10) -> None:
    """Warnings go to standard error, so that a pipe holds nothing but the result."""
    for warning in warnings[:most]:
        typer.echo(f"warning: {warning}", err=True)
    if len(warnings) > most:
        typer.echo(f"warning: and {len(warnings) - most} more", err=True)


def print_json(document: Any) -> None:
    """One JSON document on standard output."""
    typer.echo(json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False))
