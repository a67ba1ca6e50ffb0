"""Raise the bound by what flows are charged for tiered tariffs: round by round those more that solutions send there.

A round solves the pairwise problem under charges. What its solution sends through tariffs joins the mean over all
rounds, which orders the streams anew (`charges`), and what follows from that order is mixed into the charges: the means
of solutions and of charges approach a saddle point (fictitious play; J. Robinson 1951). Each round proves a bound by
itself, and some rule out regions for those after them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from placement.optimizer.boxes import lines_near
from placement.optimizer.charges import Charges, Falling
from placement.optimizer.pairwise.graph import Floats
from placement.optimizer.pairwise.solving import Solved
from placement.optimizer.relaxation import Relaxation
from placement.optimizer.rounding import placement_of
from placement.optimizer.search import Search
from placement.optimizer.streams import Streams

_PASSES, _FORESTS, _EVERY = 60, 5, 10
_ROUGH = 0.05
"""Of the gap that is open: no need to solve a round more exactly."""
_MIXED = 0.5
"""Of the newest charges."""
_LATE = 3
"""Rounds by which the first solution counts for less than those after it."""
_FILTERED = 5
"""Rounds after which regions are ruled out."""
_PATIENCE, _GAIN = 10, 0.03
"""In so many rounds so much of what is open is closed, or they were the last."""
_MOST_ROUNDS = 300


@dataclass(eq=False)
class Charging:
    """What all rounds know, on whatever relaxations of the same problem."""

    search: Search
    streams: Streams
    most_gb: Floats
    """Shape (tariffs,): no more gathers in any."""
    falling: Sequence[Falling] = field(init=False)
    """By column: costs under the tariffs."""
    charges: Charges = field(init=False)
    mean: Floats = field(init=False)
    """Shape (streams, T): what goes through each tariff, over all rounds."""
    rounds: int = field(default=0, init=False)
    """That count in the mean."""
    _proven: list[float] = field(default_factory=list, init=False)
    """After each round of this run."""

    @classmethod
    def of(cls, search: Search, relaxation: Relaxation, tariffs: Sequence[int], most_gb: Floats) -> "Charging":
        """With these tariffs charged apart."""
        streams = Streams.of(search.problem, relaxation.edges, relaxation.domains, tariffs)
        return cls(search, streams, most_gb)

    def __post_init__(self) -> None:
        self.mean = np.zeros((len(self.streams.gb), len(self.streams.columns.tariffs)))
        self.falling = self.streams.falling(self.mean, self.most_gb)
        self.charges = self.streams.charges(self.falling, self.mean)

    def run(self, relaxation: Relaxation, lies: NDArray[np.intp], until_s: float, *, narrow: bool = True) -> None:
        """Rounds from a solution on, as long as they are of use; the relaxation keeps the regions that they leave, or
        all if it is not to be narrowed."""
        self.begin(self.rounds)
        lies = relaxation.still(lies)
        while self.unfinished(until_s):
            found = self.round(relaxation, lies)
            lies = relaxation.regions(found.labels)
            if narrow:
                self.filter(relaxation, found)
        relaxation.charges = None
        self.search.log(self.words)

    def begin(self, rounds: int) -> None:
        """A run for which what is known counts for no more than so many rounds."""
        self.rounds, self._proven = min(self.rounds, rounds), [self.search.bound_usd]

    def unfinished(self, until_s: float) -> bool:
        """Whether there is time for another round, and hope."""
        search, proven = self.search, self._proven
        if search.closed or search.seconds > until_s or len(proven) > _MOST_ROUNDS:
            return False
        if len(proven) <= _PATIENCE:
            return True
        before = proven[-1 - _PATIENCE]
        return proven[-1] - before >= _GAIN * (search.value_usd - before)

    @property
    def words(self) -> str:
        """What this run did."""
        streams, tariffs = self.mean.shape
        return f"charged {streams} streams apart for {tariffs} tariffs in {len(self._proven) - 1} rounds"

    def round(self, relaxation: Relaxation, lies: NDArray[np.intp]) -> Solved:
        """Learn from a solution, prove a bound, and offer what has it; the rest is known after some rounds."""
        self._learn(relaxation, lies)
        found = self.solve(relaxation, relaxation.labels(lies), rest=self.rounds % _FILTERED == 0)
        self.search.prove(found.bound)
        self._proven.append(self.search.bound_usd)
        return found

    def solve(self, relaxation: Relaxation, start: NDArray[np.intp] | None, *, rest: bool) -> Solved:
        """Under the charges at hand; offers the solution, if it is better by its true tariffs."""
        search, lines = self.search, relaxation.first_lines
        relaxation.charges = self.charges
        pairs = relaxation.pairs(lines)
        gap = max(search.settings.gap / 4, _ROUGH * search.gap)
        found = relaxation.solved_pairs(
            pairs, passes=_PASSES, forests=_FORESTS, every=_EVERY, gap=gap, start=start, rest=rest
        )
        if relaxation.says_all:
            labels, more = relaxation.completed(found.labels, pairs)
            through = self._through(relaxation, relaxation.regions(labels))
            if found.value + more + self.streams.beyond_usd(self.charges, through) < search.value_usd:
                search.offer(placement_of(relaxation, labels, lines_near(relaxation, self.streams.volumes(through))))
        return found

    def filter(self, relaxation: Relaxation, found: Solved) -> None:
        """Rule out regions, and volumes with them, if the round says more than a bound."""
        if found.rest is None:
            return
        value_usd, lies = self.search.value_usd, relaxation.regions(found.labels)
        keep = relaxation.promising(found.rest, value_usd - found.bound + 1e-6 * max(1.0, value_usd))
        keep[relaxation.flat(lies)] = True
        relaxation.shrink(keep)
        self.most_gb = np.minimum(self.most_gb, relaxation.largest_gb())
        self.falling = self.streams.falling(self.mean, self.most_gb)

    def _learn(self, relaxation: Relaxation, lies: NDArray[np.intp]) -> None:
        """From one more solution."""
        relaxation.charges = self.charges
        first = self.rounds == 0
        self.mean += (self._through(relaxation, lies) - self.mean) / (1 if first else self.rounds + _LATE)
        asked = self.streams.charges(self.falling, self.mean)
        self.charges = asked if first else self.charges.mixed(asked, _MIXED)
        self.rounds += 1

    def _through(self, relaxation: Relaxation, lies: NDArray[np.intp]) -> Floats:
        rates = relaxation.rates(relaxation.first_lines)
        return self.streams.through(lies, relaxation.parts, rates, relaxation.copy_prices)
