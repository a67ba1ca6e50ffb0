"""What each word asks of each region, worked out once: arrays over regions for policies of any number.

Truths are whole numbers, so that the least of several is "all of them", the greatest "any of them", and 2 - t "not".
"""

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from placement.domain.policy import Dimension, Effect, Policy
from placement.domain.region import Region
from placement.residency.matching import Terms, word_holds
from placement.residency.transfer import ADEQUACY, NOT_SAID, is_adequate, origins_of
from placement.residency.truth import Truth
from placement.residency.validity import in_force
from placement.residency.vocabulary import Vocabulary

FALSE, UNKNOWN, TRUE = 0, 1, 2

Truths: TypeAlias = NDArray[np.int8]
"""Shape (R,)."""

Mask: TypeAlias = NDArray[np.bool_]


class RegionTable:
    """The regions as policies see them; all arrays have the shape (R,)."""

    def __init__(self, regions: Sequence[Region], vocabulary: Vocabulary) -> None:
        self.count = len(regions)
        """R"""
        self._regions, self._vocabulary = tuple(regions), vocabulary
        self._words: dict[tuple[Dimension, str], Truths] = {}
        self._adequacy: dict[str, Truths] = {}

    def holds(self, terms: Terms) -> Mask:
        """Where all of the terms are known to hold."""
        return _where(self._all(terms), TRUE)

    def admits(self, policy: Policy) -> Mask:
        """Where the policy has nothing against data that it is about, whatever their classes."""
        match policy.effect:
            case Effect.ALLOW_ONLY | Effect.REQUIRE:
                return _where(self._all(policy.terms), TRUE)
            case Effect.DENY:
                return _where(self._all(policy.terms), FALSE)
            case Effect.REQUIRE_TRANSFER_BASIS:
                return _where(self._basis_from(policy), TRUE)
            case Effect.REQUIRE_COPY_IN | Effect.PREFER:
                return np.ones(self.count, np.bool_)

    def has_basis(self, policy: Policy, jurisdiction: str) -> Mask:
        """Where data of the jurisdiction may lie, under a policy about transfers without `from`."""
        documented = self._documented(policy)
        if jurisdiction == NOT_SAID:
            return _where(documented, TRUE)
        parts = [self._word(Dimension.PLACE, jurisdiction), documented]
        if ADEQUACY in policy.accept:
            parts.append(self._adequate(jurisdiction))
        return _where(self._any(parts), TRUE)

    def _basis_from(self, policy: Policy) -> Truths:
        parts = [self._all(policy.terms), self._documented(policy)]
        if ADEQUACY in policy.accept:
            every = [self._adequate(origin) for origin in origins_of(policy)]
            parts.append(np.min(every, axis=0) if every else self._constant(TRUE))
        return self._any(parts)

    def _documented(self, policy: Policy) -> Truths:
        return self._any(
            [
                self._word(Dimension.PLACE, word)
                for document in policy.documents
                if document.basis in policy.accept and in_force(document, self._vocabulary.as_of)
                for word in document.to
            ]
        )

    def _all(self, terms: Terms) -> Truths:
        found = self._constant(TRUE)
        for dimension, words in terms:
            each = [self._word(dimension, word) for word in words]
            if dimension is Dimension.ATTESTATION:
                found = np.min([found, *each], axis=0)
            else:
                found = np.minimum(found, self._any(each))
        return found

    def _any(self, parts: Sequence[Truths]) -> Truths:
        found: Truths = np.max(parts, axis=0) if parts else self._constant(FALSE)
        return found

    def _constant(self, truth: int) -> Truths:
        return np.full(self.count, truth, np.int8)

    def _word(self, dimension: Dimension, word: str) -> Truths:
        key = (dimension, word)
        if key not in self._words:
            self._words[key] = self._each(lambda region: word_holds(dimension, word, region, self._vocabulary))
        return self._words[key]

    def _adequate(self, jurisdiction: str) -> Truths:
        if jurisdiction not in self._adequacy:
            found: dict[tuple[str, str | None], Truth] = {}
            for region in self._regions:
                place = (region.country, region.subdivision)
                if place not in found:
                    found[place] = is_adequate(jurisdiction, region, self._vocabulary)
            self._adequacy[jurisdiction] = self._each(lambda region: found[region.country, region.subdivision])
        return self._adequacy[jurisdiction]

    def _each(self, test: Callable[[Region], Truth]) -> Truths:
        codes = {False: FALSE, None: UNKNOWN, True: TRUE}
        return np.fromiter((codes[test(region)] for region in self._regions), np.int8, self.count)


def _where(truths: Truths, truth: int) -> Mask:
    found: Mask = truths == truth
    return found
