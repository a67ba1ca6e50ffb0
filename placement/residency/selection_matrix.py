"""Which rules are about which subjects: one array operation a rule and condition, instead of loops over pairs.

Letters of the array shapes: N rules, S subjects, U different sets of classes, C classes.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from fnmatch import translate
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from placement.domain.policy import Selector
from placement.residency.places import has_wildcards
from placement.residency.selection import Selection
from placement.residency.subjects import Classes, Subject

Matrix: TypeAlias = NDArray[np.bool_]


class ClassMatrix:
    """Sets of classes and what the selectors ask of them."""

    def __init__(self, sets: Sequence[Classes], selection: Selection) -> None:
        self.names = tuple(sorted(frozenset[str]().union(*sets)))
        self._selection = selection
        index = {name: position for position, name in enumerate(self.names)}
        self._members = np.zeros((len(self.names), len(sets)), np.bool_)
        for column, classes in enumerate(sets):
            self._members[[index[name] for name in classes], column] = True
        self._words: dict[tuple[str, str], Matrix] = {}

    def picked(self, selectors: Sequence[Selector]) -> Matrix:
        """Whether each selector's conditions on classes are met by each set, shape (N, U)."""
        found = np.ones((len(selectors), self._members.shape[1]), np.bool_)
        for row, selector in enumerate(selectors):
            for condition in self.conditions(selector):
                found[row] &= self.having(condition)
        return found

    def conditions(self, selector: Selector) -> list[Matrix]:
        """What the selector asks of classes: which classes meet each condition, shape (C,) each."""
        found = []
        for kind, words in (
            ("classification", selector.classification),
            ("categories", selector.categories),
            ("subjects", selector.subjects),
            ("sensitivity", (selector.sensitivity,) if selector.sensitivity else ()),
        ):
            if words:
                found.append(np.any([self._word(kind, word) for word in words], axis=0))
        return found

    def having(self, classes: Matrix) -> Matrix:
        """Which sets have one at least of these classes, shape (U,) of shape (C,)."""
        found: Matrix = np.logical_or.reduce(self._members[classes], axis=0)
        return found

    def _word(self, kind: str, word: str) -> Matrix:
        key = (kind, word)
        if key not in self._words:
            asked = Selector(**{kind: word if kind == "sensitivity" else (word,)})  # type: ignore[arg-type]
            (condition,) = self._selection.conditions(asked)
            self._words[key] = np.fromiter(map(condition, self.names), np.bool_, len(self.names))
        return self._words[key]


class SubjectMatrix:
    """What the selectors ask of labels and names."""

    def __init__(self, subjects: Sequence[Subject]) -> None:
        self._count = len(subjects)
        self._names = [subject.name for subject in subjects]
        self._by_name = sorted((name, position) for position, name in enumerate(self._names))
        self._sorted = [name for name, _ in self._by_name]
        self._labels: dict[tuple[str, str], list[int]] = {}
        for position, subject in enumerate(subjects):
            for pair in subject.labels.items():
                self._labels.setdefault(pair, []).append(position)
        self._patterns: dict[str, Matrix] = {}

    def picked(self, selectors: Sequence[Selector]) -> Matrix:
        """Whether each selector's labels and names fit each subject, shape (N, S)."""
        found = np.ones((len(selectors), self._count), np.bool_)
        for row, selector in enumerate(selectors):
            for key, values in selector.labels:
                found[row] &= self._labelled(key, values)
            if selector.names:
                found[row] &= np.any([self._called(pattern) for pattern in selector.names], axis=0)
        return found

    def _labelled(self, key: str, values: Iterable[str]) -> Matrix:
        return self._mask(position for value in values for position in self._labels.get((key, value), ()))

    def _called(self, pattern: str) -> Matrix:
        if pattern not in self._patterns:
            self._patterns[pattern] = self._mask(self._fitting(pattern))
        return self._patterns[pattern]

    def _fitting(self, pattern: str) -> Iterable[int]:
        start = pattern.removesuffix("*")
        if has_wildcards(start):
            match = re.compile(translate(pattern)).match
            return (position for position, name in enumerate(self._names) if match(name))
        length = None if start == pattern else len(start)
        first = bisect_left(self._sorted, start)
        last = bisect_right(self._sorted, start, key=lambda name: name[:length])
        return (position for _, position in self._by_name[first:last])

    def _mask(self, positions: Iterable[int]) -> Matrix:
        mask = np.zeros(self._count, np.bool_)
        mask[list(positions)] = True
        return mask
