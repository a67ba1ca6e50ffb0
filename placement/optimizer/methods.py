"""The steps that a search may take after the first: all of them, but for tests that hold each against the others."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Methods:
    """Which steps may run; answers and bounds hold with any of them."""

    greedy: bool = True
    """Place nodes one after the other, for a first answer."""
    charges: bool = True
    """Charge flows apart for tiered tariffs."""
    tighten: bool = True
    tiers: bool = True
    """Branch on the volumes of tariffs."""
    prices: bool = True
    """Put prices on couplings."""
    columns: bool = True
    """Refine the prices by columns of components."""
    cases: bool = True
    """Branch on whether a node lies in a region."""
    places: bool = True
    """Give scattered workloads all their regions at once."""
    polish: bool = True
    close: bool = True
    """CP-SAT on all regions that are left, or on the most promising ones."""


ALL = Methods()
