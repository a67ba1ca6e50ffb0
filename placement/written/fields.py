"""The keys of a mapping are exactly those that are asked for.

    with Fields(notes, node, path) as fields:
        name = fields.text("name")

Whatever is wrong is noted, a stand-in is returned, and the reading goes on. What was written and never asked for is
an unknown key; so there is no second list of keys that could differ.
"""

import math
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType, TracebackType
from typing import TypeAlias

from placement.residency.spelling import did_you_mean
from placement.written.core_schema import meaning
from placement.written.nodes import Items, KeyPath, Node, Scalar, Table, described
from placement.written.notes import Notes

_MOST_LETTERS = 500
"""In a name or another text."""

_YES_AND_NO = frozenset(("yes", "no", "on", "off", "y", "n"))


@dataclass(frozen=True, slots=True)
class Range:
    """The numbers from `low` to `high`, both inclusive unless `above` leaves `low` out."""

    low: float
    high: float
    above: bool = False

    def __contains__(self, number: float) -> bool:
        return (self.low < number if self.above else self.low <= number) and number <= self.high

    def __str__(self) -> str:
        high = f"{self.high:,.12g}"
        return f"above {self.low:,g} and at most {high}" if self.above else f"from {self.low:,g} to {high}"


Complaint: TypeAlias = Callable[[str], str | None]
"""What is wrong with a text, None if nothing is."""

NO_OTHER_NAMES: Mapping[str, str] = MappingProxyType({})


class Fields:
    """One mapping, read key by key; without a node it has nothing and misses nothing."""

    def __init__(self, notes: Notes, node: Node | None, path: KeyPath) -> None:
        self.notes, self.node, self.path = notes, node, path
        self._entries = node.entries if isinstance(node, Table) else {}
        self._asked: list[str] = []

    def __enter__(self) -> "Fields":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None or self.node is None:
            return
        allowed = ", ".join(self._asked)
        if not isinstance(self.node, Table):
            self.notes.on(self.node, self.path, f"must be a mapping of {allowed}, but is {described(self.node)}")
        for key, entry in self._entries.items():
            if key not in self._asked:
                reason = f"unknown key, allowed are {allowed}{self.notes.suggest(key, self._asked)}"
                self.notes.at(entry.line, entry.column, (*self.path, key[:80]), reason)

    def given(self, key: str) -> bool:
        """Whether the key was written."""
        return self._entry(key) is not None

    def flaw(self, key: str, reason: str) -> None:
        """Something is wrong with this key being there."""
        entry = self._entries[key]
        self.notes.at(entry.line, entry.column, (*self.path, key), reason)

    def text(self, key: str, complaint: Complaint | None = None, default: str | None = None) -> str:
        """A text; without a default it must be there."""
        entry = self._required(key, "a text") if default is None else self._entry(key)
        found = None if entry is None else as_text(self.notes, entry, (*self.path, key), complaint)
        return (default or "") if found is None else found

    def optional_text(self, key: str, complaint: Complaint | None = None) -> str | None:
        """A text, or None where the key is left out or empty."""
        entry = self._filled(key)
        return None if entry is None else as_text(self.notes, entry, (*self.path, key), complaint)

    def words(
        self,
        key: str,
        default: Sequence[str] = (),
        complaint: Complaint | None = None,
        at_least: int = 0,
    ) -> tuple[str, ...]:
        """Different texts, as a list or, where it is but one, by itself."""
        node = self._entry(key)
        if node is None:
            return tuple(default)
        path = (*self.path, key)
        if isinstance(node, Scalar) and isinstance(node.value, str):
            parts: list[tuple[KeyPath, Node]] = [(path, node)]
        elif isinstance(node, Items):
            parts = [((*path, index), item) for index, item in enumerate(node.items)]
        else:
            self.notes.on(node, path, f"must be a list of texts, but is {described(node)}")
            return tuple(default)
        found: dict[str, None] = {}
        for at, part in parts:
            word = as_text(self.notes, part, at, complaint)
            if word is not None and word in found:
                self.notes.on(part, at, f"{word!r} stands in this list twice")
            elif word is not None:
                found[word] = None
        if len(parts) < at_least:
            self.notes.on(node, path, f"needs {at_least} at least, but has {len(parts)}")
        return tuple(found)

    def number(self, key: str, within: Range, default: float | None = None) -> float:
        """A number within the range; without a default it must be there."""
        entry = self._required(key, f"a number {within}") if default is None else self._entry(key)
        found = None if entry is None else self._number(entry, (*self.path, key), within)
        return (within.high if default is None else default) if found is None else found

    def optional_number(self, key: str, within: Range) -> float | None:
        """A number within the range, or None where the key is left out or empty."""
        entry = self._filled(key)
        return None if entry is None else self._number(entry, (*self.path, key), within)

    def whole(self, key: str, within: Range, default: int | None = None) -> int:
        """A whole number within the range; without a default it must be there."""
        entry = self._required(key, f"a whole number {within}") if default is None else self._entry(key)
        found = None if entry is None else self._number(entry, (*self.path, key), within, whole=True)
        return (int(within.low) if default is None else default) if found is None else int(found)

    def flag(self, key: str, default: bool) -> bool:
        """True or false."""
        entry = self._entry(key)
        if entry is None:
            return default
        if isinstance(entry, Scalar) and isinstance(entry.value, bool):
            return entry.value
        hint = ""
        if isinstance(entry, Scalar) and str(entry.value).lower() in _YES_AND_NO:
            hint = "; yes, no, on and off are texts in YAML 1.2"
        self.notes.on(entry, (*self.path, key), f"must be true or false, but is {described(entry)}{hint}")
        return default

    def section(self, key: str, wanted: str = "") -> "Fields":
        """The mapping under a key, with nothing in it where the key is left out; with `wanted` it must be there."""
        entry = self._required(key, wanted) if wanted else self._entry(key)
        return Fields(self.notes, entry, (*self.path, key))

    def optional_section(self, key: str) -> "Fields | None":
        """The mapping under a key, or None where the key is left out or empty."""
        entry = self._filled(key)
        return None if entry is None else Fields(self.notes, entry, (*self.path, key))

    def sections(self, key: str, at_least: int = 0) -> "list[Fields]":
        """The mappings in a list, none where the key is left out."""
        entry = self._required(key, f"a list of {at_least} at least") if at_least else self._entry(key)
        if entry is None:
            return []
        path = (*self.path, key)
        if not isinstance(entry, Items):
            self.notes.on(entry, path, f"must be a list, but is {described(entry)}")
            return []
        if len(entry.items) < at_least:
            self.notes.on(entry, path, f"needs {at_least} at least, but has {len(entry.items)}")
        return [Fields(self.notes, item, (*path, index)) for index, item in enumerate(entry.items)]

    def texts_by_key(self, key: str) -> tuple[tuple[str, str], ...]:
        """A mapping of texts, as it was written."""
        entry = self._entry(key)
        path = (*self.path, key)
        if entry is None:
            return ()
        if not isinstance(entry, Table):
            self.notes.on(entry, path, f"must be a mapping of texts, but is {described(entry)}")
            return ()
        pairs: list[tuple[str, str]] = []
        for name, inner in entry.entries.items():
            text = as_text(self.notes, inner.value, (*path, name[:80]), may_be_empty=True)
            if not name.strip() or _unfit(name):
                self.notes.at(inner.line, inner.column, path, f"{name[:80]!r} cannot be a key here")
            elif text is not None:
                pairs.append((name, text))
        return tuple(pairs)

    def node_of(self, key: str) -> Node | None:
        """The value as it was written, None where the key is left out or empty."""
        return self._filled(key)

    def _entry(self, key: str) -> Node | None:
        if key not in self._asked:
            self._asked.append(key)
        entry = self._entries.get(key)
        return None if entry is None else entry.value

    def _filled(self, key: str) -> Node | None:
        node = self._entry(key)
        return None if isinstance(node, Scalar) and node.value is None else node

    def _required(self, key: str, wanted: str) -> Node | None:
        node = self._entry(key)
        if node is None and isinstance(self.node, Table):
            self.notes.on(self.node, (*self.path, key), f"is missing; it must be {wanted}")
        return node

    def _number(self, node: Node, path: KeyPath, within: Range, *, whole: bool = False) -> float | None:
        wanted = f"must be a {'whole ' if whole else ''}number {within}"
        value = node.value if isinstance(node, Scalar) else None
        if isinstance(value, bool) or not isinstance(value, int | float):
            quoted = isinstance(value, str) and isinstance(meaning(value), int | float)
            self.notes.on(node, path, f"{wanted}, but is {described(node)}{'; drop the quotes' * quoted}")
        elif not math.isfinite(value) or value not in within or (whole and value != int(value)):
            self.notes.on(node, path, f"{wanted}, but is {value:,.15g}")
        else:
            return float(value)
        return None


