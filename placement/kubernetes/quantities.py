"""Quantities as Kubernetes writes them: 1500m, 2Gi, 1e3."""

import math
import re
from functools import lru_cache

_WRITTEN = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?\d{1,2}))?", re.ASCII)
_FACTORS = {
    **{sign: 10.0 ** (3 * power) for power, sign in enumerate("num", start=-3)},
    **{sign: 10.0 ** (3 * power) for power, sign in enumerate("kMGTPE", start=1)},
    **{f"{sign}i": 1024.0**power for power, sign in enumerate("KMGTPE", start=1)},
}


@lru_cache(maxsize=4096)
def number_of(quantity: str | int | float) -> float:
    """The quantity as a number, never negative; raises ValueError for what is none."""
    found = _WRITTEN.fullmatch(str(quantity)[:64])
    if found is None:
        raise ValueError(f"{str(quantity)[:64]!r} is no quantity; write it as 500m, 2 or 4Gi")
    number = float(found[1]) * _FACTORS.get(found[2] or "", 1.0) * 10.0 ** int(found[3] or 0)
    if number < 0 or not math.isfinite(number):
        raise ValueError(f"{str(quantity)[:64]!r} is no quantity that can be had")
    return number
