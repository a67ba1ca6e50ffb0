"""A selector picks what carries data of certain classes, has certain labels and names: all of these, of a list any.

A class that no policy file defines may be anything: it counts as restricted, and as of every category and subject.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from fnmatch import fnmatchcase

from placement.domain.policy import SENSITIVITIES, DataClass, PolicySet, Selector
from placement.residency.vocabulary import Vocabulary

Condition = Callable[[str], bool]
"""Whether a class, by its name, meets one condition of a selector."""


class Selection:
    """What the selectors of one set of policies pick."""

    def __init__(self, policies: PolicySet, vocabulary: Vocabulary) -> None:
        self._classes: Mapping[str, DataClass] = {each.name: each for each in policies.classes}
        self._vocabulary = vocabulary

    def picks(self, selector: Selector, classes: Collection[str], labels: Mapping[str, str], name: str) -> bool:
        """Whether a workload or dataset with data of these classes is meant."""
        return (
            all(any(map(condition, classes)) for condition in self.conditions(selector))
            and all(labels.get(key) in values for key, values in selector.labels)
            and (not selector.names or any(fnmatchcase(name, pattern) for pattern in selector.names))
        )

    def conditions(self, selector: Selector) -> Iterator[Condition]:
        """What the selector asks of classes; each must be met by one of them at least."""
        if selector.classification:
            yield lambda name: name in selector.classification
        if selector.categories:
            yield lambda name: self._has_category(name, selector.categories)
        if selector.subjects:
            yield lambda name: self._has_subject(name, selector.subjects)
        if selector.sensitivity is not None:
            least = SENSITIVITIES.index(selector.sensitivity)
            yield lambda name: self._sensitivity(name) >= least

    def matched(self, selector: Selector, classes: Collection[str]) -> frozenset[str]:
        """The classes for which the selector picks: those that meet a condition, all if it has none."""
        conditions = tuple(self.conditions(selector))
        return frozenset(name for name in classes if not conditions or any(c(name) for c in conditions))

    def subjects(self, name: str) -> tuple[str, ...]:
        """Whose data the class is; empty where that is not said."""
        known = self._classes.get(name)
        return known.subjects if known else ()

    def _has_category(self, name: str, categories: tuple[str, ...]) -> bool:
        known = self._classes.get(name)
        return known is None or not set(categories).isdisjoint(known.categories)

    def _has_subject(self, name: str, subjects: tuple[str, ...]) -> bool:
        known = self._classes.get(name)
        if known is None:
            return True
        return any(self._vocabulary.same_people(one, other) for one in subjects for other in known.subjects)

    def _sensitivity(self, name: str) -> int:
        known = self._classes.get(name)
        return len(SENSITIVITIES) - 1 if known is None else SENSITIVITIES.index(known.sensitivity)
