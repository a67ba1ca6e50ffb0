"""What pairs of regions cost, and which regions are alike: of a market's, most share their rates with some others."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from placement.optimizer.pairwise.compiled import entry, fingerprint, inner
from placement.optimizer.pairwise.graph import Floats, Regions, Whole

NEVER = 1e30
"""USD per GB from a region to itself: makes pairs within one region lose against what `within` says of them."""


class PerGb(NamedTuple):
    """USD per GB between places: regions, or groups of them."""

    out: Floats
    """Shape (places, places): from the row's place to the column's."""
    back: Floats
    """The same transposed."""
    least_out: Floats
    """Shape (places,): the lowest rate from the place to another."""
    least_back: Floats


class Parts(NamedTuple):
    """What numbers stand for: number k has the parts first[k] to first[k + 1], each a share in a region, or with the
    number R in no region that is said. Those below R are regions, of which each is its only part; the others are places
    (`parts`)."""

    first: Whole
    region: Regions
    share: Floats

    @classmethod
    def of(cls, regions: int, shares: NDArray[np.floating]) -> "Parts":
        """With places that have these shares, shape (places, R + 1)."""
        number = np.arange(regions)
        return cls(np.arange(regions + 1), number.astype(np.uint32), np.ones(regions)).more(shares)

    def more(self, shares: NDArray[np.floating]) -> "Parts":
        """With these places after them."""
        of, region = np.nonzero(shares)
        last = len(self.region) + np.searchsorted(of, np.arange(1, len(shares) + 1))
        return Parts(
            np.concatenate([self.first, last]).astype(np.int64),
            np.concatenate([self.region, region]).astype(np.uint32),
            np.concatenate([self.share, shares[of, region]]),
        )

    def shares(self, numbers: NDArray[np.integer], regions: int) -> Floats:
        """Shape (numbers, R + 1): of each its share in each region; last, in none that is said."""
        size = np.diff(self.first)[numbers]
        row = np.repeat(np.arange(len(numbers)), size)
        part = np.repeat(self.first[numbers] + size - np.cumsum(size), size) + np.arange(len(row))
        found = np.zeros((len(numbers), regions + 1))
        found[row, self.region[part]] = self.share[part]
        return found

    def pairs(self, one: NDArray[np.intp], other: NDArray[np.intp], regions: int) -> "PartPairs":
        """Of numbers and others, one by one: all pairs of their parts of which it is said where both lie."""
        if len(self.first) == regions + 1:
            return PartPairs(np.arange(len(one)), one, other, np.ones(len(one)))
        size = np.diff(self.first)
        count = size[one] * size[other]
        of = np.repeat(np.arange(len(one)), count)
        rank = np.arange(len(of)) - np.repeat(np.cumsum(count) - count, count)
        here = self.first[one][of] + rank // size[other][of]
        there = self.first[other][of] + rank % size[other][of]
        region = self.region.astype(np.int64)
        said = (region[here] < regions) & (region[there] < regions)
        here, there = here[said], there[said]
        return PartPairs(of[said], region[here], region[there], self.share[here] * self.share[there])


class PartPairs(NamedTuple):
    """Pairs of regions in which both ends of something lie, each with the share of it that is there."""

    of: Whole
    here: Whole
    there: Whole
    share: Floats


class Charges(NamedTuple):
    """What flows pay beyond the rates, each edge its own, by tariff: never less than nothing."""

    tariff: Regions
    """Shape (R, R): the column in `usd` of what is sent from the row's region to the column's."""
    back: Regions
    """The same transposed."""
    usd: Floats
    """Shape (2M, T + 1), at 2e of all that edge e sends from its tail to its head, at 2e + 1 of all that it sends back;
    nothing in the last column. Shape (0, 1) where there are no charges."""

    @classmethod
    def of(cls, tariff: NDArray[np.integer], usd: Floats) -> "Charges":
        """With its derived part."""
        columns = np.ascontiguousarray(tariff, np.uint32)
        return cls(columns, np.ascontiguousarray(columns.T), _floats(usd))

    @classmethod
    def none(cls) -> "Charges":
        """Flows pay by rates alone."""
        return cls.of(np.zeros((0, 0), np.uint32), np.zeros((0, 1)))


class Costs(NamedTuple):
    """What pairs of regions cost, in USD a GB or, by tables, in USD; `tables_back` are the tables transposed."""

    regions: PerGb
    groups: PerGb
    """Between two groups, and within one between two of its regions; NEVER where it has but one."""
    group: Regions
    """Shape (R,): regions in one group have the same rates from and to all others, and among each other."""
    within: Floats
    tables: Floats
    tables_back: Floats
    parts: Parts
    elsewhere: Floats
    """Shape (2M, R), where places have parts whose region is not said, at 2e those of edge e's tail, at 2e + 1 of its
    head: what the edge costs, in USD, with all of the other end in a region. Never more than from any region."""
    charges: Charges


def costs_of(
    between: NDArray[np.floating],
    within: NDArray[np.floating],
    tables: NDArray[np.floating],
    parts: Parts | None = None,
    elsewhere: Floats | None = None,
    charges: Charges | None = None,
) -> Costs:
    """The costs with their derived parts; shapes (R, R), (R,), (K, R, R). Without `parts` there are no places."""
    parts = parts or Parts.of(len(within), np.empty((0, len(within) + 1)))
    elsewhere = np.empty((0, len(within))) if elsewhere is None else elsewhere
    usd, own, group = np.array(between, np.float64), _floats(within), np.zeros(len(within), np.uint32)
    np.fill_diagonal(usd, NEVER)
    member = np.zeros((len(within), 2), np.int64)
    count = find_groups(usd, own, group, member)
    one, other = member[:count].T
    among = usd[np.ix_(one, one)]
    np.fill_diagonal(among, usd[one, other])
    back = _floats(tables.transpose(0, 2, 1))
    charges = charges or Charges.none()
    return Costs(_per_gb(usd), _per_gb(among), group, own, _floats(tables), back, parts, _floats(elsewhere), charges)


def _per_gb(usd: Floats) -> PerGb:
    return PerGb(usd, _floats(usd.T), usd.min(axis=1, initial=NEVER), usd.min(axis=0, initial=NEVER))


def _floats(values: NDArray[np.floating]) -> Floats:
    return np.ascontiguousarray(values, np.float64)


@inner
def _alike(r: int, t: int, usd: Floats, within: Floats) -> bool:
    """Whether the rates of two regions are the same; to stay in either must be no dearer than to go to the other."""
    if usd[r, t] != usd[t, r] or max(within[r], within[t]) > usd[r, t]:
        return False
    differ = 0
    for s in range(len(within)):
        differ += s not in (r, t) and (usd[r, s] != usd[t, s] or usd[s, r] != usd[s, t])
    return differ == 0


def _finder(sources: int):  # type: ignore[no-untyped-def]
    @entry
    def find_groups(usd: Floats, within: Floats, group: Regions, member: Whole) -> int:
        """Fill in the group of each region, and two members of each group, one twice where it has but one.

        Returns how many groups there are.
        """
        count = sources * 0
        for r in range(len(within)):
            g = 0
            while g < count and not _alike(r, member[g, 0], usd, within):
                g += 1
            if g == count:
                member[g, 0], count = r, count + 1
            group[r], member[g, 1] = g, r
        return count

    return find_groups


find_groups = _finder(fingerprint())
