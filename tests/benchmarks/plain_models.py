"""The same problem as one mixed-integer model, for solvers that know nothing of its structure.

    minimise  sum u[i, r] x[i, r]  +  sum_e sum_{c, d} (out_e Z[c, d] + back_e Z[d, c]) y[e, c, d]
                                        -  what ends in one region do not pay, by z[e, r]
    sum_r x[i, r] = 1,     sum_d y[e, c, d] = sum_{r in c} x[i, r],     sum_c y[e, c, d] = sum_{s in d} x[j, s]

Regions of one group have the same rates Z, so that pairs of groups suffice: the compact form. What two ends in one
region do not pay is given back by z[e, r] <= x[i, r], x[j, r].
"""

from dataclasses import dataclass
from datetime import timedelta
from time import perf_counter
from typing import Any

from ortools.math_opt.python import mathopt  # type: ignore[import-untyped]

from placement.optimizer.coupled.pricing import Coupled
from tests.benchmarks.pairwise_problems import Asked


@dataclass(frozen=True, slots=True)
class Ended:
    """How a plain solver fared."""

    seconds: float
    bound: float
    value: float

    @property
    def gap(self) -> float:
        return (self.value - self.bound) / self.value if self.value < float("inf") else 1.0


def solved_by(solver: str, asked: Asked, limit_s: float, gap: float, coupled: Coupled | None = None) -> Ended:
    """HIGHS or CP_SAT on the compact model, on the threads that each takes by itself; building it does not count."""
    model = mathopt.Model()
    x, cost = _labels(model, asked) if coupled is None else _choices(model, asked, coupled)
    _pairs(model, asked, x, cost)
    parameters = mathopt.SolveParameters(time_limit=timedelta(seconds=limit_s), relative_gap_tolerance=gap)
    began = perf_counter()
    result = mathopt.solve(model, mathopt.SolverType[solver], params=parameters)
    took = perf_counter() - began
    bounds = result.termination.objective_bounds
    return Ended(took, bounds.dual_bound, bounds.primal_bound)


def _labels(model: mathopt.Model, asked: Asked) -> tuple[list[dict[int, Any]], list[Any]]:
    """x by node and region, and what the labels cost."""
    graph = asked.graph
    x: list[dict[int, Any]] = []
    cost: list[Any] = []
    for i in range(len(graph.first) - 1):
        here = range(int(graph.first[i]), int(graph.first[i + 1]))
        x.append({int(graph.region[p]): model.add_binary_variable() for p in here})
        cost += [float(asked.usd[p]) * x[i][int(graph.region[p])] for p in here]
        model.add_linear_constraint(mathopt.fast_sum(x[i].values()) == 1)
    return x, cost


def _choices(model: mathopt.Model, asked: Asked, coupled: Coupled) -> tuple[list[dict[int, Any]], list[Any]]:
    """The same with choices at the labels, and the rows over what they use."""
    graph, choices = asked.graph, coupled.choices
    x: list[dict[int, Any]] = []
    cost: list[Any] = []
    used: list[list[Any]] = [[] for _ in coupled.limit]
    for i in range(len(graph.first) - 1):
        x.append({})
        for p in range(int(graph.first[i]), int(graph.first[i + 1])):
            mine = []
            for c in range(int(choices.first[p]), int(choices.first[p + 1])):
                mine.append(chosen := model.add_binary_variable())
                cost.append(float(choices.usd[c] + coupled.fixed[p]) * chosen)
                for u in range(int(choices.start[c]), int(choices.start[c + 1])):
                    used[int(choices.row[u])].append(float(choices.amount[u]) * chosen)
            x[i][int(graph.region[p])] = mathopt.fast_sum(mine)
        model.add_linear_constraint(mathopt.fast_sum(x[i].values()) == 1)
    for row, limit in zip(used, coupled.limit, strict=True):
        model.add_linear_constraint(mathopt.fast_sum(row) <= float(limit))
    return x, cost


def _pairs(model: mathopt.Model, asked: Asked, x: list[dict[int, Any]], cost: list[Any]) -> None:
    graph, group, rate = asked.graph, asked.group, asked.usd_per_gb
    shares = [_by_group(each, group) for each in x]
    for e in range(len(graph.tail)):
        i, j = int(graph.tail[e]), int(graph.head[e])
        out, back = float(graph.out_gb[e]), float(graph.back_gb[e])
        y = {(c, d): model.add_variable(lb=0.0, ub=1.0) for c in shares[i] for d in shares[j]}
        cost += [(out * float(rate[c, d]) + back * float(rate[d, c])) * each for (c, d), each in y.items()]
        for c, share in shares[i].items():
            model.add_linear_constraint(mathopt.fast_sum(y[c, d] for d in shares[j]) == mathopt.fast_sum(share))
        for d, share in shares[j].items():
            model.add_linear_constraint(mathopt.fast_sum(y[c, d] for c in shares[i]) == mathopt.fast_sum(share))
        for r in x[i].keys() & x[j].keys():
            z = model.add_variable(lb=0.0, ub=1.0)
            model.add_linear_constraint(z <= x[i][r])
            model.add_linear_constraint(z <= x[j][r])
            cost.append(-(out + back) * float(rate[group[r], group[r]]) * z)
    model.minimize(mathopt.fast_sum(cost))


def _by_group(labels: dict[int, Any], group: Any) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for r, variable in labels.items():
        found.setdefault(int(group[r]), []).append(variable)
    return found
