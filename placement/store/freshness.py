"""How much each source offers where, and how old that is; also what a stronger source overrules."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, func, select

from placement.domain.offering import CapacityType
from placement.domain.sweep import SourceKind
from placement.market.freshness import MOST_AGE_OF_API
from placement.store import tables
from placement.store.change_points import prices_at
from placement.store.merging import sources_at


@dataclass(frozen=True, slots=True)
class Freshness:
    """The live offerings of one source in one region."""

    source: str
    provider: str
    region: str
    kind: SourceKind
    offerings: Mapping[CapacityType, int]
    """How many, by capacity type."""
    oldest: Mapping[CapacityType, datetime]
    """When the oldest price was observed, by capacity type."""
    newest_observed_at: datetime

    @property
    def oldest_observed_at(self) -> datetime:
        """When the oldest price of any capacity type was observed."""
        return min(self.oldest.values())

    def stale(self, now: datetime) -> tuple[CapacityType, ...]:
        """The capacity types that have prices too old to be used."""
        if self.kind is SourceKind.SHEET:
            return ()
        return tuple(kind for kind, oldest in self.oldest.items() if now - oldest > MOST_AGE_OF_API[kind])


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
    oldest_of: dict[tuple[str, str, str], dict[CapacityType, datetime]] = {}
    newest_of: dict[tuple[str, str, str], datetime] = {}
    kinds = {source.name: source.kind for source in sources.values()}
    for source_id, provider, name, bought, count, dated, oldest, newest in connection.execute(counted):
        source = sources[source_id]
        key = (source.name, provider, name)
        counts.setdefault(key, {})[CapacityType(bought)] = count
        usual = source.observed_unix_s if dated < count else None
        times = [_moment(t) for t in (oldest, newest, usual) if t is not None]
        oldest_of.setdefault(key, {})[CapacityType(bought)] = min(times)
        newest_of[key] = max(*times, newest_of.get(key, times[0]))
    return [Freshness(*key, kinds[key[0]], counts[key], oldest_of[key], newest_of[key]) for key in sorted(counts)]


def _moment(unix_s: int) -> datetime:
    return datetime.fromtimestamp(unix_s, UTC)
