"""All commands, and how they end: 0 done, 1 bad input or failure, 2 infeasible, 3 no answer in time."""

import os
import sys
from importlib.metadata import version
from io import TextIOWrapper
from typing import Annotated

import typer

from placement.cli import (
    catalog,
    collect,
    database,
    explain,
    keys,
    kubernetes,
    policy,
    prices,
    quote,
    replan,
    report,
    serve,
    solve,
    worker,
)
from placement.cli.context import Context, DatabaseOption, ServerOption, cannot_be_asked, help_without_command
from placement.cli.waiting import STOPPED, say_stopped
from placement.domain.errors import BadInput, PlacementError

app = typer.Typer(
    name="placement",
    help="The cheapest lawful place to run containers, across AWS, Azure, GCP and on-premises, with proof.",
    invoke_without_command=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["--help", "-h"]},
)
app.add_typer(catalog.app, name="catalog")
app.add_typer(database.app, name="db")
app.command("collect")(collect.collect)
app.add_typer(keys.app, name="keys")
app.add_typer(kubernetes.app, name="kubernetes")
app.add_typer(policy.app, name="policy")
app.add_typer(prices.app, name="prices")
app.command("quote")(quote.quote)
app.command("solve")(solve.solve)
app.command("explain")(explain.explain)
app.command("replan")(replan.replan)
app.command("report")(report.report)
app.command("serve")(serve.serve)
app.command("worker")(worker.worker)

_DEBUG = "PLACEMENT_DEBUG"


@app.callback()
def _options(
    context: typer.Context,
    database: DatabaseOption = None,
    server: ServerOption = None,
    show_version: Annotated[bool, typer.Option("--version", help="Show the program's version and exit.")] = False,
) -> None:
    if show_version:
        typer.echo(f"placement {version('cloud-placement')}")
        raise typer.Exit
    context.obj = Context(database, server)
    help_without_command(context)


def start() -> None:
    """Run the command of this process and end the process with its exit code."""
    if isinstance(sys.stdout, TextIOWrapper):
        # Names may hold letters that the terminal's encoding lacks.
        sys.stdout.reconfigure(errors="backslashreplace")
    code = run(sys.argv[1:])
    try:
        sys.stdout.flush()
    except OSError:
        # It was told already; the interpreter would try once more, and end with a code of its own.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = code or 1
    sys.exit(code)


def run(arguments: list[str]) -> int:
    """Run a command and give its exit code; every failure is one message on standard error."""
    try:
        _check_text(arguments)
        code = app(arguments, prog_name="placement", standalone_mode=False)
    except PlacementError as error:
        return _failed(str(error))
    except (KeyboardInterrupt, typer.Abort):
        code = STOPPED
    except SystemExit as end:
        # How a pipe that nobody reads any more is reported.
        code = end.code
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return _failed(f"{where}{error.strerror or error}")
    except Exception as error:
        if (message := _usage(error)) is not None:
            return _failed(message)
        if os.environ.get(_DEBUG):
            raise
        fault = f"this is a fault of placement itself: {type(error).__name__}: {error}"
        return _failed(f"{fault}\nPlease report it, with what {_DEBUG}=1 prints.")
    if code == STOPPED:
        say_stopped()
    return code if isinstance(code, int) else 0


def _check_text(arguments: list[str]) -> None:
    for argument in arguments:
        try:
            argument.encode()
        except UnicodeEncodeError:
            raise BadInput(f"the argument {argument!r} is not text in this system's encoding, UTF-8 is") from None


def _failed(message: str) -> int:
    print(f"error: {message}", file=sys.stderr)  # noqa: T201
    return 1


def _usage(error: Exception) -> str | None:
    """The words of a usage error, whichever library parses the arguments."""
    words = getattr(error, "format_message", None)
    if words is None:
        return None
    context = getattr(error, "ctx", None)
    if context is not None and getattr(error, "option_name", None) == "--server":
        return cannot_be_asked(context.command_path)
    hint = f"\nTry '{context.command_path} --help'." if context is not None else ""
    return f"{words()}{hint}"
