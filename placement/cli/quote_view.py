"""A quote as a person can read it."""

from collections.abc import Sequence

from placement.cli.output import show, table_of
from placement.domain.money import HOURS_PER_MONTH, rate_in_usd
from placement.domain.offering import Offering


def show_quote(offerings: Sequence[Offering], title: str) -> None:
    """One line an offering, with the date of its price; interruptions where there are any to expect."""
    risky = any(offering.hazard_per_hour for offering in offerings)
    figures = ["vCPUs", "GiB", "USD/hour", *(["interruptions/month"] if risky else [])]
    table = table_of(("region", "instance type", "capacity", *figures, "price of"), figures)
    for offering in offerings:
        kind = offering.instance_type
        row = [
            offering.region.id + (f" ({offering.zone})" if offering.zone else ""),
            kind.name,
            offering.capacity_type.value,
            f"{kind.vcpus:g}",
            f"{kind.memory_gib:g}",
            f"{rate_in_usd(offering.usd_per_hour):.6f}",
        ]
        if risky:
            row.append(f"{offering.hazard_per_hour * HOURS_PER_MONTH:.3f}")
        row.append(f"{offering.observed_at:%Y-%m-%d}" + (" (estimated)" if offering.estimated else ""))
        table.add_row(*row)
    show(table, title)
