"""The ledger as a table: one row a charge, the same columns in every format."""

import json
from collections.abc import Iterator
from typing import Any

from placement.report_file.base import Column
from placement.reports.report import Report
from placement.reports.rows import rows

COLUMNS = (
    Column("month", "text"),
    Column("revision", "number"),
    Column("fleet", "text"),
    Column("subject", "text"),
    Column("term", "text"),
    Column("since", "time"),
    Column("until", "time"),
    Column("decision", "text"),
    Column("region", "text"),
    Column("zone", "text"),
    Column("instance_type", "text"),
    Column("capacity_type", "text"),
    Column("to_subject", "text"),
    Column("to_region", "text"),
    Column("quantity", "number"),
    Column("unit", "text"),
    Column("actual_usd", "usd"),
    Column("list_usd", "usd"),
    Column("baseline_usd", "usd"),
    Column("best_usd", "usd"),
    Column("unrestricted_usd", "usd"),
    Column("price_observed_at", "time"),
    Column("price_estimated", "flag"),
    Column("classes", "text"),
    Column("labels", "text"),
)


def lines(report: Report) -> Iterator[tuple[Any, ...]]:
    """The cells of each row; USD in whole micro-USD."""
    for row in rows(report):
        charge = row.charge
        yield (
            report.month,
            report.revision,
            charge.fleet,
            charge.subject,
            charge.term,
            charge.since,
            charge.until,
            charge.decision,
            charge.region,
            charge.zone,
            charge.instance_type,
            charge.capacity_type,
            charge.to_subject,
            charge.to_region,
            round(charge.quantity, 6),
            charge.unit,
            charge.amount,
            charge.list_amount,
            row.home,
            row.best,
            row.unrestricted,
            charge.observed_at,
            charge.estimated,
            " ".join(row.classes),
            json.dumps(row.labels, ensure_ascii=False, sort_keys=True) if row.labels else "",
        )


def usd_text(amount: int) -> str:
    """Micro-USD as USD with 6 decimals, exactly."""
    sign, whole = "-" if amount < 0 else "", abs(amount)
    return f"{sign}{whole // 1_000_000}.{whole % 1_000_000:06d}"
