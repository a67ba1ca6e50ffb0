"""YAML 1.2 becomes a tree of nodes: one document, without tags, and no larger in memory than what was written.

An alias stands for the anchored node itself. What aliases repeat is counted, since nested ones multiply.
"""

from collections.abc import Iterator

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.reader import ReaderError

from placement.domain.errors import BadDocument
from placement.written.core_schema import meaning
from placement.written.nodes import MOST_DEPTH, Entry, Items, KeyPath, Node, Scalar, Table, described
from placement.written.notes import Notes

MOST_REPEATED = 200_000
"""Values that aliases may repeat in all."""


def read_yaml(text: str, notes: Notes) -> Node | None:
    """The document's tree, None if it is empty; BadDocument where the text cannot be read on."""
    return _Composer(_events(text, notes), notes).document()


def read_all_yaml(text: str, notes: Notes, most_depth: int = MOST_DEPTH) -> list[Node]:
    """The trees of all documents in a text, but for empty ones; BadDocument where the text cannot be read on."""
    return _Composer(_events(text, notes), notes, most_depth).all_documents()


def _events(text: str, notes: Notes) -> Iterator[Event]:
    line = 1
    try:
        for event in YAML(typ="safe", pure=True).parse(text):
            line = event.end_mark.line + 1
            yield event
    except ReaderError as error:
        before = text[: error.position]
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        reason = f"the character U+{ord(text[error.position]):04X} cannot be in YAML text"
        raise notes.refuse(reason, line, column) from None
    except MarkedYAMLError as error:
        raise _syntax_error(error, text, notes) from None
    except (YAMLError, ValueError, ArithmeticError, LookupError, AttributeError, TypeError) as error:
        # The library lets Python's own errors through, for one where an escape names no character.
        raise notes.refuse(f"this is not YAML: {str(error)[:200]}", line) from None


def _syntax_error(error: MarkedYAMLError, text: str, notes: Notes) -> BadDocument:
    mark = error.problem_mark or error.context_mark
    said = ", ".join(part.strip() for part in (error.context, error.problem) if part)
    reason = f"this is not YAML: {said}"
    if mark is None:
        return notes.refuse(reason)
    if mark.index < len(text) and text[mark.index] == "\t":
        reason = "this is not YAML: a tab cannot indent, use spaces"
    return notes.refuse(reason, mark.line + 1, mark.column + 1)


class _Composer:
    """Builds nodes from the parser's events."""

    def __init__(self, events: Iterator[Event], notes: Notes, most_depth: int = MOST_DEPTH) -> None:
        self.events, self.notes, self.most_depth = events, notes, most_depth
        self.anchors: dict[str, tuple[Node, int]] = {}
        """(node, values in it) by anchor."""
        self.written = self.repeated = 0

    def document(self) -> Node | None:
        root: Node | None = None
        documents = 0
        for event in self.events:
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise self._refuse(event, (), "there are several documents in here, write one a file")
            elif isinstance(event, NodeEvent):
                root = self._node(event, (), 1)
        return None if _is_empty(root) else root

    def all_documents(self) -> list[Node]:
        found: list[Node] = []
        for event in self.events:
            if isinstance(event, DocumentStartEvent):
                self.anchors.clear()
            elif isinstance(event, NodeEvent):
                found.append(self._node(event, (), 1))
        return [root for root in found if not _is_empty(root)]

    def _node(self, event: Event, path: KeyPath, depth: int) -> Node:
        if isinstance(event, AliasEvent):
            return self._alias(event, path)
        if depth > self.most_depth and not isinstance(event, ScalarEvent):
            raise self._refuse(event, (), f"lists and mappings are nested more than {self.most_depth} deep")
        before = self.written + self.repeated
        self.written += 1
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        node: Node
        if isinstance(event, SequenceStartEvent):
            node = Items(self._items(path, depth), line, column)
        elif isinstance(event, MappingStartEvent):
            node = Table(self._entries(path, depth), line, column)
        else:
            assert isinstance(event, ScalarEvent)
            plain = not event.style
            node = Scalar(meaning(event.value) if plain else event.value, line, column, plain)
        if event.tag is not None:
            reason = f"the tag {str(event.tag)[:60]!r} has no meaning here; leave it out, or quote what is text"
            self.notes.on(node, path, reason)
        if event.anchor is not None:
            self.anchors[event.anchor] = node, self.written + self.repeated - before
        return node

    def _alias(self, event: AliasEvent, path: KeyPath) -> Node:
        if event.anchor not in self.anchors:
            reason = f"there is no finished anchor &{event.anchor} before this alias"
            raise self._refuse(event, path, reason)
        node, size = self.anchors[event.anchor]
        self.repeated += size
        if self.repeated > MOST_REPEATED:
            reason = f"aliases repeat more than {MOST_REPEATED} values; write out what is meant"
            raise self._refuse(event, path, reason)
        return node

    def _items(self, path: KeyPath, depth: int) -> list[Node]:
        items: list[Node] = []
        while not isinstance(event := next(self.events), SequenceEndEvent):
            items.append(self._node(event, (*path, len(items)), depth + 1))
        return items

    def _entries(self, path: KeyPath, depth: int) -> dict[str, Entry]:
        entries: dict[str, Entry] = {}
        merged: list[tuple[Node, KeyPath]] = []
        while not isinstance(event := next(self.events), MappingEndEvent):
            key = self._node(event, path, depth + 1)
            line, column = event.start_mark.line + 1, event.start_mark.column + 1
            if not isinstance(key, Scalar) or not isinstance(key.value, str):
                reason = f"a key must be text, but here it is {described(key)}"
                hint = "; put it in quotes" if isinstance(key, Scalar) else ""
                self.notes.at(line, column, path, reason + hint)
                self._node(next(self.events), path, depth + 1)
                continue
            event = next(self.events)
            value = self._node(event, (*path, key.value), depth + 1)
            if isinstance(event, ScalarEvent) and not event.value and not event.style:
                # The parser puts what was not written where the next key begins.
                value = Scalar(None, line, column, plain=True)
            if key.value == "<<" and key.plain:
                merged.append((value, (*path, "<<")))
            else:
                add_entry(entries, key.value, Entry(value, line, column), path, self.notes)
        for value, at in merged:
            self._merge(entries, value, at)
        return entries

    def _merge(self, entries: dict[str, Entry], value: Node, path: KeyPath) -> None:
        """`<<: *base` gives what the mapping does not say itself; of several, the first wins."""
        for node in value.items if isinstance(value, Items) else [value]:
            if isinstance(node, Table):
                for name, entry in node.entries.items():
                    entries.setdefault(name, entry)
            else:
                self.notes.on(node, path, f"<< takes over a mapping, but this is {described(node)}")

    def _refuse(self, event: Event, path: KeyPath, reason: str) -> BadDocument:
        mark = event.start_mark
        return self.notes.refuse(reason, mark.line + 1, mark.column + 1, path)


def _is_empty(root: Node | None) -> bool:
    return root is None or (isinstance(root, Scalar) and root.value is None)


def add_entry(entries: dict[str, Entry], key: str, entry: Entry, path: KeyPath, notes: Notes) -> None:
    """Keep the first of several equal keys, and note the others."""
    if key in entries:
        first = entries[key]
        reason = f"this key stands here twice, first in line {first.line}"
        notes.at(entry.line, entry.column, (*path, key), reason)
    else:
        entries[key] = entry
