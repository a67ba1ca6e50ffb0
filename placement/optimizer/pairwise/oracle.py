"""Runs of passes over all components of a graph, with messages that stay from run to run.

Components are solved apart, on several threads where there is more than one; each draws its chance from a seed of its
own, so that the answer is the same on any number of threads.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Timer
from time import monotonic

import numpy as np
from numpy.typing import NDArray

from placement.optimizer.pairwise.component import Effort, solve_components
from placement.optimizer.pairwise.connected import Components
from placement.optimizer.pairwise.costs import Costs
from placement.optimizer.pairwise.graph import Floats, Graph, Whole
from placement.optimizer.pairwise.narrowing import carry, narrowed
from placement.optimizer.pairwise.state import state_of

_BATCHES = 32
_WORTH_THREADS = 200_000
"""Labels of all nodes and edges above which threads are worth starting."""

_SLOW_S = 1e-7
"""More than a pass over a label of an edge takes: work that is over well before its time needs no clock."""


@dataclass(frozen=True, eq=False)
class Ran:
    """What some passes prove and find."""

    bound: Floats
    """By component: no solution of it costs less."""
    value: Floats
    """By component: what its part of `labels` costs."""
    labels: Whole
    """By node, positions among its labels."""
    rest: Floats
    """By label: every solution of its component with it costs at least bound + rest. Empty where it was not asked
    for."""


class Oracle:
    """One graph; messages stay from call to call, so that other costs on it start from what is known."""

    def __init__(self, graph: Graph, components: Components | None = None) -> None:
        """`components` are those of the graph, if known."""
        self.graph = graph
        self.components = components or Components.of(graph)
        self.state = state_of(graph)
        size = np.diff(graph.first)
        self._widest = int(size.max(initial=0))
        work = size + np.bincount(graph.tail, minlength=len(size)) * size * 2
        self._work = np.add.reduceat(work[self.components.members], self.components.ends[:-1]) if len(size) else work

    def run(
        self,
        usd: Floats,
        costs: Costs,
        live: NDArray[np.bool_],
        *,
        passes: int,
        forests: int,
        gap: float,
        seed: int,
        start: NDArray[np.integer] | None,
        rest: bool,
        until: float,
        threads: int,
    ) -> Ran:
        """Raise the bound of each component and lower its value until they meet within `gap`, progress stalls, `passes`
        and `forests` are spent, or the clock (`time.monotonic`) reaches `until`. `usd` are the costs of the labels.
        Only components marked in `live` are worked on."""
        if start is not None:
            self.state.best[:] = start
        effort = Effort(passes, forests, gap, seed, start is not None, rest)
        proven = np.zeros((len(self.components), 2))
        left = np.zeros(len(usd) if rest else 0)
        with _stopping(until, passes * int(self._work.sum()) * _SLOW_S) as stop:

            def work(batch: Whole) -> None:
                members, ends = self.components.members, self.components.ends
                largest = int((ends[batch + 1] - ends[batch]).max(initial=0))
                regions = len(costs.within)
                # Places have a row for each region, one for none that is said, and one for their mean.
                rows = 6 + (regions + 2 if len(costs.parts.first) > regions + 1 else 0)
                room, lists = np.empty((rows, max(self._widest, regions + 1))), np.empty((6, largest), np.int64)
                solve_components(
                    batch, members, ends, usd, self.graph, costs, self.state, effort, stop, room, lists, left, proven
                )

            batches = self._batches(np.flatnonzero(live), threads)
            if len(batches) == 1:
                work(batches[0])
            else:
                with ThreadPoolExecutor(threads) as pool:
                    for done in [pool.submit(work, batch) for batch in batches]:
                        done.result()
        return Ran(proven[:, 0], proven[:, 1], self.state.best.copy(), left)

    def twin(self) -> "Oracle":
        """The same with messages of its own, which say what these do."""
        other = Oracle(self.graph, self.components)
        other.state.message[:] = self.state.message
        return other

    def shrunk(self, keep: NDArray[np.bool_]) -> "Oracle":
        """The same on fewer labels, marked in `keep`, shape (L,); what messages say of them stays."""
        smaller = Oracle(narrowed(self.graph, keep), self.components)
        carry(self.graph, keep, self.state.message, smaller.graph.slot, smaller.state.message, True)
        return smaller

    def learn(self, smaller: "Oracle", keep: NDArray[np.bool_]) -> None:
        """Take over what the messages of a shrunk one say."""
        carry(self.graph, keep, self.state.message, smaller.graph.slot, smaller.state.message, False)

    def _batches(self, components: Whole, threads: int) -> list[Whole]:
        """These components, the largest first, in parts of much the same work."""
        work = self._work[components]
        total = int(work.sum())
        if threads < 2 or len(components) < 2 or total < _WORTH_THREADS:
            return [components]
        order = np.argsort(-work, kind="stable")
        part = (np.cumsum(work[order]) - work[order]) * _BATCHES // total
        return np.split(components[order], np.flatnonzero(np.diff(part)) + 1)


@contextmanager
def _stopping(until: float, most_s: float) -> Iterator[Whole]:
    """An array whose one entry is no longer 0 when the time is up, or when the block was left, which takes `most_s`."""
    stop = np.zeros(1, np.int64)

    def end() -> None:
        stop[0] = 1

    alarm = None
    if until < monotonic() + most_s:
        alarm = Timer(max(0.0, until - monotonic()), end)
        alarm.daemon = True
        alarm.start()
    try:
        yield stop
    finally:
        end()
        if alarm is not None:
            alarm.cancel()