def as_text(
    notes: Notes, node: Node, path: KeyPath, complaint: Complaint | None = None, *, may_be_empty: bool = False
) -> str | None:
    """The text without the white space around it; None, with a note, where it is something else."""
    if not isinstance(node, Scalar) or not isinstance(node.value, str):
        hint = "; put it in quotes" if isinstance(node, Scalar) and node.value is not None else ""
        notes.on(node, path, f"must be a text, but is {described(node)}{hint}")
        return None
    text = node.value.strip()
    if not text and not may_be_empty:
        reason: str | None = "must be a text, but there is nothing in it"
    elif len(text) > _MOST_LETTERS:
        reason = f"has {len(text)} characters, {_MOST_LETTERS} at most are allowed"
    elif _unfit(text):
        reason = "must be one line of text without control characters"
    else:
        reason = complaint(text) if complaint else None
    if reason is None:
        return text
    notes.on(node, path, reason)
    return None


def among(choices: Sequence[str], other_names: Mapping[str, str] = NO_OTHER_NAMES) -> Complaint:
    """Complains of any word but these; `other_names` are what the same is called elsewhere."""

    def complaint(word: str) -> str | None:
        if word in choices:
            return None
        meant = other_names.get(word.lower())
        near = f"; did you mean {meant!r}?" if meant else did_you_mean(word, choices)
        return f"must be {', '.join(choices[:-1])} or {choices[-1]}, but is {word[:60]!r}{near}"

    return complaint


def _unfit(text: str) -> bool:
    """Control characters and halves of surrogate pairs can be neither stored nor shown."""
    return any(unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") for letter in text)
