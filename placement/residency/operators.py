"""Who operates a region, and who owns the operator, follows from its provider and partition where a sheet says nothing.

The facts stand in operators.csv. What is not recorded there stays unknown.
"""

from dataclasses import dataclass, replace
from datetime import date
from fnmatch import fnmatchcase
from functools import cache

from placement.domain.region import Region
from placement.residency.data_file import rows


@dataclass(frozen=True, slots=True)
class Operator:
    """The company that runs the regions of a partition; None means that it is not recorded."""

    provider: str
    partition: str
    regions: str
    """Names or a glob; empty: all of the partition."""
    operator: str | None
    operator_country: str | None
    parent_country: str | None
    source: str
    read_on: date


@cache
def operators() -> tuple[Operator, ...]:
    """All rows of operators.csv."""
    return tuple(
        Operator(
            provider=row["provider"],
            partition=row["partition"],
            regions=row["region"],
            operator=row["operator"] or None,
            operator_country=row["operator_country"] or None,
            parent_country=row["parent_country"] or None,
            source=row["source"],
            read_on=date.fromisoformat(row["read_on"]),
        )
        for row in rows("operators.csv")
    )


@cache
def partitions() -> frozenset[str]:
    """The names of all separate clouds that are known."""
    return frozenset(row.partition for row in operators())


@cache
def provider_of(partition: str) -> str | None:
    """Whose cloud this is, None where the partition is not known."""
    return next((row.provider for row in operators() if row.partition == partition), None)


def of(region: Region) -> Region:
    """The region with what is known of its operator; what it says already stays.

    A sheet that names another operator, or another country for it, speaks of a company that is not in the table: then
    nothing is filled in.
    """
    found = _row(region)
    if found is None or _differs(region.operator, found.operator):
        return region
    if _differs(region.operator_country, found.operator_country):
        return region
    return replace(
        region,
        operator=region.operator or found.operator,
        operator_country=region.operator_country or found.operator_country,
        parent_country=region.parent_country or found.parent_country,
    )


def _row(region: Region) -> Operator | None:
    """The row that names the region before the one of its whole partition."""
    fitting = [
        row
        for row in operators()
        if (row.provider, row.partition) == (region.provider, region.partition)
        and (not row.regions or fnmatchcase(region.name, row.regions))
    ]
    return max(fitting, key=lambda row: bool(row.regions), default=None)


def _differs(said: str | None, recorded: str | None) -> bool:
    return said is not None and recorded is not None and said.casefold() != recorded.casefold()
