"""What is known of the market as a JSON document: the same from the command line and the service."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING

from placement.documents import Document, moment
from placement.domain.offering import CAPACITY_TYPES

if TYPE_CHECKING:
    from placement.domain.sweep import CapacityHint, Collection, FailedCollection
    from placement.market.catalog import Catalog
    from placement.store.freshness import Freshness


def catalog_document(
    catalog: "Catalog",
    freshness: Sequence["Freshness"],
    hints: Sequence[tuple[str, "CapacityHint"]],
    newest: Sequence["Collection"],
    failed: Mapping[str, "FailedCollection"],
    now: datetime,
) -> Document:
    """Counts, the freshness of each source in each region, and how the sources were collected.

    `hints` are by source, `newest` is the newest stored collection of each, `failed` the failures after it.
    """
    collected = {done.source for done in newest}
    return {
        "catalog": {"version": catalog.version, "as_of": moment(catalog.as_of)},
        "regions": len(catalog.regions),
        "instance_types": len(catalog.instance_types),
        "offerings": len(catalog.offerings),
        "tariffs": len(catalog.tariffs),
        "sources": [_source(row, now) for row in freshness],
        "capacity_hints": [
            {"source": source, **asdict(hint), "observed_at": moment(hint.observed_at)} for source, hint in hints
        ],
        "collections": [_collection(done, failed.get(done.source)) for done in newest],
        "never_stored": [
            {"source": source, **_failure(failure)} for source, failure in failed.items() if source not in collected
        ],
    }


def _source(row: "Freshness", now: datetime) -> Document:
    return {
        "source": row.source,
        "provider": row.provider,
        "region": row.region,
        "offerings": {kind.value: row.offerings.get(kind, 0) for kind in CAPACITY_TYPES},
        "oldest_observed_at": moment(row.oldest_observed_at),
        "newest_observed_at": moment(row.newest_observed_at),
        "stale": list(row.stale(now)),
    }


def _collection(done: "Collection", failed: "FailedCollection | None") -> Document:
    return {
        "source": done.source,
        "kind": done.kind.value,
        "version": done.version,
        "finished_at": moment(done.finished_at),
        "prices": done.rows,
        "refused": [{"reason": r.reason, "rows": r.rows, "example": r.example} for r in done.refused],
        "last_failure": _failure(failed) if failed else None,
    }


def _failure(failed: "FailedCollection") -> Document:
    return {"at": moment(failed.failed_at), "reason": failed.reason}
