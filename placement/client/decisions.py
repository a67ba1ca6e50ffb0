"""Decisions of a service: asked for, waited for, looked up, explained, replayed and cancelled."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from placement.client.answer import Answer
from placement.client.decision_forms import (
    Cancelled,
    Decision,
    DecisionLine,
    DecisionPage,
    Explanation,
    LimitCosts,
    PendingDecision,
    PolicyCosts,
    Replayed,
)
from placement.client.wire import Question, Wire
from placement.domain.errors import ServiceError, Undecided, UnknownDecision

_PATH = "/v1/decisions"
_PENDING = ("queued", "running", "failed", "cancelled")
_ID = re.compile(r"[A-Za-z0-9-]{1,200}")
_ASK_ANEW = "ask again, with another idempotency key"
_HELD_S = 5
"""So long the service may hold its first answer back, in case it is the decision."""
_ASKED_AGAIN_S, _MOST_S = 1.0, 30.0
"""A decision that takes longer is asked for again after this, unless the service says otherwise, within bounds."""


@dataclass(frozen=True, slots=True)
class FleetRequest:
    """A fleet that is to be placed. However often the same one is sent, it is decided once."""

    fleet: str
    """The text of a fleet file, YAML or JSON."""
    time_limit_s: float | None = None
    """The best answer by then; None: as the service has it."""
    gap: float | None = None
    seed: int | None = None
    allow_stale: bool = False
    source: str = "fleet"
    """Where the text is from, for messages."""
    idempotency_key: str = field(default_factory=lambda: uuid4().hex)


class Decisions:
    """What a service decides."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def decide(
        self, request: FleetRequest, watch: Callable[[PendingDecision], None] = lambda pending: None
    ) -> Decision:
        """The decision, waited for as long as it takes; `watch` is told how it is coming along.

        That nothing can be placed is a decision, too. Raises Undecided where the request fails or is cancelled.
        """
        found, pause_s = self._begin(request, _HELD_S)
        while found["status"] == "queued" or found["status"] == "running":
            watch(found)
            self._wire.sleep(pause_s)
            try:
                found, pause_s = self._look(found["id"])
            except ServiceError as failure:
                raise type(failure)(f"{failure}\nthe decision goes on as {found['id']}; look for it later") from None
        return decided(found)

    def begin(self, request: FleetRequest) -> Decision | PendingDecision:
        """The request as the service has it now, without waiting for its decision."""
        return self._begin(request, 0)[0]

    def find(self, decision: str) -> Decision | PendingDecision:
        """A decision by its id, the first characters of it or `latest`; a request that has none by its id.

        Raises UnknownDecision.
        """
        return self._look(decision)[0]

    def ledger(self, fleet: str | None = None) -> Iterator[DecisionLine]:
        """All decisions and requests, newest first, perhaps of one fleet only; page after page as they are needed."""
        params: dict[str, str] = {} if fleet is None else {"fleet": fleet}
        while True:
            page = self._wire.ask(Question("GET", _PATH, params)).document(DecisionPage)
            yield from page["decisions"]
            if page["next_cursor"] is None:
                return
            params["cursor"] = page["next_cursor"]

    def explanation(self, decision: str, workload: str, time_limit_s: float | None = None) -> Explanation:
        """Every other region of a workload, with what it would cost more or what forbids it.

        The fleet is placed again without its region; None: in the time that the service has for it.
        """
        params: dict[str, Any] = {"workload": workload}
        if time_limit_s is not None:
            params["time_limit"] = time_limit_s
        return self._wire.ask(Question("GET", f"{_at(decision)}/explanation", params)).document(Explanation)

    def policy_costs(self, decision: str, time_limit_s: float | None = None) -> PolicyCosts:
        """What each policy costs, by placing the fleet without it; None: the service's own limit for each."""
        params: dict[str, Any] = {"policy_cost": "true"}
        if time_limit_s is not None:
            params["time_limit"] = time_limit_s
        return self._wire.ask(Question("GET", f"{_at(decision)}/explanation", params)).document(PolicyCosts)

    def limit_costs(self, decision: str, time_limit_s: float | None = None) -> LimitCosts:
        """What each limit costs and a step more of it is worth; None: the service's own time for each placement."""
        params: dict[str, Any] = {"limit_cost": "true"}
        if time_limit_s is not None:
            params["time_limit"] = time_limit_s
        return self._wire.ask(Question("GET", f"{_at(decision)}/explanation", params)).document(LimitCosts)

    def replay(self, decision: str) -> Replayed:
        """Make the decision again on its own market: it must come out the same, or be proven right."""
        return self._wire.ask(Question("POST", f"{_at(decision)}/replay")).document(Replayed)

    def cancel(self, decision: str) -> Cancelled:
        """End a request that is not decided yet; raises BadInput for one that has ended."""
        return self._wire.ask(Question("DELETE", _at(decision), repeatable=False)).document(Cancelled)

    def _begin(self, request: FleetRequest, held_s: int) -> tuple[Decision | PendingDecision, float]:
        params = {
            "time_limit": request.time_limit_s,
            "gap": request.gap,
            "seed": request.seed,
            "allow_stale": "true" if request.allow_stale else None,
        }
        headers = {
            "Content-Type": media_of(request.fleet),
            "Idempotency-Key": request.idempotency_key,
            "Prefer": f"wait={held_s}" if held_s else "respond-async",
        }
        question = Question(
            "POST",
            _PATH,
            {name: value for name, value in params.items() if value is not None},
            headers,
            request.fleet.encode(),
            fleet_source=request.source,
        )
        return _found(self._wire.ask(question))

    def _look(self, decision: str) -> tuple[Decision | PendingDecision, float]:
        # By its id: a Location may lack what a proxy puts before the path, or lead elsewhere.
        return _found(self._wire.ask(Question("GET", _at(decision))))


def decided(found: Decision | PendingDecision) -> Decision:
    """The decision; raises Undecided for a request that has none."""
    if found["status"] == "queued" or found["status"] == "running":
        raise Undecided(f"{found['id']} is not decided yet, it is {found['status']}; ask again later")
    if found["status"] == "failed":
        raise Undecided(f"{found['id']} failed: {found['reason']}; {_ASK_ANEW}")
    if found["status"] == "cancelled":
        raise Undecided(f"{found['id']} was cancelled; {_ASK_ANEW}")
    return found


def _found(answer: Answer) -> tuple[Decision | PendingDecision, float]:
    """What the service has, and after how many seconds it may be asked again."""
    pause_s = min(_ASKED_AGAIN_S if answer.pause_s is None else answer.pause_s, _MOST_S)
    said = answer.json()
    if isinstance(said, dict) and said.get("status") in _PENDING:
        return answer.document(PendingDecision), pause_s
    return answer.document(Decision), pause_s


def _at(decision: str) -> str:
    """The path of a decision; raises UnknownDecision for what would be another path."""
    if not _ID.fullmatch(decision):
        raise UnknownDecision(f"there is no decision {decision[:80]!r}; ids have letters, digits and dashes only")
    return f"{_PATH}/{decision}"


def media_of(text: str) -> str:
    """How a text is announced: JSON where it is an object of JSON, which may be longer; otherwise YAML."""
    if text.lstrip().startswith("{"):
        try:
            json.loads(text)
        except ValueError:
            return "application/yaml"
        return "application/json"
    return "application/yaml"
