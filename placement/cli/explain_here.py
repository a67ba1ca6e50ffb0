"""A decision that this machine's database keeps is explained by this process."""

import json
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from placement.cli.waiting import progress, stoppable

if TYPE_CHECKING:
    from placement.store.repository import Store

_USUAL_S = 30.0


class KeptHere:
    """See `KnownDecision`; Ctrl-C ends the process while it works."""

    def __init__(self, store: "Store", decision: str) -> None:
        """Raises UnknownDecision."""
        self._store, self._stored = store, store.decision(decision)

    @cached_property
    def answer(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self._stored.answer_json)
        return found

    def explanation(self, workload: str, time_limit_s: float | None) -> Mapping[str, Any]:
        with stoppable():
            from placement.planner.explaining import explain

            catalog, request = self._store.catalog(self._stored.catalog_version), self._request
            with progress("pricing every other region"):
                limit_s = _USUAL_S if time_limit_s is None else time_limit_s
                return explain(catalog, request, self.answer, workload, limit_s)

    def policy_costs(self, time_limit_s: float | None) -> Mapping[str, Any]:
        with stoppable():
            from placement.documents import policy_costs_document
            from placement.planner.explaining import costs_of_policies

            catalog, request = self._store.catalog(self._stored.catalog_version), self._request
            with progress("placing the fleet without each of its policies"):
                costs = costs_of_policies(catalog, request, _USUAL_S if time_limit_s is None else time_limit_s)
        return {"decision": self._stored.id, **policy_costs_document(costs)}

    def limit_costs(self, time_limit_s: float | None) -> Mapping[str, Any]:
        with stoppable():
            from placement.documents import limit_costs_document
            from placement.planner.explaining import costs_of_limits

            catalog, request = self._store.catalog(self._stored.catalog_version), self._request
            limit_s = _USUAL_S if time_limit_s is None else time_limit_s
            with progress("placing the fleet with more of each of its limits"):
                costs = costs_of_limits(catalog, request, self.answer, limit_s)
        return {"decision": self._stored.id, **limit_costs_document(costs)}

    @property
    def _request(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self._stored.request_json)
        return found
