"""How much each source offers where, and how old that is; also what a stronger source overrules."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, func, select

from placement.domain.offering import CapacityType
from placement.store import tables
from placement.store.change_points import prices_at
from placement.store.merging import sources_at


@dataclass(frozen=True, slots=True)
class Freshness:
    """The live offerings of one source in one region."""

    source: str
    provider: str
    region: str
    offerings: Mapping[CapacityType, int]
    """How many, by capacity type."""
    oldest_observed_at: datetime
    newest_observed_at: datetime


def freshness_at(connection: Connection, version: int) -> list[Freshness]:
    """By source, provider and region, in that order."""
    prices = prices_at(
        connection, version, ("source_id", "region_id", "capacity_type"), ("observed_unix_s",)
    ).subquery()
    region = tables.region.c
    group = (prices.c.source_id, region.provider, region.name, prices.c.capacity_type)
    counted = (
        select(
            *group,
            func.count(),
            func.count(prices.c.observed_unix_s),
            func.min(prices.c.observed_unix_s),
            func.max(prices.c.observed_unix_s),
        )
        .join(tables.region, region.id == prices.c.region_id)
        .group_by(*group)
    )
    sources = {source.id: source for source in sources_at(connection, version)}
    counts: dict[tuple[str, str, str], dict[CapacityType, int]] = {}
    times: dict[tuple[str, str, str], set[int]] = {}
    for source_id, provider, name, bought, count, dated, oldest, newest in connection.execute(counted):
        source = sources[source_id]
        key = (source.name, provider, name)
        counts.setdefault(key, {})[CapacityType(bought)] = count
        usual = source.observed_unix_s if dated < count else None
        times.setdefault(key, set()).update(t for t in (oldest, newest, usual) if t is not None)
    return [Freshness(*key, counts[key], _moment(min(times[key])), _moment(max(times[key]))) for key in sorted(counts)]


def _moment(unix_s: int) -> datetime:
    return datetime.fromtimestamp(unix_s, UTC)
