"""What a solver's process can be asked to do: a task's name, its input and its output are plain JSON."""

import base64
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from placement.jobs.followed import Followed
from placement.optimizer.components import parts
from placement.optimizer.search import Settings
from placement.planner.deciding import Beforehand
from placement.planner.dividing import solved_part
from placement.planner.explaining import costs_of_limits, costs_of_policies, explain
from placement.planner.ledger import decide_request, problem_of_request
from placement.planner.replaying import replay

if TYPE_CHECKING:
    from placement.market.catalog import Catalog
    from placement.optimizer.problem import Problem
    from placement.store.repository import Store

Document: TypeAlias = dict[str, Any]
_KEPT = 2
"""Catalogs in memory: the newest, and one for decisions of before."""


class Kept:
    """What a solver has in memory from task to task: the catalogs that were asked for last, and the fleet in parts."""

    def __init__(self, store: "Store") -> None:
        self.store = store
        self.tell: Callable[[Document], None] = lambda progress: None
        """Says how the task at hand comes along to whoever waits for it."""
        self._kept: OrderedDict[int, Catalog] = OrderedDict()
        self._divided: tuple[str, list[Problem]] = "", []

    def at(self, version: int) -> "Catalog":
        """This version of the catalog; raises BadInput where it can no longer be built."""
        if version not in self._kept:
            self._kept[version] = self.store.catalog(version)
        self._kept.move_to_end(version)
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return self._kept[version]

    def parts(self, task: Mapping[str, Any]) -> "list[Problem]":
        """The parts of the fleet of a request, which are asked for one after the other."""
        if self._divided[0] != task["id"]:
            self._divided = task["id"], parts(problem_of_request(self.at(task["catalog_version"]), task["request"]))
        return self._divided[1]

    def follow(self) -> None:
        """Have the newest one at hand."""
        newest = self.store.latest_version()
        if newest is not None:
            self.at(newest)


def _divide(kept: Kept, task: Mapping[str, Any]) -> Document:
    return {"parts": len(kept.parts(task))}


def _part(kept: Kept, task: Mapping[str, Any]) -> Document:
    divided = kept.parts(task)
    return solved_part(divided[task["index"]], Settings(**task["request"]["settings"]), len(divided))


def _decide(kept: Kept, task: Mapping[str, Any]) -> Document:
    beforehand = Beforehand(task["parts"], task["spent_s"]) if "parts" in task else None
    with Followed(lambda progress: kept.tell(asdict(progress))) as watch:
        return decide_request(kept.at(task["catalog_version"]), task["request"], task["id"], beforehand, watch)


def _explain(kept: Kept, task: Mapping[str, Any]) -> Document:
    catalog = kept.at(task["catalog_version"])
    return explain(catalog, task["request"], task["answer"], task["workload"], task["time_limit_s"])


def _policy_costs(kept: Kept, task: Mapping[str, Any]) -> Document:
    from placement.documents import policy_costs_document

    found = costs_of_policies(kept.at(task["catalog_version"]), task["request"], task["time_limit_s"])
    return {"decision": task["id"], **policy_costs_document(found)}


def _limit_costs(kept: Kept, task: Mapping[str, Any]) -> Document:
    from placement.documents import limit_costs_document

    catalog = kept.at(task["catalog_version"])
    found = costs_of_limits(catalog, task["request"], task["answer"], task["time_limit_s"])
    return {"decision": task["id"], **limit_costs_document(found)}


def _replay(kept: Kept, task: Mapping[str, Any]) -> Document:
    return replay(kept.at(task["catalog_version"]), task["request"], task["answer"])


def _moves(kept: Kept, task: Mapping[str, Any]) -> Document:
    from placement.planner.moves_document import moves_document
    from placement.planner.replanning import in_force_in, replan

    in_force = in_force_in(task["in_force"])
    then, today = kept.at(in_force.catalog_version), kept.at(task["catalog_version"])
    answer = moves_document(replan(today, then, task["request"], in_force))
    answer["assumptions"] += task["request"]["warnings"]
    return answer


def _report(kept: Kept, task: Mapping[str, Any]) -> Document:
    from placement.report_file.output import content, file_name, format_named
    from placement.reports.closing import report_of, report_of_fleet
    from placement.reports.period import Period

    period, now = Period.month(task["month"]), datetime.fromisoformat(task["now"])
    found = report_of(kept.store, period, now, task["by"], revision=task["revision"])
    found = found if task["fleet"] is None else report_of_fleet(found, task["fleet"])
    form = format_named(task["format"])
    written = content(found, form, task["label"])
    return {"name": file_name(found, form), "content": base64.b64encode(written).decode("ascii")}


def _baseline(kept: Kept, task: Mapping[str, Any]) -> Document:
    from placement.reports.baseline import frozen_baseline

    return frozen_baseline(kept.store, task["id"], kept.at)


TASKS: Mapping[str, Callable[[Kept, Mapping[str, Any]], Document]] = {
    "divide": _divide,
    "part": _part,
    "decide": _decide,
    "explain": _explain,
    "policy_costs": _policy_costs,
    "limit_costs": _limit_costs,
    "replay": _replay,
    "moves": _moves,
    "report": _report,
    "baseline": _baseline,
}
"""By name. Any of them may raise BadInput."""
