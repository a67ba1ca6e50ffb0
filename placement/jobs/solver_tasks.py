"""What a solver's process can be asked to do: a task's name, its input and its output are plain JSON."""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from placement.planner.explaining import costs_of_policies, explain
from placement.planner.ledger import decide_request
from placement.planner.replaying import replay

if TYPE_CHECKING:
    from placement.market.catalog import Catalog
    from placement.store.repository import Store

Document: TypeAlias = dict[str, Any]
_KEPT = 2
"""Catalogs in memory: the newest, and one for decisions of before."""


class Catalogs:
    """The versions that were asked for last."""

    def __init__(self, store: "Store") -> None:
        self._store = store
        self._kept: OrderedDict[int, Catalog] = OrderedDict()

    def at(self, version: int) -> "Catalog":
        """This version of the catalog; raises BadInput where it can no longer be built."""
        if version not in self._kept:
            self._kept[version] = self._store.catalog(version)
        self._kept.move_to_end(version)
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return self._kept[version]

    def follow(self) -> None:
        """Have the newest one at hand."""
        newest = self._store.latest_version()
        if newest is not None:
            self.at(newest)


def _decide(catalogs: Catalogs, task: Mapping[str, Any]) -> Document:
    return decide_request(catalogs.at(task["catalog_version"]), task["request"], task["id"])


def _explain(catalogs: Catalogs, task: Mapping[str, Any]) -> Document:
    return explain(catalogs.at(task["catalog_version"]), task["request"], task["answer"], task["workload"])


def _policy_costs(catalogs: Catalogs, task: Mapping[str, Any]) -> Document:
    from placement.documents import policy_costs_document

    found = costs_of_policies(catalogs.at(task["catalog_version"]), task["request"], task["time_limit_s"])
    return {"decision": task["id"], **policy_costs_document(found)}


def _replay(catalogs: Catalogs, task: Mapping[str, Any]) -> Document:
    return replay(catalogs.at(task["catalog_version"]), task["request"], task["answer"])


TASKS: Mapping[str, Callable[[Catalogs, Mapping[str, Any]], Document]] = {
    "decide": _decide,
    "explain": _explain,
    "policy_costs": _policy_costs,
    "replay": _replay,
}
"""By name. Any of them may raise BadInput."""
