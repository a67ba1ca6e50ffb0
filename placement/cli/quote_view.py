"""A quote as a person can read it, made from its JSON document."""

from collections.abc import Mapping
from typing import Any

from placement.cli.output import show, table_of
from placement.domain.money import HOURS_PER_MONTH

Document = Mapping[str, Any]


def show_quote(document: Document, title: str) -> None:
    """One line an offering, with the date of its price; interruptions where there are any to expect."""
    offerings = document["offerings"]
    risky = any(offering["hazard_per_hour"] for offering in offerings)
    figures = ["vCPUs", "GiB", "USD/hour", *(["interruptions/month"] if risky else [])]
    table = table_of(("region", "instance type", "capacity", *figures, "price of"), figures)
    for offering in offerings:
        row = [
            f"{offering['provider']}:{offering['region']}" + (f" ({offering['zone']})" if offering["zone"] else ""),
            offering["instance_type"],
            offering["capacity_type"],
            f"{offering['vcpus']:g}",
            f"{offering['memory_gib']:g}",
            f"{offering['usd_per_hour']:.6f}",
        ]
        if risky:
            row.append(f"{offering['hazard_per_hour'] * HOURS_PER_MONTH:.3f}")
        row.append(offering["observed_at"][:10] + (" (estimated)" if offering["estimated"] else ""))
        table.add_row(*row)
    show(table, title)


def reasons(document: Document) -> list[str]:
    """Of a quote in which nothing fits: how many offerings each rule alone refuses."""
    return [
        f"none of the catalog's {document['searched']:,} offerings fits",
        *(f"{row['rule']} refuses {row['offerings']:,}: {row['reason']}" for row in document["rejections"]),
    ]
