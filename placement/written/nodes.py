"""A document is a tree of scalars, lists and tables of keys, each with the line and column where it was written."""

from dataclasses import dataclass, field
from typing import TypeAlias

KeyPath: TypeAlias = tuple[str | int, ...]
"""Keys and positions from the top: ("workloads", 2, "name")."""

MOST_DEPTH = 40
"""Lists and mappings within one another, at most."""

MOST_CHARACTERS = 5_000_000
"""Of a document, at most; its file may have as many bytes."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value, as YAML 1.2 and JSON understand it."""

    value: str | int | float | bool | None
    line: int
    """From 1."""
    column: int
    """From 1."""
    plain: bool = False
    """Written without quotes."""


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    items: "list[Node]" = field(repr=False)
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Entry:
    """The value of a key, and where the key was written."""

    value: "Node"
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Table:
    """Keys, which are text, and their values."""

    entries: dict[str, Entry] = field(repr=False)
    line: int
    column: int


Node: TypeAlias = Scalar | Items | Table


def written(path: KeyPath) -> str:
    """`workloads[2].resources.vcpus`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if text else part
    return text


def described(node: Node) -> str:
    """What was given, in words: `the text '16Gi'`, `the number 3`, `a list`."""
    match node:
        case Items():
            return "a list"
        case Table():
            return "a mapping"
        case Scalar(value=None):
            return "empty"
        case Scalar(value=bool(value)):
            return "true" if value else "false"
        case Scalar(value=str(value)):
            return f"the text {value!r}" if len(value) <= 60 else f"the text {value[:60]!r}..."
        case Scalar(value=value):
            return f"the number {value:.15g}"


def locate(root: Node, path: KeyPath) -> tuple[KeyPath, int, int]:
    """(path, line, column) of a value, or of the nearest part around it that was written.

    The path is the one asked for, or ends at the single value that was written in place of a list.
    """
    node = root
    for depth, part in enumerate(path):
        if isinstance(node, Table) and isinstance(part, str) and part in node.entries:
            node = node.entries[part].value
        elif isinstance(node, Items) and isinstance(part, int) and part < len(node.items):
            node = node.items[part]
        elif isinstance(node, Scalar) and isinstance(part, int):
            return path[:depth], node.line, node.column
        else:
            break
    return path, node.line, node.column


def is_written(root: Node, path: KeyPath) -> bool:
    """Whether the document has this key."""
    node = root
    for part in path:
        if isinstance(node, Table) and isinstance(part, str) and part in node.entries:
            node = node.entries[part].value
        elif isinstance(node, Items) and isinstance(part, int) and part < len(node.items):
            node = node.items[part]
        else:
            return False
    return True
