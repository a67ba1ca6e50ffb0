"""The store answers every question about what was collected and decided; nobody else writes SQL."""

import json
from collections.abc import Collection as Collection_
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import Engine

from placement.domain.access import ApiKey, AuditEntry
from placement.domain.garbage import collector_waits
from placement.domain.money import NanoUsd
from placement.domain.sweep import CapacityHint, Collection, FailedCollection, Sweep
from placement.market.catalog import Catalog
from placement.store import (
    access,
    catalogs,
    closed_reports,
    compaction,
    decisions,
    documents,
    executors,
    freshness,
    hints,
    history,
    outcomes,
    price_series,
    requests,
    schema,
    standings,
    sweeps,
)
from placement.store.closed_reports import ClosedHead, ClosedReport
from placement.store.compaction import Compacted
from placement.store.decisions import DecisionHead, DecisionLine, StoredDecision
from placement.store.documents import Kind, Saved, StoredDocument
from placement.store.engine import Database, Part
from placement.store.freshness import Freshness
from placement.store.history import PricePoint, Subject
from placement.store.price_series import Named, Steps
from placement.store.requests import DecisionRequest, State
from placement.store.standings import Standing
from placement.store.sweep_lock import sweep_lock

BUSY_TIMEOUT_S = 10.0


class Store:
    """One database. Any method may raise StoreError, and StoreBusy where another process writes for too long."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @classmethod
    def open(cls, url: str, busy_timeout_s: float = BUSY_TIMEOUT_S) -> "Store":
        """The store at `sqlite:///FILE` or `postgresql://USER:PASSWORD@HOST/DATABASE`.

        A SQLite file need not be there before `upgrade`. Raises StoreError with what would be right: no such folder,
        no database file, no server, wrong password (never shown).
        """
        database = Database(url, busy_timeout_s)
        database.check_reachable()
        return cls(database)

    @property
    def engine(self) -> Engine:
        """The connections, for tests and tools that watch them."""
        return self._database.engine

    def close(self) -> None:
        """Give all connections back."""
        self._database.engine.dispose()

    def upgrade(self) -> None:
        """Bring the schema to this program's; may be run twice, and by several at once."""
        schema.upgrade(self._database)

    def is_new(self) -> bool:
        """Whether nothing was ever stored here: no file, or no tables of this program."""
        return schema.revision(self._database) is None

    def check_schema(self) -> None:
        """Raise StoreOutdated, saying what to run, unless the schema is this program's."""
        schema.check_schema(self._database)

    def save_sweep(
        self, sweep: Sweep, finished_at: datetime, started_at: datetime | None = None, *, accept_loss: bool = False
    ) -> Collection:
        """Store all that changed as the next catalog version, or nothing.

        Times have a time zone. Raises BadInput where the sweep contradicts itself, and CoverageLost where an API's
        sweep lacks too much of its last one, unless `accept_loss`.
        """
        with self._database.writing() as connection, collector_waits():
            return sweeps.save_sweep(connection, sweep, finished_at, started_at, accept_loss=accept_loss)

    def save_failure(self, failed: FailedCollection) -> None:
        """Keep the record of a sweep that failed."""
        with self._database.writing() as connection:
            outcomes.save_failure(connection, failed)

    def failures(self) -> list[FailedCollection]:
        """The sweeps that failed, oldest first; of a source's equal failures the last."""
        with self._database.reading() as connection:
            return outcomes.failures(connection)

    @contextmanager
    def sweeping(self, provider: str) -> Iterator[None]:
        """The only sweep of the provider on this database, of all processes; raises SweepRunning if there is one.

        The end of the process ends the sweep, however it comes.
        """
        with sweep_lock(self._database, provider):
            yield

    def latest_version(self) -> int | None:
        """The newest catalog version, or None before the first collection."""
        with self._database.reading() as connection:
            return sweeps.latest_version(connection)

    def on_demand_prices(self, provider: str) -> list[tuple[str, NanoUsd]]:
        """(instance type, USD an hour) of all live on-demand offerings of the provider, in any region and zone."""
        with self._database.reading() as connection:
            return sweeps.on_demand_prices(connection, provider)

    def price_history(self, subject: Subject, since: datetime, until: datetime) -> list[PricePoint]:
        """What an offering cost in a window, and before it the price that held when the window opens."""
        with self._database.reading() as connection:
            return history.price_history(connection, subject, since, until)

    def compact(self, before: datetime) -> Compacted:
        """Forget what changed before that time and neither a later version nor a decision needs."""
        with self._database.writing() as connection:
            return compaction.compact(connection, before)

    def save_key(self, key: ApiKey, secret_sha256: str, by: str) -> None:
        """Keep a new key, and note who made it."""
        with self._database.writing(Part.LEDGER) as connection:
            access.save_key(connection, key, secret_sha256)
            access.note(connection, AuditEntry(key.created_at, by, "keys.create", key.id))

    def keys(self) -> list[ApiKey]:
        """All keys, oldest first."""
        with self._database.reading() as connection:
            return access.keys(connection)

    def key_with_secret(self, secret_sha256: str) -> ApiKey | None:
        """The key whose secret has this hash, whether or not it still opens anything."""
        with self._database.reading() as connection:
            return access.key_with_secret(connection, secret_sha256)

    def revoke_key(self, key_id: str, at: datetime, by: str) -> ApiKey:
        """End a key for good, and note who did; BadInput if there is none with this id."""
        with self._database.writing(Part.LEDGER) as connection:
            revoked = access.revoke_key(connection, key_id, at)
            access.note(connection, AuditEntry(at, by, "keys.revoke", key_id))
            return revoked

    def note(self, entry: AuditEntry) -> None:
        """Add to the audit log what was done elsewhere."""
        with self._database.writing(Part.LEDGER) as connection:
            access.note(connection, entry)

    def audit(self, limit: int = 100, before: int | None = None) -> list[AuditEntry]:
        """Who did what, newest first; of the entries with a lower number than `before`."""
        with self._database.reading() as connection:
            return access.audit(connection, limit, before)

    def save_document(self, new: StoredDocument, expected: int | None = None) -> Saved:
        """Keep the next revision of a policy or fleet, and note who saved or removed it; the same again is not kept.

        `expected`: the revision that must be the newest, 0 for none, None for any. Raises Conflicting, UnknownDocument.
        """
        with self._database.writing(Part.LEDGER) as connection:
            saved = documents.save(connection, new, expected)
            if saved.changed:
                access.note(connection, documents.noted(saved.document))
            return saved

    def document(self, kind: Kind, name: str, revision: int | None = None) -> StoredDocument:
        """The newest revision of what has this name, or the given one. Raises UnknownDocument with a hint."""
        with self._database.reading() as connection:
            return documents.document(connection, kind, name, revision)

    def documents(self, kind: Kind) -> list[StoredDocument]:
        """The newest revision of each that is there, by name."""
        with self._database.reading() as connection:
            return documents.documents(connection, kind)

    def collections(self) -> list[Collection]:
        """All collections, oldest first; `version` numbers them from 1."""
        with self._database.reading() as connection:
            return sweeps.collections(connection)

    def catalog(self, version: int | None = None, *, bare: bool = False) -> Catalog:
        """The market as of `version`, or the newest; a `bare` one has places and tariffs, but no offerings.

        Raises EmptyCatalog before the first collection, BadInput for a version that there is not.
        """
        with self._database.reading() as connection:
            return catalogs.catalog_at(connection, version, bare=bare)

    def version_at(self, at: datetime) -> int | None:
        """The catalog version that was the newest then; None before the first collection."""
        with self._database.reading() as connection:
            return price_series.version_at(connection, at)

    def price_series(
        self, wanted: Collection_[Named], since: datetime, until: datetime
    ) -> Mapping[Named, Mapping[str, Steps]]:
        """What offerings cost in a window, by source: the price that holds when it opens, and each change."""
        with self._database.reading() as connection:
            return price_series.price_series(connection, wanted, since, until)

    def changed_tariffs(self, since: datetime, until: datetime) -> list[datetime]:
        """When egress or storage rates changed inside the window, in order."""
        with self._database.reading() as connection:
            return price_series.changed_tariffs(connection, since, until)

    def freshness(self, version: int | None = None) -> list[Freshness]:
        """The live offerings of each source, by provider and region; nothing before the first collection."""
        with self._database.reading() as connection:
            wanted = version if version is not None else sweeps.latest_version(connection)
            return freshness.freshness_at(connection, wanted) if wanted else []

    def hints(self, version: int | None = None) -> list[tuple[str, CapacityHint]]:
        """(source, hint) by source, region and zone; nothing before the first collection."""
        with self._database.reading() as connection:
            wanted = version if version is not None else sweeps.latest_version(connection)
            return hints.hints_at(connection, wanted) if wanted else []

    def save_decision(
        self,
        id: str,
        created_at: datetime,
        fleet_name: str,
        catalog_version: int,
        request_json: str,
        answer_json: str,
    ) -> None:
        """Keep a decision; saving an id again changes nothing. `created_at` has a time zone."""
        kept = StoredDecision(id, created_at, fleet_name, catalog_version, request_json, answer_json)
        with self._database.writing(Part.LEDGER) as connection:
            decisions.save_decision(connection, kept)

    def decision(self, id: str) -> StoredDecision:
        """The decision with this id, or the only one that begins so. Raises UnknownDecision with a hint."""
        with self._database.reading() as connection:
            return decisions.decision(connection, id)

    def in_force(self, fleet_name: str) -> StoredDecision:
        """The newest decision of the fleet that places it. Raises UnknownDecision where none does."""
        with self._database.reading() as connection:
            return decisions.in_force(connection, fleet_name)

    def decisions(self, limit: int = 20) -> list[DecisionHead]:
        """The newest decisions, newest first."""
        with self._database.reading() as connection:
            return decisions.decisions(connection, limit)

    def deliveries(self, month: str) -> dict[str, datetime]:
        """Where the month's report was delivered, and when."""
        with self._database.reading() as connection:
            return closed_reports.deliveries(connection, month)

    def note_delivery(self, month: str, target: str, at: datetime) -> None:
        """Keep that the month's report was delivered there."""
        with self._database.writing(Part.LEDGER) as connection:
            closed_reports.note_delivery(connection, month, target, at)

    def stored(self, id: str) -> StoredDecision:
        """The decision with exactly this id, which must be there."""
        with self._database.reading() as connection:
            return decisions.stored(connection, id)

    def closed_report(self, month: str, revision: int | None = None) -> ClosedReport | None:
        """The newest revision of a month's report, or the given one; None where there is none."""
        with self._database.reading() as connection:
            return closed_reports.closed_report(connection, month, revision)

    def closed_heads(self) -> list[ClosedHead]:
        """All revisions of all closed months, the newest first, without their content."""
        with self._database.reading() as connection:
            return closed_reports.closed_heads(connection)

    def close_report(self, closed: ClosedReport) -> bool:
        """Keep the next revision of a month's report, and note who closed it; False where another came first."""
        with self._database.writing(Part.LEDGER) as connection:
            kept = closed_reports.close_report(connection, closed)
            if kept:
                detail = json.dumps({"revision": closed.revision, "sha256": closed.sha256})
                entry = AuditEntry(closed.closed_at, closed.closed_by, "reports.close", closed.month, detail)
                access.note(connection, entry)
            return kept

    def first_decision_at(self) -> datetime | None:
        """When the oldest decision was made; None before there is any."""
        with self._database.reading() as connection:
            return decisions.first_at(connection)

    def decisions_before(self, until: datetime) -> list[DecisionHead]:
        """All that were made before that time, by fleet, oldest first."""
        with self._database.reading() as connection:
            return decisions.decisions_before(connection, until)

    def standings(self) -> list[Standing]:
        """How each fleet stands, by name: its newest decision, and the one that is in force."""
        with self._database.reading() as connection:
            return standings.standings(connection)

    def ledger(
        self, before: tuple[datetime, str] | None = None, fleet_name: str | None = None, limit: int = 100
    ) -> list[DecisionLine]:
        """Decisions, and requests that have none, newest first; `before` is the (time, id) of a line."""
        with self._database.reading() as connection:
            return decisions.ledger(connection, before, fleet_name, limit)

    def repeated(self, asked_by: str, idempotency_key: str, body_sha256: str) -> DecisionRequest | None:
        """The request that came with this key before, if it was the same; raises KeyReused if it was another."""
        with self._database.reading() as connection:
            return requests.repeated(connection, asked_by, idempotency_key, body_sha256)

    def accept(self, asked: DecisionRequest) -> tuple[DecisionRequest, bool]:
        """Keep a request for a decision, and note who asked; the same again is the one that came first, and not new.

        Raises KeyReused where its idempotency key came with another request before.
        """
        with self._database.writing(Part.LEDGER) as connection:
            kept, new = requests.keep(connection, asked)
            if new:
                access.note(connection, AuditEntry(asked.asked_at, asked.asked_by, "decisions.create", asked.id))
            return kept, new

    def request(self, request_id: str) -> DecisionRequest | None:
        """The request for the decision with this id; None for decisions that no service was asked for."""
        with self._database.reading() as connection:
            return requests.request(connection, request_id)

    def request_state(self, request_id: str) -> State | None:
        """How it stands; None where there is none."""
        with self._database.reading() as connection:
            return requests.state(connection, request_id)

    def note_progress(self, request_id: str, progress_json: str) -> None:
        """What the search of an open request has found so far."""
        with self._database.writing(Part.LEDGER) as connection:
            requests.note_progress(connection, request_id, progress_json)

    def end_request(self, request_id: str, how: State, reason: str, at: datetime, by: str | None = None) -> bool:
        """End an open request; False where it had ended before. `by` is noted in the audit log where a person did."""
        with self._database.writing(Part.LEDGER) as connection:
            ended = requests.end(connection, request_id, how, reason, at)
            if ended and by is not None:
                access.note(connection, AuditEntry(at, by, f"decisions.{how}", request_id))
            return ended

    def decide_request(self, decision: StoredDecision, at: datetime) -> bool:
        """Keep the decision of an open request; False, with nothing kept, where it had ended before."""
        with self._database.writing(Part.LEDGER) as connection:
            return requests.decide(connection, decision, at)

    def open_requests(self, asked_before: datetime) -> list[str]:
        """Ids of those that nobody has ended, oldest first."""
        with self._database.reading() as connection:
            return requests.open_requests(connection, asked_before)

    def count_open_requests(self) -> tuple[int, int]:
        """How many are open and not begun, and how many are being worked on."""
        with self._database.reading() as connection:
            return requests.count_open(connection)

    def beat(self, executor_id: str, at: datetime) -> None:
        """This executor is alive."""
        with self._database.writing(Part.LEDGER) as connection:
            executors.beat(connection, executor_id, at)

    def executor_beats(self) -> dict[str, datetime]:
        """The last beat of each executor, by its own clock."""
        with self._database.reading() as connection:
            return executors.beats(connection)

    def forget_executor(self, executor_id: str) -> None:
        """It has ended, and nothing of its work is left."""
        with self._database.writing(Part.LEDGER) as connection:
            executors.forget(connection, executor_id)
