"""Standard output holds the result and nothing else; warnings go to standard error."""

import json
import os
import sys
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

_LEAST_COLUMNS = 72
"""A terminal with less wraps tables by itself: folded that small, nobody could read them."""
_UNLIMITED_COLUMNS = 10_000


def say(*lines: str) -> None:
    """Sentences: wrapped between words on a terminal, a line each on a pipe."""
    console = _console()
    for line in lines:
        console.print(line, soft_wrap=not _has_width())


def show(table: "Table", title: str | None = None) -> None:
    """A table under its title, as wide as it needs, folded only where the terminal is narrower."""
    if title is not None:
        say(title)
    console = _console()
    console.width = max(console.width, _LEAST_COLUMNS)
    console.print(table)


def table_of(headings: Sequence[str], figures: Collection[str] = ()) -> "Table":
    """An empty table. Columns in `figures` are aligned to the right and never folded: half a number is a wrong one."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for heading in headings:
        if heading in figures:
            table.add_column(heading, justify="right", no_wrap=True)
        else:
            table.add_column(heading, overflow="fold")
    return table


def warn(warnings: Sequence[str], most: int = 10) -> None:
    """The first warnings, and how many more there are."""
    for warning in warnings[:most]:
        typer.echo(f"warning: {warning}", err=True)
    if len(warnings) > most:
        typer.echo(f"warning: and {len(warnings) - most} more", err=True)


def print_json(document: Any) -> None:
    """One JSON document, in ASCII where the output's encoding has no more."""
    unicode = (sys.stdout.encoding or "").lower().startswith("utf")
    typer.echo(json.dumps(document, indent=2, ensure_ascii=not unicode, allow_nan=False))


def _console() -> "Console":
    """Names are shown as they are: neither markup nor emoji codes mean anything."""
    from rich.console import Console

    return Console(width=None if _has_width() else _UNLIMITED_COLUMNS, highlight=False, markup=False, emoji=False)


def _has_width() -> bool:
    """Whether lines have a width to keep to: the terminal's, or the one that is asked for."""
    return sys.stdout.isatty() or "COLUMNS" in os.environ
