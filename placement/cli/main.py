"""All commands, and how they end: 0 done, 1 bad input or failure, 2 infeasible, 3 no answer in time."""

import os
import sys

import typer

from placement.cli import catalog, database, explain, quote, solve
from placement.cli.context import Context, DatabaseOption
from placement.domain.errors import PlacementError

app = typer.Typer(
    name="placement",
    help="The cheapest lawful place to run containers, across AWS, Azure, GCP and on-premises, with proof.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(catalog.app, name="catalog")
app.add_typer(database.app, name="db")
app.command("quote")(quote.quote)
app.command("solve")(solve.solve)
app.command("explain")(explain.explain)

_DEBUG = "PLACEMENT_DEBUG"


@app.callback()
def _options(context: typer.Context, database: DatabaseOption = None) -> None:
    context.obj = Context(database)


def main() -> None:
    """Run a command and end the process with its exit code."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run a command; every failure is one message on standard error."""
    try:
        code = app(arguments, prog_name="placement", standalone_mode=False)
    except PlacementError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201
        return 1
    except (KeyboardInterrupt, typer.Abort):
        print("stopped", file=sys.stderr)  # noqa: T201
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        if (message := _usage(error)) is not None:
            print(message, file=sys.stderr)  # noqa: T201
            return 1
        if os.environ.get(_DEBUG):
            raise
        print(  # noqa: T201
            f"error: this is a fault of placement itself: {type(error).__name__}: {error}\n"
            f"Please report it, with what {_DEBUG}=1 prints.",
            file=sys.stderr,
        )
        return 1
    return code if isinstance(code, int) else 0


def _usage(error: Exception) -> str | None:
    """The words of a usage error, whichever library parses the arguments."""
    words = getattr(error, "format_message", None)
    if words is None:
        return None
    context = getattr(error, "ctx", None)
    usage = f"{context.get_usage()}\n" if context is not None else ""
    hint = f"\nTry '{context.command_path} --help'." if context is not None else ""
    return f"{usage}error: {words()}{hint}"
