"""The code of this package is compiled when it is first used after an installation, and kept: here before it is
needed."""

from functools import cache
from time import monotonic

import numpy as np

from placement.optimizer.coupled.choices import Choices
from placement.optimizer.coupled.folding import fold
from placement.optimizer.coupled.pricing import Coupled, Pricing, Until
from placement.optimizer.pairwise.warm import small


@cache
def ready() -> None:
    """Compile it, or load what was compiled before. Some five seconds the first time, a fraction of one later."""
    oracle, costs = small()
    each, limit = np.arange(7), np.full(1, 3.0)
    choices = Choices(each, np.ones(6), each, np.zeros(6, np.int32), np.ones(6))
    coupled = Coupled(oracle, costs, np.zeros(6), choices, limit, 1e3)
    fold(choices, coupled.fixed, limit, coupled.closed, np.empty(6), np.empty(6, np.int64))
    Pricing(coupled, Until(0.0, monotonic() + 60)).mend(np.zeros(3, np.int64), np.arange(3) * 2)
