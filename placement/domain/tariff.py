"""An egress tariff prices a month's volume tier by tier; each tier prices only the volume inside it."""

from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import accumulate, pairwise

from placement.domain.money import NanoUsd


@dataclass(frozen=True, slots=True)
class TariffTier:
    """`usd_per_gb` holds for the volume from `from_gb` up to the next tier."""

    from_gb: float
    usd_per_gb: NanoUsd


@dataclass(frozen=True, slots=True)
class EgressTariff:
    """One row of a provider's egress price list: from `src` to `dst`, GB of 1e9 bytes a month.

    `src` is a region name, a continent or `*`; `dst` is one of these, `other-region`, `internet`,
    `internet:CC` (CC a country) or `same-region-cross-zone`.
    """

    provider: str
    src: str
    dst: str
    tiers: tuple[TariffTier, ...]
    _starts: tuple[float, ...] = field(init=False, repr=False, compare=False)
    _before: tuple[float, ...] = field(init=False, repr=False, compare=False)
    """By tier: what all before it cost, in nano-USD."""

    def __post_init__(self) -> None:
        starts = tuple(tier.from_gb for tier in self.tiers)
        if not starts or starts[0] != 0 or any(low >= high for low, high in pairwise(starts)):
            raise ValueError(f"tiers must start at 0 GB and rise, these start at {list(starts)}")
        full = [(end - tier.from_gb) * tier.usd_per_gb for tier, end in zip(self.tiers, starts[1:], strict=False)]
        object.__setattr__(self, "_starts", starts)
        object.__setattr__(self, "_before", tuple(accumulate(full, initial=0.0)))

    @property
    def name(self) -> str:
        """`provider src -> dst`, as shown to people."""
        return f"{self.provider} {self.src} -> {self.dst}"

    def cost(self, gb: float) -> float:
        """What `gb` in a month cost, in nano-USD, not rounded.

        Continuous and never falling in `gb`: cost(min(a, b)) <= cost(max(a, b)).
        """
        if gb <= 0:
            return 0.0
        tier = bisect_right(self._starts, gb) - 1
        return self._before[tier] + (gb - self._starts[tier]) * self.tiers[tier].usd_per_gb
