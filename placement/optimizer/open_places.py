"""The places of a scattered workload as labels: some complete, the others covered by open ones.

A place gives each part of the replicas, the largest first, a region of its own. An open one says where the first
parts lie, and that the next lies in none of the regions that other labels have after these. Of parts that are not said
nothing is known but what is left of edges when neighbours have asked for each region what they ask (`neighbours`): they
cost that, and the least that a region which they may take costs and is asked for. So the labels cover all places,
whatever the lines under tariffs; an open one that a cheap solution has is opened further. Other placements of the
workload than places cost no less than some place (`places`), so that the bound holds for all.

Regions are known by their rank, by what they cost and are asked for at first. Of parts with as many replicas each, the
next has a higher rank, so that no place comes twice.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from placement.optimizer.menus import Place
from placement.optimizer.nodes import WorkloadNode
from placement.optimizer.pairwise.graph import Floats
from placement.optimizer.places import pattern_of
from placement.optimizer.problem import Problem

_PAIRED = 0.2
"""Of what is open: the part whose traffic is paired with that of the main region, as far as that reaches."""
_STEP = 4
"""Regions for the next part that an open place gives at first when it is opened, then as many as it has given."""


@dataclass(frozen=True, slots=True)
class _Label:
    ranks: tuple[int, ...]
    """Of the parts that are said."""
    next: int = 0
    """The least rank of the next part."""
    given: int = 0
    """Labels that were made of it."""


@dataclass(frozen=True, eq=False)
class OpenPlaces:
    """The labels of one workload."""

    pattern: tuple[int, ...]
    regions: NDArray[np.intp]
    """By rank."""
    provider: NDArray[np.intp]
    """By rank."""
    min_providers: int
    ranks: NDArray[np.intp]
    """Shape (labels, parts): of the parts that are said, then -1."""
    next: NDArray[np.intp]
    """By label: the least rank of the next part."""
    given: NDArray[np.intp]
    """By label: how many were made of it."""

    @classmethod
    def of(cls, problem: Problem, node: WorkloadNode, domain: NDArray[np.intp], usd: Floats) -> "OpenPlaces":
        """A single open one, of which nothing is said; `usd` is what regions cost and are asked for, shape (R,)."""
        spread = node.workload.spread
        pattern = pattern_of(node.workload)
        assert pattern is not None
        regions = domain[np.argsort(usd[domain], kind="stable")]
        names = [problem.catalog.regions[region].provider for region in regions]
        provider = np.unique(names, return_inverse=True)[1]
        nothing = _columns([_Label(())], len(pattern))
        return cls(pattern, regions, provider, spread.min_providers if spread else 1, *nothing)

    @cached_property
    def _said(self) -> NDArray[np.intp]:
        """By label: of how many parts it is said where they lie."""
        return np.asarray((self.ranks >= 0).sum(axis=1))

    @cached_property
    def complete(self) -> NDArray[np.bool_]:
        """By label, whether all parts are said."""
        return np.asarray(self._said == len(self.pattern))

    @cached_property
    def open(self) -> NDArray[np.bool_]:
        """By label, whether it can be opened further."""
        return np.asarray(~self.complete & (self.next < len(self.regions)))

    @cached_property
    def alive(self) -> NDArray[np.bool_]:
        """By label, whether it covers any place."""
        alive = self.complete | self.open
        # Where there is no place at all, a node keeps one label, whatever that costs.
        alive[0] |= not alive.any()
        return np.asarray(alive)

    def only(self, keep: NDArray[np.bool_]) -> "OpenPlaces":
        """With these labels alone."""
        return replace(self, ranks=self.ranks[keep], next=self.next[keep], given=self.given[keep])

    def opened(self, labels: Iterable[int]) -> "OpenPlaces":
        """With these open ones opened further; those there were keep their positions."""
        following, given, added = self.next.copy(), self.given.copy(), []
        for k in labels:
            label = self._label(k)
            for _ in range(max(_STEP, label.given)):
                if label.next < len(self.regions):
                    added += self._with_next(label)
                    label = self._passing(label)
            following[k], given[k] = label.next, label.given
        new = _columns(added, len(self.pattern))
        columns = [np.concatenate(pair) for pair in zip((self.ranks, following, given), new, strict=True)]
        return replace(self, ranks=columns[0], next=columns[1], given=columns[2])

    def _label(self, k: int) -> _Label:
        return _Label(tuple(self.ranks[k, : self._said[k]].tolist()), int(self.next[k]), int(self.given[k]))

    def _with_next(self, label: _Label) -> list[_Label]:
        """The label that says its next part too; none where no place does."""
        ranks = (*label.ranks, label.next)
        open_parts = len(self.pattern) - len(ranks)
        if len({*self.provider[list(ranks)].tolist()}) + open_parts < self.min_providers:
            return []
        if not open_parts:
            return [_Label(ranks)]
        alike = self.pattern[len(ranks)] == self.pattern[len(ranks) - 1]
        further = self._settled(_Label(ranks, label.next + 1 if alike else 0))
        if label.given or further.next == len(self.regions):
            return [further]
        # One complete place at least comes of each that is opened.
        return [self._passing(further), *self._with_next(further)]

    def _passing(self, label: _Label) -> _Label:
        """The label without the region that would have been next."""
        return self._settled(_Label(label.ranks, label.next + 1, label.given + 1))

    def _settled(self, label: _Label) -> _Label:
        """No region comes twice."""
        following = label.next
        while following in label.ranks:
            following += 1
        return replace(label, next=following)

    def place(self, k: int) -> Place | None:
        """Of an open one the first that it covers; None if that breaks the rule."""
        label = self._label(k)
        while len(label.ranks) < len(self.pattern):
            if label.next >= len(self.regions):
                return None
            further = self._with_next(label)
            label = further[0] if further else self._passing(label)
        regions = self.regions[list(label.ranks)].tolist()
        return tuple(sorted(zip(regions, self.pattern, strict=True)))

    @cached_property
    def _share(self) -> Floats:
        """By part."""
        return np.array(self.pattern) / sum(self.pattern)

    @cached_property
    def _left(self) -> Floats:
        """By label: the share of the parts that are not said."""
        return np.asarray((1 - np.concatenate([[0.0], np.cumsum(self._share)]))[self._said])

    @cached_property
    def _paired(self) -> Floats:
        """By label: the part of what is open that is paired with the main region."""
        open_ = (self._said > 0) & ~self.complete
        return np.where(open_, np.minimum(_PAIRED, self._share[0] / np.maximum(self._left, 1e-9)), 0.0)

    @cached_property
    def shares(self) -> Floats:
        """Shape (labels, D + 1): by what edges are weighed in each region by rank, and where it is not said."""
        found = np.zeros((len(self.ranks), len(self.regions) + 1))
        label, part = np.nonzero(self.ranks >= 0)
        found[label, self.ranks[label, part]] = self._share[part]
        found[np.arange(len(found)), self.ranks[:, 0]] -= self._paired * self._left
        found[:, -1] = self._left * (1 - self._paired)
        return found

    @cached_property
    def _open(self) -> tuple[NDArray[np.intp], NDArray[np.intp], Floats, Floats]:
        """By label: the main region, the least rank of the next part, the share of this and of those with as many
        replicas, and that of those after these."""
        share = self._share
        alike = np.array(
            [share[k:][share[k:] == share[k]].sum() if k < len(share) else 0.0 for k in range(len(share) + 1)]
        )
        other = np.array([share[k:].sum() for k in range(len(share) + 1)]) - alike
        return np.maximum(self.ranks[:, 0], 0), self.next, alike[self._said], other[self._said]

    def usd(self, region_usd: Floats, asked_usd: Floats, detour_usd: Floats) -> Floats:
        """Shape (labels,): what each costs but for edges, from what all replicas in a region cost, and are asked for
        by neighbours, each of shape (R,), and [b, a] what is asked for b at least where all that is sent from there is
        sent from a as well, shape (R, R)."""
        here, asked = region_usd[self.regions], (region_usd + asked_usd)[self.regions]
        apart = detour_usd[np.ix_(self.regions, self.regions)].T + here
        main, rank, alike, other = self._open
        usd = self.shares[:, :-1] @ here
        for said in range(len(self.pattern)):
            of = np.flatnonzero(self._said == said)
            if not len(of):
                continue
            paired, left, at = float(self._paired[of[0]]), float(self._left[of[0]]), main[of]
            # By main region and least rank of the next part.
            each = (1 - paired) * asked + paired * apart
            least = np.minimum.accumulate(each[:, ::-1], axis=1)[:, ::-1]
            least = np.concatenate([least, np.zeros((len(least), 1))], axis=1)
            usd[of] += paired * left * here[at] + alike[of] * least[at, rank[of]] + other[of] * least[at, 0]
        return usd


def _columns(labels: Sequence[_Label], parts: int) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Ranks, next and given."""
    ranks = [(*label.ranks, *[-1] * (parts - len(label.ranks))) for label in labels]
    return (
        np.array(ranks, np.intp).reshape(-1, parts),
        np.array([label.next for label in labels], np.intp),
        np.array([label.given for label in labels], np.intp),
    )
