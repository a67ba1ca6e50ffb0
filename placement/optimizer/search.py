"""The best placement so far and the bound under all of them: what every step improves."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from placement.domain.decision import Placement
from placement.optimizer.price import Priced, price
from placement.optimizer.problem import Problem
from placement.optimizer.violations import violations


@dataclass(frozen=True, slots=True)
class Settings:
    """When to stop, and how to break ties."""

    time_limit_s: float = 30.0
    gap: float = 1e-4
    """Stop when (answer - bound) / answer is no more than this."""
    seed: int = 0
    workers: int = 2


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a search is."""

    seconds: float
    step: str
    """The last that was done."""
    value_usd: float | None
    """What the best placement costs a month, penalties included; None while there is none."""
    bound_usd: float
    """No placement costs less."""


Watch = Callable[[Progress], None]
"""Told of each step when it is done."""


@dataclass(eq=False)
class Search:
    """Steps offer placements and bounds; both only ever get better. Money in USD, penalties included."""

    problem: Problem
    settings: Settings
    placement: Placement | None = None
    priced: Priced | None = None
    bound_usd: float = 0.0
    steps: list[str] = field(default_factory=list)
    watch: Watch = lambda progress: None
    enough_usd: float = float("inf")
    """A dearer placement is not near enough, however near it is to the bound."""
    also: Callable[[Placement], object] = lambda placement: None
    """Told of each placement that is taken."""
    _start: float = field(default_factory=time.monotonic)

    @classmethod
    def begun(cls, problem: Problem, settings: Settings, spent_s: float, watch: Watch) -> "Search":
        """One that began so many seconds ago."""
        return cls(problem, settings, watch=watch, _start=time.monotonic() - spent_s)

    def part(self, problem: Problem, settings: Settings, enough_usd: float) -> "Search":
        """A search for another problem by the same clock, which offers here what it takes."""
        return Search(problem, settings, enough_usd=enough_usd, also=self.offer, _start=self._start)

    @property
    def value_usd(self) -> float:
        """What the best placement costs; infinite while there is none."""
        return self.priced.objective / 1e6 if self.priced else float("inf")

    @property
    def gap(self) -> float:
        """(answer - bound) / answer; 1 without an answer."""
        if self.priced is None:
            return 1.0
        return (self.value_usd - self.bound_usd) / self.value_usd if self.value_usd else 0.0

    @property
    def closed(self) -> bool:
        """The bound is near enough, or nothing can be cheaper than a micro-dollar's rounding, or all is too dear."""
        if self.priced is None:
            return self.too_dear
        near = self.gap <= self.settings.gap and self.value_usd <= self.enough_usd
        return near or self.too_dear or self.value_usd - self.bound_usd <= 1e-6 * _lines(self.problem)

    @property
    def too_dear(self) -> bool:
        """Proven: every placement costs more than enough, however its lines are rounded."""
        return self.bound_usd > self.enough_usd + 1e-6 * _lines(self.problem)

    @property
    def spent(self) -> float:
        """Part of the time limit that is over."""
        return self.seconds / self.settings.time_limit_s if self.settings.time_limit_s else 1.0

    @property
    def seconds(self) -> float:
        """Since the search began."""
        return time.monotonic() - self._start

    @property
    def until(self) -> float:
        """When the time is up, by `time.monotonic`."""
        return self._start + self.settings.time_limit_s

    @property
    def seconds_left(self) -> float:
        """Until the time limit."""
        return self.settings.time_limit_s - self.seconds

    def offer(self, placement: Placement | None) -> bool:
        """Take the placement if it breaks no rule and is cheaper; says whether it was taken."""
        if placement is None or violations(self.problem, placement):
            return False
        priced = price(self.problem, placement)
        if self.priced is not None and priced.objective >= self.priced.objective:
            return False
        self.placement, self.priced = placement, priced
        self.also(placement)
        return True

    def prove(self, bound_usd: float) -> None:
        """No placement costs less."""
        self.bound_usd = max(self.bound_usd, min(bound_usd, self.value_usd))

    def log(self, step: str) -> None:
        """Remember what a step did, for `explain`."""
        state = f"bound {self.bound_usd:,.2f} USD"
        if self.priced is not None:
            state += f", best {self.value_usd:,.2f} USD, gap {max(self.gap, 0):.2e}"
        self.steps.append(f"{self.seconds:6.2f} s  {step}: {state}")
        self.watch(Progress(self.seconds, step, self.value_usd if self.priced else None, self.bound_usd))


def _lines(problem: Problem) -> int:
    return 5 + len(problem.fleet.workloads) + len(problem.fleet.datasets)
