"""Nodes with labels, edges between them, and what a pair of labels costs; arrays only, as compiled code takes them.

    minimise  sum_i u_i(x_i) + sum_e p_e(x_i, x_j)          x_i a label of node i, its region

    p_e(r, s) = out_gb x between[r, s] + back_gb x between[s, r] + table_e[r, s]      in two regions
                + out_e[t(r, s)] + back_e[t(s, r)]                                    if flows are charged apart
    p_e(r, r) = within_gb x within[r] + table_e[r, r]                                 in one

for the edge e from i (its tail) to j (its head), i < j. Rates are any; tables hold what no rate can say: latency caps,
affinity, anti-affinity. `within_gb` is a part of what flows: 0 where nothing does; t(r, s) is the tariff of a pair.
Letters: N nodes, M edges, L labels of all nodes, R regions, K tables.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Regions = NDArray[np.uint32]
"""Unsigned: compiled code need not ask whether an index counts from the end."""
NO_TABLE = -1


class Graph(NamedTuple):
    """Which labels and which edges there are."""

    first: Whole
    """Shape (N + 1,): node i has the labels first[i] to first[i + 1]."""
    region: Regions
    """Shape (L,): rising within a node."""
    tail: Whole
    head: Whole
    out_gb: Floats
    back_gb: Floats
    within_gb: Floats
    table: Whole
    """Shape (M,): which of the tables, or NO_TABLE."""
    start: Whole
    """Shape (N + 1,): node i has the edges incident[start[i] : start[i + 1]]."""
    incident: Whole
    slot: Whole
    """Shape (2M + 1,): where messages lie; the one of edge e to its head at slot[2e], to its tail at slot[2e + 1]."""


def graph_of(first: Whole, region: NDArray[np.integer], tail: Whole, head: Whole, gb: Floats, table: Whole) -> Graph:
    """The graph with its derived parts; `gb` has shape (M, 3): out, back, within."""
    count, edges = len(first) - 1, len(tail)
    ends = np.concatenate([tail, head])
    order = np.argsort(ends, kind="stable")
    size = np.diff(first)
    received = np.stack([size[head], size[tail]], axis=1).ravel()
    return Graph(
        _whole(first),
        np.ascontiguousarray(region, np.uint32),
        _whole(tail),
        _whole(head),
        _floats(gb[:, 0]),
        _floats(gb[:, 1]),
        _floats(gb[:, 2]),
        _whole(table),
        _whole(np.searchsorted(ends[order], np.arange(count + 1))),
        _whole(np.concatenate([np.arange(edges), np.arange(edges)])[order]),
        _whole(np.concatenate([[0], np.cumsum(received)])),
    )


def _whole(values: NDArray[np.integer]) -> Whole:
    return np.ascontiguousarray(values, np.int64)


def _floats(values: NDArray[np.floating]) -> Floats:
    return np.ascontiguousarray(values, np.float64)
