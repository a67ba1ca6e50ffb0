"""JSON becomes a tree of nodes by its own rules.

YAML says that it contains JSON, but the readers differ: surrogate pairs, tabs, long keys, and ten times the time.
"""

import json
import re
from bisect import bisect_right

from placement.written.core_schema import whole
from placement.written.nodes import MOST_DEPTH, Entry, Items, KeyPath, Node, Scalar, Table
from placement.written.notes import Notes
from placement.written.yaml_text import add_entry

_SPACE = re.compile(r"[ \t\n\r]*")
_SCALARS = json.JSONDecoder(parse_int=whole)


class NotJson(ValueError):
    """The text breaks the grammar of JSON."""

    def __init__(self, reason: str, line: int, column: int) -> None:
        super().__init__(reason)
        self.line, self.column = line, column


def read_json(text: str, notes: Notes) -> Node:
    """The document's tree; NotJson, with line and column, where the text is not JSON."""
    reader = _Reader(text, notes)
    try:
        node, end = reader.value(reader.skip(0), (), 1)
    except json.JSONDecodeError as error:
        raise reader.error(error.msg, error.pos) from None
    if reader.skip(end) != len(text):
        raise reader.error("there is more text after the end of the document", reader.skip(end))
    return node


class _Reader:
    def __init__(self, text: str, notes: Notes) -> None:
        self.text, self.notes = text, notes
        self.line_starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def place(self, at: int) -> tuple[int, int]:
        """(line, column) of an offset."""
        line = bisect_right(self.line_starts, at)
        return line, at - self.line_starts[line - 1] + 1

    def error(self, reason: str, at: int) -> NotJson:
        return NotJson(reason, *self.place(at))

    def skip(self, at: int) -> int:
        """The next offset that is no white space."""
        match = _SPACE.match(self.text, at)
        return match.end() if match else at

    def value(self, at: int, path: KeyPath, depth: int) -> tuple[Node, int]:
        """The value that starts at this offset, and the offset of its end."""
        line, column = self.place(at)
        start = self.text[at : at + 1]
        if depth > MOST_DEPTH and start in ("{", "["):
            reason = f"lists and mappings are nested more than {MOST_DEPTH} deep"
            raise self.notes.refuse(reason, line, column)
        if start == "{":
            entries, end = self._entries(at, path, depth)
            return Table(entries, line, column), end
        if start == "[":
            items, end = self._items(at, path, depth)
            return Items(items, line, column), end
        scalar, end = _SCALARS.raw_decode(self.text, at)
        return Scalar(scalar, line, column), end

    def _entries(self, at: int, path: KeyPath, depth: int) -> tuple[dict[str, Entry], int]:
        entries: dict[str, Entry] = {}
        at = self.skip(at + 1)
        if self.text.startswith("}", at):
            return entries, at + 1
        while True:
            if not self.text.startswith('"', at):
                raise self.error("a key in double quotes is expected here", at)
            line, column = self.place(at)
            key, at = _SCALARS.raw_decode(self.text, at)
            at = self.skip(at)
            if not self.text.startswith(":", at):
                raise self.error("a colon is expected here", at)
            value, at = self.value(self.skip(at + 1), (*path, key), depth + 1)
            add_entry(entries, key, Entry(value, line, column), path, self.notes)
            at, closed = self._next(at, "}")
            if closed:
                return entries, at

    def _items(self, at: int, path: KeyPath, depth: int) -> tuple[list[Node], int]:
        items: list[Node] = []
        at = self.skip(at + 1)
        if self.text.startswith("]", at):
            return items, at + 1
        while True:
            value, at = self.value(at, (*path, len(items)), depth + 1)
            items.append(value)
            at, closed = self._next(at, "]")
            if closed:
                return items, at

    def _next(self, at: int, closing: str) -> tuple[int, bool]:
        """Past a comma to the next part, or past the closing sign."""
        at = self.skip(at)
        if self.text.startswith(closing, at):
            return at + 1, True
        if not self.text.startswith(",", at):
            raise self.error(f"a comma or {closing} is expected here", at)
        return self.skip(at + 1), False
