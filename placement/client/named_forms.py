"""Policies and fleets by name, as a service answers with them: these members at least.

A service of a later release may say more. What is described here is checked when an answer comes in.
"""

from typing import Any, TypedDict

from placement.client.market_forms import CatalogStamp


class Saved(TypedDict):
    """What was saved, or was there already."""

    name: str
    revision: int
    saved_at: str
    saved_by: str
    digest: str
    warnings: list[str]


class Stored(TypedDict):
    """One revision of policies or a fleet, as it was written."""

    name: str
    revision: int
    saved_at: str
    saved_by: str
    digest: str | None
    document: dict[str, Any]


class PoliciesHead(TypedDict):
    """What a stored file of policies defines."""

    name: str
    revision: int
    saved_at: str
    saved_by: str
    digest: str | None
    policies: list[str]
    classes: list[str]


class PoliciesPage(TypedDict):
    """A part of the list."""

    policies: list[PoliciesHead]
    next_cursor: str | None


class Admitted(TypedDict):
    """Where a data class, a workload or a dataset may lie."""

    name: str
    classes: list[str]
    regions: list[str]
    countries: list[str]
    conflict: list[str]


class PolicyReport(TypedDict):
    """What a check of policies found."""

    catalog: CatalogStamp
    digest: str
    as_of: str
    regions: int
    classes: list[Admitted]
    subjects: list[Admitted]
    refusals: list[str]
    warnings: list[str]
    note: str
