"""Which rules are in force for which subjects: selected for some data of an activity that the rule judges, not waived.

Letters of the array shapes: N rules, S subjects, T exposures (a subject, a set of classes, the activities done with
data of these classes), U different sets of classes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from placement.domain.policy import Activity, Guardrail, Policy
from placement.residency.activities import ACTIVITIES, is_judged
from placement.residency.selection import Selection
from placement.residency.selection_matrix import ClassMatrix, Matrix, SubjectMatrix
from placement.residency.subjects import Classes, Subject
from placement.residency.transfer import NOT_SAID

_BIT = {activity: 1 << index for index, activity in enumerate(ACTIVITIES)}
_EVERYTHING = sum(_BIT.values())
_ROWS_AT_ONCE = 64
"""Bounds the memory: shape (rows, T) at once."""


@dataclass(frozen=True, eq=False)
class Exposures:
    """What the subjects do with data of which classes, subject by subject."""

    first: NDArray[np.intp]
    """Each subject's first row, shape (S,)."""
    classes: NDArray[np.intp]
    """Row of the set of classes, shape (T,)."""
    activities: NDArray[np.uint16]
    """Bits of the activities, shape (T,)."""


class InForce:
    """The rules of one set of policies over the subjects of one fleet."""

    def __init__(
        self,
        rules: Sequence[Policy | Guardrail],
        subjects: Sequence[Subject],
        selection: Selection,
        waived: Iterable[tuple[str, str]],
    ) -> None:
        self._rules, self._subjects, self._selection = tuple(rules), tuple(subjects), selection
        sets = {classes: None for s in subjects for classes in (s.classes, *(each for _, each in s.does))}
        self._row_of_set = {classes: row for row, classes in enumerate(sets)}
        self._classes = ClassMatrix(tuple(sets), selection)
        selectors = [rule.when for rule in rules]
        self._by_class = self._classes.picked(selectors)
        self._by_subject = SubjectMatrix(subjects).picked(selectors) & ~self._waived(frozenset(waived))
        self._judged = np.array([_judged_bits(rule) for rule in rules], np.uint16)

    def exposures(self) -> Exposures:
        """What the subjects do."""
        return self._exposures(_done(subject) or {subject.classes: 0} for subject in self._subjects)

    def exposures_to(self, activity: Activity) -> Exposures:
        """As if the subjects did nothing but this: those that do not do it, with all of their classes."""
        bit = _BIT[activity]
        return self._exposures(_done(subject, bit) or {subject.classes: bit} for subject in self._subjects)

    def exposures_to_anything(self) -> Exposures:
        """As if the subjects did everything, with all of their classes."""
        return self._exposures({subject.classes: _EVERYTHING} for subject in self._subjects)

    def _exposures(self, done: Iterable[Mapping[Classes, int]]) -> Exposures:
        first: list[int] = []
        classes: list[int] = []
        activities: list[int] = []
        for each in done:
            first.append(len(classes))
            classes += [self._row_of_set[group] for group in each]
            activities += each.values()
        return Exposures(np.array(first, np.intp), np.array(classes, np.intp), np.array(activities, np.uint16))

    def rules(self, exposures: Exposures) -> Matrix:
        """Whether each rule is in force for each subject, shape (N, S)."""
        found = np.zeros((len(self._rules), len(self._subjects)), np.bool_)
        for start in range(0, len(self._rules), _ROWS_AT_ONCE):
            rows = slice(start, start + _ROWS_AT_ONCE)
            found[rows] = _by_subject(self._selected(rows, exposures), exposures) & self._by_subject[rows]
        return found

    def jurisdictions(self, rule: int, exposures: Exposures) -> dict[str, Matrix]:
        """Under whose law the data are for which the rule is in force, by jurisdiction, shape (S,) each."""
        policy = self._rules[rule]
        conditions = self._classes.conditions(policy.when)
        matched = np.any(conditions, axis=0) if conditions else np.ones(len(self._classes.names), np.bool_)
        brought: dict[str, Matrix] = {}
        for position in np.flatnonzero(matched).tolist():
            for jurisdiction in self._selection.subjects(self._classes.names[position]) or (NOT_SAID,):
                brought.setdefault(jurisdiction, np.zeros(len(matched), np.bool_))[position] = True
        if not brought:
            return {}
        sets = np.array([self._classes.having(classes) for classes in brought.values()])[:, exposures.classes]
        selected = self._selected(slice(rule, rule + 1), exposures)
        here = _by_subject(sets & selected, exposures) & self._by_subject[rule]
        return {jurisdiction: row for jurisdiction, row in zip(brought, here, strict=True) if row.any()}

    def _selected(self, rows: slice, exposures: Exposures) -> Matrix:
        """Whether the rules judge and select each exposure, shape (rows, T)."""
        judged = (self._judged[rows, None] & exposures.activities) != 0
        selected: Matrix = judged & self._by_class[rows][:, exposures.classes]
        return selected

    def _waived(self, waived: frozenset[tuple[str, str]]) -> Matrix:
        found = np.zeros((len(self._rules), len(self._subjects)), np.bool_)
        columns: dict[str, list[int]] = {}
        for column, subject in enumerate(self._subjects):
            columns.setdefault(subject.name, []).append(column)
        rows: dict[str, list[int]] = {}
        for row, rule in enumerate(self._rules):
            rows.setdefault(rule.name, []).append(row)
        for rule_name, subject_name in waived:
            found[np.ix_(rows.get(rule_name, []), columns.get(subject_name, []))] = True
        return found


def _judged_bits(rule: Policy | Guardrail) -> int:
    """The bits of the activities that the rule judges."""
    named = rule.activities if isinstance(rule, Policy) else ()
    return sum(bit for activity, bit in _BIT.items() if is_judged(activity, named))


def _done(subject: Subject, among: int = _EVERYTHING) -> dict[Classes, int]:
    """The bits of what the subject does with each set of classes."""
    done: dict[Classes, int] = {}
    for activity, classes in subject.does:
        if _BIT[activity] & among:
            done[classes] = done.get(classes, 0) | _BIT[activity]
    return done


def _by_subject(selected: Matrix, exposures: Exposures) -> Matrix:
    """Whether any exposure of each subject is selected, shape (..., S) of shape (..., T)."""
    if not len(exposures.first):
        return np.zeros((len(selected), 0), np.bool_)
    found: Matrix = np.logical_or.reduceat(selected, exposures.first, axis=1)
    return found
