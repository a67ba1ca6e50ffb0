"""A fleet becomes a request that is kept: read, held against the market and the policies, and only then accepted."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from api.database import Database
from api.market import Market
from api.parameters import Query
from placement.fleet_file import check_places, parse_fleet
from placement.market.catalog import Catalog
from placement.optimizer.search import Settings
from placement.planner.deciding import new_identity
from placement.planner.judging import unjudged
from placement.planner.ledger import request_document
from placement.planner.stored_policies import policies_of
from placement.store.repository import Store
from placement.store.requests import DecisionRequest

LONGEST_S = 3600.0


class DecisionQuery(Query):
    """How hard to try; the same as the options of `placement solve`."""

    time_limit: Annotated[float, Field(ge=0.1, le=LONGEST_S, description="Seconds; the best answer by then.")] = 30.0
    gap: Annotated[float, Field(ge=0, le=1, description="Stop when (answer - bound) / answer is no more.")] = 1e-4
    seed: Annotated[int, Field(ge=0, le=2**31 - 1, description="The same input and seed give the same answer.")] = 0
    allow_stale: Annotated[bool, Field(description="Use prices that are too old as well.")] = False


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks for what."""

    who: str
    text: str
    """The fleet, JSON or YAML."""
    query: DecisionQuery
    idempotency_key: str | None


class Deciding:
    """Accepts requests for decisions."""

    def __init__(self, market: Market, database: Database, clock: Callable[[], datetime]) -> None:
        self._market, self._database, self._clock = market, database, clock

    async def accept(self, asking: Asking) -> tuple[DecisionRequest, bool]:
        """The request as it is kept, and whether it is new.

        Raises EmptyCatalog, BadFleet, BadPolicies, KeyReused and StoreError; then nothing is kept.
        """
        catalog = self._market.now.catalog
        return await self._database.ask(lambda store: self._keep(store, asking, catalog))

    def _keep(self, store: Store, asking: Asking, catalog: Catalog) -> tuple[DecisionRequest, bool]:
        digest = _digest(asking)
        if asking.idempotency_key is not None:
            # Before anything is read: what was fine when it was asked first may not be so any more.
            before = store.repeated(asking.who, asking.idempotency_key, digest)
            if before is not None:
                return before, False
        now = self._clock()
        settings = Settings(asking.query.time_limit, asking.query.gap, asking.query.seed)
        document = parse_fleet(asking.text, "fleet")
        policies = policies_of(store, document, now.date(), catalog.providers)
        warnings = [*document.warnings, *unjudged(document.fleet), *check_places(document, catalog)]
        request = request_document(
            document.fleet,
            policies.document.policies if policies else None,
            now,
            settings,
            allow_stale=asking.query.allow_stale,
            warnings=[*warnings, *(policies.document.warnings if policies else ())],
        )
        request["policy_revisions"] = [list(each) for each in policies.revisions] if policies else []
        asked = DecisionRequest(
            id=new_identity(now),
            asked_at=now,
            asked_by=asking.who,
            fleet_name=document.fleet.name,
            catalog_version=catalog.version,
            request_json=json.dumps(request, ensure_ascii=False),
            body_sha256=digest,
            idempotency_key=asking.idempotency_key,
        )
        return store.accept(asked)


def _digest(asking: Asking) -> str:
    """Of what the caller sent; the time and the market are the service's."""
    sent: dict[str, Any] = {"fleet": asking.text, **asking.query.model_dump()}
    return hashlib.sha256(json.dumps(sent, sort_keys=True).encode()).hexdigest()
