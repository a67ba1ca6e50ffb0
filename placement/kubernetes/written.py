"""Pieces of a fleet document: those that a pod's annotations hold, and those that are written here for it."""

import re
from collections.abc import Iterable, Mapping

from placement.domain.errors import BadFleet
from placement.kubernetes.names import OWN
from placement.kubernetes.shape import BadPod
from placement.written.document import tree_of
from placement.written.nodes import Entry, Items, Node, Scalar, Table
from placement.written.notes import Notes

_BRACKETS = re.compile(r"\s*[\[{]")


def tree(name: str, given: Mapping[str, str]) -> Node | None:
    """The annotation of this name, None where it is not given; raises BadPod, with its line where it has several."""
    if name not in given:
        return None
    try:
        return tree_of(given[name], Notes(OWN + name, BadFleet), "write it as in a fleet file, YAML or JSON")
    except BadFleet as error:
        raise BadPod(str(error.flaws[0])) from None


def items(name: str, given: Mapping[str, str]) -> list[Node]:
    """The same of a list; none where it is not given."""
    node = tree(name, given)
    if node is not None and not isinstance(node, Items):
        raise BadPod(f"{OWN}{name}: must be a list")
    return [] if node is None else node.items


def words(name: str, given: Mapping[str, str]) -> Node | None:
    """The same of words, which may be written without brackets: `aws, EU`."""
    if name not in given or _BRACKETS.match(given[name]):
        return tree(name, given)
    return listed(map(text, filter(None, map(str.strip, given[name].split(",")))))


def table(entries: Mapping[str, Node]) -> Table:
    """A mapping."""
    return Table({key: Entry(node, 1, 1) for key, node in entries.items()}, 1, 1)


def listed(nodes: Iterable[Node]) -> Items:
    """A list."""
    return Items(list(nodes), 1, 1)


def text(word: str) -> Scalar:
    """A text."""
    return Scalar(word, 1, 1)


def number(value: float) -> Scalar:
    """A number."""
    return Scalar(value, 1, 1)
