"""HTML: one page for people, with its charts inside, that needs no network and no script, and prints well."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any, BinaryIO

from placement.documents import moment
from placement.domain.money import MicroUsd, amount_in_usd
from placement.report_file.charts import charts
from placement.reports.figures import TERMS, Figures
from placement.reports.report import FleetReport, Report

_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_UNKNOWN = "-"
_MOST_MISSED = 20
"""Workloads that are shown of a fleet."""


class Html:
    """Every text is escaped; the page shows light or dark as its reader's system does."""

    name = "html"
    suffix = "html"
    media_type = "text/html"
    is_text = True

    def write(self, report: Report, figures: Figures, file: BinaryIO) -> None:
        """One page."""
        from jinja2 import Environment, StrictUndefined

        environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
        environment.filters.update(_FILTERS)
        source = (files(__package__) / "report.html.j2").read_text(encoding="utf-8")
        page = environment.from_string(source).render(
            report=report,
            figures=figures,
            charts=charts(report, figures),
            title=f"{_MONTHS[report.start.month - 1]} {report.start.year}",
            is_over=report.until >= report.end,
            terms=TERMS,
            most_missed=_MOST_MISSED,
            unsearched=[fleet for fleet in report.fleets if fleet.searched < 1],
            lying=_lying,
        )
        file.write(page.encode())


def _lying(fleet: FleetReport) -> str:
    """The time in force of its decisions, in words."""
    return f"{_day(fleet.in_force[0].since)} to {_day(fleet.in_force[-1].until)}"


def _usd(amount: int) -> str:
    return f"{amount_in_usd(MicroUsd(amount)):z,.2f}"


def _signed(amount: int) -> str:
    return f"{amount_in_usd(MicroUsd(amount)):+z,.2f}"


def _percent(share: float | None) -> str:
    return _UNKNOWN if share is None else f"{100 * share:.1f}%"


def _number(number: float | None) -> str:
    if number is None:
        return _UNKNOWN
    return f"{number:,.4f}" if abs(number) < 1 else f"{number:,.1f}"


def _day(at: datetime | None) -> str:
    return _UNKNOWN if at is None else moment(at)[:10]


def _minute(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


_FILTERS: Mapping[str, Callable[[Any], str]] = {
    "usd": _usd,
    "signed": _signed,
    "percent": _percent,
    "number": _number,
    "day": _day,
    "minute": _minute,
}
