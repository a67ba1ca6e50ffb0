"""The places of a scattered workload: some listed one by one, all others covered by open ones, one a region.

An open place says where the largest part of the replicas lies, its main region, and of the others only that the place
is not listed. Of these parts nothing is known but what is left of edges when neighbours have asked for each region what
they ask (`neighbours`): an open place costs its main part, that which is left of the edges of the other parts, and the
least that these cost and are asked for in regions that are not listed with the main one. Other placements of the
workload than places cost no less than some place (`places`), so that the bound holds for all.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations

import numpy as np
from numpy.typing import NDArray

from placement.optimizer.menus import Place
from placement.optimizer.nodes import WorkloadNode
from placement.optimizer.pairwise.graph import Floats
from placement.optimizer.problem import Problem

_STEP = 4


@dataclass(frozen=True, eq=False)
class OpenPlaces:
    """The places of one workload as labels: first those listed, then an open one for each main region."""

    problem: Problem
    workload: WorkloadNode
    domain: NDArray[np.intp]
    """Regions that it may use; D of them, by position from here on."""
    pattern: tuple[int, ...]
    lawful: NDArray[np.bool_]
    """Shape (D, D): [a, b] some place may have both."""
    order: NDArray[np.intp]
    """Shape (D, D): by main region, which others are cheapest beside it."""
    picked: NDArray[np.intp]
    """Shape (D,): by main region, how many of these are combined with it in listed places."""
    listed: Sequence[Place]
    main: NDArray[np.intp]
    """Of the listed ones."""
    unlisted: NDArray[np.bool_]
    """Shape (D, D): [a, b] not all places with most replicas in a and others in b are listed."""

    @classmethod
    def of(
        cls,
        problem: Problem,
        workload: WorkloadNode,
        domain: NDArray[np.intp],
        pattern: tuple[int, ...],
        main_usd: Floats,
        other_usd: Floats,
        most: int,
    ) -> "OpenPlaces":
        """About `most` places: those in which main region and others cost least, each as all replicas there, shape
        (D,)."""
        lawful = _lawful(problem, workload, domain, len(pattern))
        shares = np.array(pattern) / sum(pattern)
        beside = np.where(lawful, other_usd, np.inf)
        order = np.argsort(beside, axis=1, kind="stable")
        ranked = np.take_along_axis(beside, order, axis=1)
        usd = shares[0] * main_usd[:, None] + shares[1] * ranked + shares[2:].sum() * ranked[:, :1]
        usd[~np.isfinite(ranked)] = np.inf
        picked, count = np.zeros(len(domain), np.intp), 0
        for k in np.argsort(usd, axis=None, kind="stable").tolist():
            a = k // len(domain)
            if count >= most or not np.isfinite(usd.flat[k]):
                break
            picked[a] += 1
            count += _more(int(picked[a]), len(pattern) - 1)
        return cls._listing(problem, workload, domain, pattern, lawful, order, picked)

    @classmethod
    def _listing(
        cls,
        problem: Problem,
        workload: WorkloadNode,
        domain: NDArray[np.intp],
        pattern: tuple[int, ...],
        lawful: NDArray[np.bool_],
        order: NDArray[np.intp],
        picked: NDArray[np.intp],
    ) -> "OpenPlaces":
        listed: dict[Place, int] = {}
        unlisted = lawful.copy()
        for a in np.flatnonzero(picked >= len(pattern) - 1).tolist():
            chosen = order[a, : picked[a]]
            unlisted[a, chosen] = False
            for others in _choices(chosen.tolist(), pattern[1:]):
                place = tuple(sorted(zip(domain[[a, *others]].tolist(), pattern, strict=True)))
                if _keeps_providers(problem, workload, place):
                    listed.setdefault(place, a)
        if pattern[0] == pattern[-1] and len(pattern) == 2:
            unlisted &= unlisted.T
        main = np.array(list(listed.values()), np.intp)
        return cls(problem, workload, domain, pattern, lawful, order, picked, list(listed), main, unlisted)

    def more(self, labels: Sequence[int]) -> "OpenPlaces":
        """With more places listed that have the main regions of these open ones."""
        picked, most = self.picked.copy(), self.lawful.sum(axis=1)
        for a in self.open_main[np.array(labels) - len(self.listed)].tolist():
            picked[a] = min(2 * picked[a] + _STEP, most[a])
        return self._listing(self.problem, self.workload, self.domain, self.pattern, self.lawful, self.order, picked)

    @property
    def open_main(self) -> NDArray[np.intp]:
        """Main regions of open places, as positions in the domain."""
        return np.flatnonzero(self.unlisted.any(axis=1))

    @property
    def shares(self) -> Sequence[float]:
        """Of the replicas, the largest first."""
        return [count / sum(self.pattern) for count in self.pattern]

    def place(self, label: int) -> Place | None:
        """Of an open one the first that is listed with its main region, or of all."""
        if label < len(self.listed):
            return self.listed[label]
        same = np.flatnonzero(self.main == self.open_main[label - len(self.listed)])
        return self.listed[same[0] if len(same) else 0] if self.listed else None

    def of_edges(self, regions: int) -> Floats:
        """Shape (labels, R + 1): the shares in regions, and of those whose region is not said."""
        found = np.zeros((len(self.listed) + len(self.open_main), regions + 1))
        total = sum(self.pattern)
        for k, place in enumerate(self.listed):
            for region, count in place:
                found[k, region] = count / total
        found[np.arange(len(self.listed), len(found)), self.domain[self.open_main]] = self.shares[0]
        found[len(self.listed) :, regions] = 1 - self.shares[0]
        return found

    def usd(self, region_usd: Floats, asked_usd: Floats) -> Floats:
        """Shape (labels,): what each costs but for edges, from what all replicas in a region cost, and are asked for
        by neighbours, each of shape (R,)."""
        here, asked, a = region_usd[self.domain], (region_usd + asked_usd)[self.domain], self.open_main
        shares = self.of_edges(len(region_usd))[: len(self.listed), :-1]
        usd, more = self.shares[0] * here[a], np.full(len(a), np.inf)
        lawful = np.where(self.lawful[a], asked, np.inf).min(axis=1)
        unlisted = np.where(self.unlisted[a], asked, np.inf).min(axis=1)
        for share in self.shares[1:]:
            usd += share * lawful
            more = np.minimum(more, share * (unlisted - lawful))
        # One of the others at least is not listed with the main region.
        return np.concatenate([shares @ np.where(np.isfinite(region_usd), region_usd, 0.0), usd + more])


def _lawful(problem: Problem, workload: WorkloadNode, domain: NDArray[np.intp], parts: int) -> NDArray[np.bool_]:
    """Pairs of regions that one place may have."""
    lawful = ~np.eye(len(domain), dtype=np.bool_)
    spread = workload.workload.spread
    if spread is not None and spread.min_providers >= parts:
        provider = np.unique([problem.catalog.regions[r].provider for r in domain], return_inverse=True)[1]
        lawful &= provider[:, None] != provider
    return lawful


def _keeps_providers(problem: Problem, workload: WorkloadNode, place: Place) -> bool:
    spread = workload.workload.spread
    providers = {problem.catalog.regions[region].provider for region, _ in place}
    return spread is None or len(providers) >= spread.min_providers


def _more(count: int, parts: int) -> int:
    """About how many places one more region to choose the others from makes."""
    return 1 if parts == 1 else count - 1 if parts == 2 else (count - 1) * (count - 2) // 2


def _choices(regions: Sequence[int], counts: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Of the parts but the first: which regions they may take."""
    if len(set(counts)) == 1:
        yield from combinations(regions, len(counts))
    else:
        yield from permutations(regions, len(counts))
