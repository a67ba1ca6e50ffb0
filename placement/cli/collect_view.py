"""Collections as people see them: what comes in while it does, and how it ended."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from placement.cli.output import say, show, table_of, warn
from placement.documents import moment

if TYPE_CHECKING:
    from placement.planner.rounds import Outcome

_MOST_REASONS = 20


class View(Protocol):
    """What is told while collecting."""

    def watch(self, source: str, region: str, rows: int) -> None:
        """Prices of a region come in."""

    def ended(self, outcome: "Outcome") -> None:
        """A source is done."""


class _Nothing:
    def watch(self, source: str, region: str, rows: int) -> None:
        pass

    def ended(self, outcome: "Outcome") -> None:
        pass


@contextmanager
def live(sources: Sequence[str]) -> Iterator[View]:
    """A line for each source on a terminal's standard error; nothing on a pipe."""
    if not sys.stderr.isatty() or not sources:
        yield _Nothing()
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = SpinnerColumn(), TextColumn("{task.description}"), TextColumn("{task.fields[words]}"), TimeElapsedColumn()
    with Progress(*columns, console=Console(stderr=True, markup=False), transient=True) as progress:
        tasks = {name: progress.add_task(name, total=None, words="") for name in sources}

        class Lines:
            def watch(self, source: str, region: str, rows: int) -> None:
                progress.update(tasks[source], words=f"{region}  {rows:,} prices")

            def ended(self, outcome: "Outcome") -> None:
                progress.update(tasks[outcome.source], words=_result(outcome), total=1, completed=1)

        yield Lines()


def show_outcomes(outcomes: Sequence["Outcome"]) -> None:
    """One table of the sources, one of the reasons for refusals, then what was not collected and why."""
    figures = ("prices", "changed", "ended", "refused", "seconds")
    table = table_of(("source", "result", *figures), figures)
    for outcome in outcomes:
        done = outcome.collection
        counts = ("", "", "", "")
        if done is not None:
            refused = sum(row.rows for row in done.refused)
            counts = f"{done.rows:,}", f"{done.changed:,}", f"{done.ended:,}", f"{refused:,}"
        table.add_row(outcome.source, _result(outcome), *counts, f"{outcome.seconds:.1f}")
    show(table)
    _show_refused(outcomes)
    warn([f"{outcome.source}: {words}" for outcome in outcomes for words in outcome.notices])
    lacking = [outcome.reason for outcome in outcomes if outcome.result == "not configured"]
    if lacking:
        say("", *(f"not configured: {reason}" for reason in lacking))
    for outcome in outcomes:
        if outcome.result == "failed":
            print(f"error: {outcome.reason}", file=sys.stderr)  # noqa: T201


def outcome_document(outcome: "Outcome") -> dict[str, Any]:
    """The outcome of one source."""
    done = outcome.collection
    return {
        "source": outcome.source,
        "provider": outcome.provider,
        "result": outcome.result,
        "reason": outcome.reason or None,
        "version": done.version if done else None,
        "finished_at": moment(done.finished_at) if done else None,
        "prices": done.rows if done else None,
        "changed": done.changed if done else None,
        "ended": done.ended if done else None,
        "refused": [{"reason": r.reason, "rows": r.rows, "example": r.example} for r in done.refused] if done else [],
        "notices": list(outcome.notices),
        "seconds": round(outcome.seconds, 3),
    }


def _show_refused(outcomes: Sequence["Outcome"]) -> None:
    rows = [(o.source, refused) for o in outcomes if o.collection for refused in o.collection.refused]
    if not rows:
        return
    table = table_of(("source", "refused because", "rows", "for example"), figures=("rows",))
    for source, refused in rows[:_MOST_REASONS]:
        table.add_row(source, refused.reason, f"{refused.rows:,}", refused.example)
    say("")
    show(table, "Rows that were refused:")
    if len(rows) > _MOST_REASONS:
        say(f"and {len(rows) - _MOST_REASONS} more reasons (--json)")


def _result(outcome: "Outcome") -> str:
    return f"version {outcome.collection.version}" if outcome.collection else outcome.result
