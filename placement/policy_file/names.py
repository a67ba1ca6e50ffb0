"""What a mapping names is one line of text without white space around it."""

from dataclasses import dataclass

from placement.written.fields import Fields, as_text
from placement.written.nodes import KeyPath, Node, Scalar, Table, described


@dataclass(frozen=True, slots=True)
class Named:
    """A name, what it stands for, and where the name was written."""

    name: str
    path: KeyPath
    value: Node
    line: int
    column: int


def named(fields: Fields, key: str, wanted: str) -> list[Named]:
    """The entries of the mapping under a key, in their order; `wanted` says what it must be."""
    if not fields.given(key):
        return []
    path = (*fields.path, key)
    node = fields.node_of(key)
    if node is None:
        fields.flaw(key, f"must be {wanted}, but is empty; leave it out if there is none")
        return []
    if not isinstance(node, Table):
        fields.notes.on(node, path, f"must be {wanted}, but is {described(node)}")
        return []
    found: list[Named] = []
    for name, entry in node.entries.items():
        at = (*path, name[:80]) if name.strip() else path
        text = as_text(fields.notes, Scalar(name, entry.line, entry.column), at)
        if text == name:
            found.append(Named(name, (*path, name), entry.value, entry.line, entry.column))
        elif text is not None:
            fields.notes.at(entry.line, entry.column, at, f"the name {name[:80]!r} has white space around it")
    return found


def key_place(root: Node, path: KeyPath) -> tuple[int, int]:
    """(line, column) where the last key of the path was written; the keys must be there."""
    node, line, column = root, root.line, root.column
    for part in path:
        if isinstance(node, Table) and isinstance(part, str) and part in node.entries:
            entry = node.entries[part]
            node, line, column = entry.value, entry.line, entry.column
    return line, column


def no_version_sign(name: str) -> str | None:
    """Complains of the sign that stands between a name and its version in every reason."""
    return f"{name[:60]!r} has an @, which stands before the version, as in gdpr@3" if "@" in name else None
