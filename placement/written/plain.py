"""A tree is also what it says: texts, numbers, lists and mappings, in the order in which they were written."""

import json
from typing import Any

from placement.written.nodes import MOST_CHARACTERS, Items, Node, Scalar, Table


def json_of(root: Node) -> str:
    """The document as JSON, in ASCII; ValueError where it has what JSON has not, or aliases make it too long."""
    return json.dumps(_Plain().of(root), separators=(",", ":"), allow_nan=False)


class _Plain:
    """Counts as it goes: what aliases repeat is one value in memory, and many in a text."""

    def __init__(self) -> None:
        self.characters = 0

    def of(self, node: Node) -> Any:
        match node:
            case Table(entries):
                for key in entries:
                    self._count(len(key))
                return {key: self.of(entry.value) for key, entry in entries.items()}
            case Items(items):
                return [self.of(item) for item in items]
            case Scalar(value):
                self._count(len(value) if isinstance(value, str) else 1)
                return value

    def _count(self, more: int) -> None:
        self.characters += more
        if self.characters > MOST_CHARACTERS:
            raise ValueError(f"written out without aliases it is longer than {MOST_CHARACTERS:,} characters")
