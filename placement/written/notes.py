"""Everything wrong with a document is noted first and told together."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from placement.domain.errors import BadDocument, Flaw
from placement.residency.spelling import did_you_mean
from placement.written.nodes import KeyPath, Node, locate, written

_MOST_SUGGESTIONS = 50
"""Looking for the nearest of thousands of names takes milliseconds, and a document may have thousands of bad ones."""

MOST_FLAWS = 1000
"""Nobody reads more, and an answer must not be many times as long as its question."""


class Notes:
    """The flaws and warnings found so far in one document, whose kind is known by its error."""

    def __init__(
        self, source: str, error: type[BadDocument], sources: Mapping[KeyPath, str] = MappingProxyType({})
    ) -> None:
        self.source, self.error = source, error
        self.sources = sources
        """Where a document was put together: what its parts were read from, by the first two keys of their path."""
        self.flaws: list[Flaw] = []
        self.warnings: list[str] = []
        self._unsound: set[KeyPath] = set()
        self._suggestions = 0

    def at(self, line: int | None, column: int | None, path: KeyPath, reason: str) -> None:
        """Something is wrong at this place."""
        self.flaws.append(Flaw(self._source(path), line, column, written(path), reason))
        self._unsound.update(path[:length] for length in range(len(path) + 1))

    def on(self, node: Node, path: KeyPath, reason: str) -> None:
        """Something is wrong with this value."""
        self.at(node.line, node.column, path, reason)

    def about(self, root: Node, path: KeyPath, reason: str) -> None:
        """Something is wrong with what the document has at this path."""
        found, line, column = locate(root, path)
        self.at(line, column, found, reason)

    def warn(self, root: Node, path: KeyPath, reason: str) -> None:
        """Something is odd with what the document has at this path, and it is used all the same."""
        found, line, column = locate(root, path)
        self.warnings.append(str(Flaw(self._source(found), line, column, written(found), reason)))

    def _source(self, path: KeyPath) -> str:
        return self.sources.get(path[:2], self.source)

    def sound(self, *paths: KeyPath) -> bool:
        """Whether nothing was found wrong with these values or within them."""
        return self._unsound.isdisjoint(paths)

    def suggest(self, word: str, known: Iterable[str]) -> str:
        """`; did you mean 'x'?` or nothing."""
        self._suggestions += 1
        return did_you_mean(word, known) if self._suggestions <= _MOST_SUGGESTIONS else ""

    def settle(self) -> None:
        """Raise the document's error if anything is wrong."""
        if self.flaws:
            raise all_of(self.flaws, self.error)

    def refuse(
        self, reason: str, line: int | None = None, column: int | None = None, path: KeyPath = ()
    ) -> BadDocument:
        """The document's error for a flaw after which nothing more can be read."""
        return self.error([Flaw(self.source, line, column, written(path), reason)])


def all_of(flaws: Sequence[Flaw], error: type[BadDocument]) -> BadDocument:
    """An error with the flaws in the order of the text; of a flood, the first and how many more there are."""
    told = sorted(flaws, key=in_order)
    if len(told) > MOST_FLAWS:
        rest = Flaw(told[0].source, None, None, "", f"and {len(told) - MOST_FLAWS} more like these")
        told = [*told[:MOST_FLAWS], rest]
    return error(told)


def in_order(flaw: Flaw) -> tuple[str, int, int]:
    """Sorts flaws by their place in the text."""
    return flaw.source, flaw.line or 0, flaw.column or 0
