"""Fleets as the first page shows them: what is in force, what it costs, what it saves, and how old its prices are."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from placement.store.standings import Standing


@dataclass(frozen=True, slots=True)
class FleetRow:
    """One fleet that is placed."""

    name: str
    decision: str
    decided_at: datetime
    status: str
    usd_per_month: float
    gap: float | None
    oldest_price_at: datetime | None
    stale: int
    """Prices that were too old already when it was decided."""
    catalog_version: int
    tried: tuple[str, str] | None
    """(id, status) of a newer decision that placed nothing."""
    answer: dict[str, Any]


@dataclass(frozen=True, slots=True)
class NeverPlaced:
    """A fleet of which no decision placed anything."""

    name: str
    decision: str
    status: str


def fleet_rows(standings: Sequence[Standing]) -> tuple[list[FleetRow], list[NeverPlaced]]:
    """The fleets that are placed, and those that never were."""
    placed: list[FleetRow] = []
    never: list[NeverPlaced] = []
    for standing in standings:
        newest, kept = standing.newest, standing.in_force
        if kept is None:
            never.append(NeverPlaced(newest.fleet_name, newest.id, json.loads(newest.answer_json)["status"]))
            continue
        answer = json.loads(kept.answer_json)
        tried = None if newest.id == kept.id else (newest.id, str(json.loads(newest.answer_json)["status"]))
        oldest = answer["catalog"]["oldest_price_at"]
        placed.append(
            FleetRow(
                kept.fleet_name,
                kept.id,
                kept.created_at,
                answer["status"],
                answer["cost_usd_per_month"]["total"],
                answer["gap"],
                None if oldest is None else datetime.fromisoformat(oldest),
                len(answer["catalog"]["stale"]),
                kept.catalog_version,
                tried,
                answer,
            )
        )
    return placed, never
