"""A month that is over is closed by whoever asks for it first: from then on its report stays as it is.

What turns out later, such as prices that a source tells of the past, is a new revision, which somebody asks for.
"""

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from placement.domain.errors import BadInput
from placement.reports.document import decoded, encoded
from placement.reports.making import make_report
from placement.reports.period import Period
from placement.reports.report import Report
from placement.residency.spelling import did_you_mean
from placement.store.closed_reports import ClosedReport

if TYPE_CHECKING:
    from placement.store.repository import Store


def report_of(
    store: "Store", period: Period, now: datetime, by: str, *, revision: int | None = None, revise: bool = False
) -> Report:
    """The report of a month: the newest revision or the given one, or the month so far.

    `revise` makes it anew, which is a new revision if anything differs. A month without any placement is not closed.
    Raises BadInput for a month that has not begun, and for a revision that there is not.
    """
    if now < period.start:
        raise BadInput(f"{period.name} has not begun; the newest month there is: {now:%Y-%m}")
    if not period.is_over(now):
        if revise or revision is not None:
            raise BadInput(f"{period.name} is not over: it has no revisions yet; leave the revision out")
        return make_report(store, period, now)
    closed = store.closed_report(period.name, revision)
    if revision is not None:
        if closed is None:
            newest = store.closed_report(period.name)
            known = f"the newest is {newest.revision}" if newest else "it was not closed yet"
            raise BadInput(f"the report of {period.name} has no revision {revision}; {known}")
        return decoded(closed.content)
    if closed is not None and not revise:
        return decoded(closed.content)
    made = make_report(store, period, period.end)
    if closed is not None and encoded(replace(made, revision=closed.revision)) == closed.content:
        return decoded(closed.content)
    if not made.fleets:
        return made
    made = replace(made, revision=closed.revision + 1 if closed else 1)
    if store.close_report(ClosedReport(period.name, made.revision, now, by, encoded(made))):
        return made
    # Somebody else closed it meanwhile.
    return report_of(store, period, now, by)


def report_of_fleet(report: Report, fleet: str) -> Report:
    """The same of one fleet; raises BadInput where the month has none of that name."""
    known = [each.name for each in report.fleets]
    if fleet not in known:
        near = did_you_mean(fleet, known) or (f"; it has {', '.join(known[:5])}" if known else "; it has none")
        raise BadInput(f"no fleet {fleet!r} was placed in {report.month}{near}")
    return report.of(fleet)
