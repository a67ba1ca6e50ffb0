"""Chance, from the seed that compiled code was given last."""

import numpy as np

from placement.optimizer.pairwise.compiled import inner
from placement.optimizer.pairwise.graph import Whole


@inner
def shuffle(order: Whole) -> None:
    """Into any order, each as likely."""
    for k in range(len(order) - 1, 0, -1):
        other = int(np.random.random() * (k + 1))
        order[k], order[other] = order[other], order[k]
