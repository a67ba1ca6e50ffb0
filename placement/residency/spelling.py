"""A word that is not known is most often a known word, misspelt."""

from collections.abc import Iterable
from difflib import get_close_matches

_LONGEST = 80
"""Comparing is quadratic in the length; a longer word is no slip of the pen."""

_SHORTEST_START = 3
"""Letters that may stand for a longer word: `budget` for `budget_usd_per_month`."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?` for the nearest known word, empty where none is near; upper and lower case are alike."""
    if len(word) > _LONGEST:
        return ""
    by_lower = {candidate.lower(): candidate for candidate in sorted(known)}
    near = get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    if not near and len(word) >= _SHORTEST_START:
        near = [candidate for candidate in by_lower if candidate.startswith(word.lower())]
    return f"; did you mean {by_lower[near[0]]!r}?" if near else ""
