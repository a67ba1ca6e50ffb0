"""`placement worker`: works on jobs, until it is told to end."""

import logging
import os
import signal
import sys
from threading import Event
from typing import Annotated

import typer

from placement.cli.context import DEFAULT_DATABASE, DatabaseOption, database_of
from placement.cli.output import say
from placement.domain.errors import StoreError

_TRIED_EVERY_S = 2.0


def worker(
    context: typer.Context,
    solvers: Annotated[
        int | None,
        typer.Option(
            envvar="PLACEMENT_SOLVERS", metavar="N", help="Processes that solve; half the processors.", min=1, max=256
        ),
    ] = None,
    collect: Annotated[
        str,
        typer.Option(
            envvar="PLACEMENT_COLLECT", metavar="NAMES", help="Providers to collect when they are due, such as aws,gcp."
        ),
    ] = "",
    report_to: Annotated[
        str,
        typer.Option(
            envvar="PLACEMENT_REPORT_TO",
            metavar="PLACES",
            help="Where monthly reports go: folder:PATH or https://HOST/PATH, divided by commas.",
        ),
    ] = "",
    report_formats: Annotated[
        str,
        typer.Option(envvar="PLACEMENT_REPORT_FORMATS", metavar="NAMES", help="Of the files in folders."),
    ] = "html,xlsx",
    silence: Annotated[
        float,
        typer.Option(
            envvar="PLACEMENT_WORKER_SILENCE_S",
            metavar="SECONDS",
            help="After it another worker's jobs are taken over.",
            min=1,
            max=3600,
        ),
    ] = 15.0,
    database: DatabaseOption = None,
) -> None:
    """Make the decisions that the service was asked for.

    And collect from providers when they are due, if any are named.
    Any number of workers share a PostgreSQL database; a SQLite file has one. Work that was begun and not ended when a
    worker ends, whatever ends it, is taken over by the others.
    """
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.WARNING, stream=sys.stderr)
    from placement.domain.provider import Surroundings
    from placement.jobs.executor import Executor
    from placement.jobs.work import Work

    work = Work(
        database_of(context, database) or DEFAULT_DATABASE,
        solvers or max(1, (os.cpu_count() or 1) // 2),
        _words(collect),
        _words(report_to),
        _words(report_formats),
        dead_after_s=silence,
    )
    executor = Executor(work, Surroundings(os.environ))
    ended = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    told = ""
    while not ended.is_set():
        try:
            executor.start()
        except StoreError as failure:
            if str(failure) != told:
                logging.warning("%s", failure)
            told = str(failure)
            ended.wait(_TRIED_EVERY_S)
        else:
            say(f"working as {executor.id}, with {work.solvers} solvers")
            ended.wait()
    executor.stop()


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())
