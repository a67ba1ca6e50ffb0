"""`placement report`: what finance people look at."""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from placement.cli.context import DatabaseOption, JsonOption, open_store, who
from placement.cli.output import print_json, say, warn
from placement.cli.waiting import progress, stoppable
from placement.domain.errors import BadInput

if TYPE_CHECKING:
    from placement.reports.measured import Measured
    from placement.reports.period import Period

_FORMATS = "html, csv, parquet, xlsx, focus (1.4), focus-1.2 or json"


def report(
    context: typer.Context,
    month: Annotated[str, typer.Option(metavar="MONTH", help="Year and month in UTC, such as 2026-10.")],
    form: Annotated[
        str | None, typer.Option("--format", metavar="FORMAT", help=f"{_FORMATS}; without it a summary is shown.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", metavar="FILE", help="Write there instead of to standard output.")
    ] = None,
    fleet: Annotated[str | None, typer.Option(metavar="NAME", help="One fleet only.")] = None,
    by: Annotated[str, typer.Option(metavar="LABEL", help="Show costs by this label of workloads.")] = "team",
    revision: Annotated[
        int | None, typer.Option(metavar="N", help="Of a closed month; the newest, if left out.", min=1)
    ] = None,
    revise: Annotated[
        bool, typer.Option("--revise", help="Reckon a closed month anew; a new revision if anything differs.")
    ] = False,
    measured: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="What was measured in the month: an answer of OpenCost (JSON) or a provider's FOCUS file (CSV); may be"
            " given again. Of a closed month that makes a new revision.",
        ),
    ] = None,
    database: DatabaseOption = None,
    json: JsonOption = False,
) -> None:
    """Show what placements cost in a month, saved and missed.

    The first report of a month that is over closes it: from then on it stays as it is.
    """
    with stoppable():
        from placement.report_file.output import content, format_named, save
        from placement.reports.closing import report_of, report_of_fleet
        from placement.reports.document import figures_document
        from placement.reports.figures import figures
        from placement.reports.period import Period

        chosen = None if form is None else format_named(form)
        if chosen is None and output is not None:
            raise BadInput(f"--output needs --format: {_FORMATS}")
        if chosen is not None and not chosen.is_text and output is None and sys.stdout.isatty():
            raise BadInput(f"{chosen.name} is nothing for a terminal; name a file: --output report.{chosen.suffix}")
        if chosen is not None and json:
            raise BadInput("--json shows the figures; leave --format out, or write --format json")
        period, now = Period.month(month), datetime.now(UTC)
        told = _measured(period, measured or [])
        store = open_store(context, database)
        with progress(f"reckoning {period.name}"):
            found = report_of(store, period, now, who(), revision=revision, revise=revise, measured=told)
            found = found if fleet is None else report_of_fleet(found, fleet)
            written = None if chosen is None else content(found, chosen, by)
    if written is None:
        document = figures_document(found, figures(found, by))
        if json:
            print_json(document)
        else:
            from placement.cli.report_view import show_report

            show_report(document)
    elif output is None:
        sys.stdout.buffer.write(written)
        sys.stdout.buffer.flush()
    else:
        save(written, output)
        say(f"{output}: {period.name}, {len(found.charges):,} charges, {len(written):,} bytes")


def _measured(period: "Period", files: Sequence[Path]) -> Sequence["Measured"]:
    """What lies in the period, of all files; raises BadInput."""
    from placement.measured_file import measured_in
    from placement.reports.measured import within

    found: list[Measured] = []
    for file in files:
        told = measured_in(file)
        if not told:
            raise BadInput(f"{file} tells of no compute, storage or networking")
        inside = within(told, period.start, period.end)
        if not inside:
            raise BadInput(f"{file}: none of its {len(told):,} rows lies in {period.name}")
        if len(inside) < len(told):
            beyond = len(told) - len(inside)
            warn([f"{file}: {beyond:,} of {len(told):,} rows reach beyond {period.name} and do not count"])
        found += inside
    return found
