"""A decision that a service keeps is explained by the service."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from placement.cli.waiting import progress
from placement.client import Client
from placement.client.decision_forms import Decision
from placement.client.decisions import decided


class KeptByService:
    """See `KnownDecision`."""

    def __init__(self, service: Client, decision: str) -> None:
        self._service, self._wanted = service, decision

    @cached_property
    def answer(self) -> Decision:
        return decided(self._service.decisions.find(self._wanted))

    def explanation(self, workload: str, time_limit_s: float | None) -> Mapping[str, Any]:
        with progress("pricing every other region"):
            return self._service.decisions.explanation(self.answer["id"], workload, time_limit_s)

    def policy_costs(self, time_limit_s: float | None) -> Mapping[str, Any]:
        with progress("placing the fleet without each of its policies"):
            return self._service.decisions.policy_costs(self.answer["id"], time_limit_s)

    def limit_costs(self, time_limit_s: float | None) -> Mapping[str, Any]:
        with progress("placing the fleet with more of each of its limits"):
            return self._service.decisions.limit_costs(self.answer["id"], time_limit_s)
