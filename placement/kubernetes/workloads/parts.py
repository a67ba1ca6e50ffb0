"""Pieces of many workloads are read as one fleet; what is wrong with it is wrong with the workload that says it."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from placement.domain.errors import BadDocument, BadFleet, Flaw
from placement.fleet_file import FleetDocument, check_places, joined_fleet
from placement.kubernetes.demand import ends_of, name_of, said_of
from placement.kubernetes.workloads.described import Described
from placement.kubernetes.written import listed, table, text
from placement.market.catalog import Catalog
from placement.written.nodes import Items, KeyPath, Node, Scalar, Table
from placement.written.notes import all_of

LeftOut = Callable[[str], None]
"""Hears of each part that is not in the fleet because something is wrong with it."""
_KINDS = ("workloads", "datasets", "flows")
_KEY = re.compile(rf"({'|'.join(_KINDS)})\[(\d+)\](.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Piece:
    node: Node
    of: int
    """Which workload says it, in the order in which they came."""
    place: int
    """Its position among the pieces of one kind of that workload."""


@dataclass(frozen=True, slots=True)
class _Source:
    workload: Described
    annotations: Mapping[str, str]
    """Of this project, without the prefix."""

    @property
    def name(self) -> str:
        """By which flows of others mean it."""
        return f"{self.workload.namespace}/{self.workload.name}"


class Parts:
    """What workloads add to a fleet, and what is wrong with them. `unread` is wrong with others, which add nothing."""

    def __init__(self, unread: Sequence[Flaw]) -> None:
        self._unread = list(unread)
        self._sources: list[_Source] = []
        self._pieces: dict[str, list[_Piece]] = {kind: [] for kind in _KINDS}
        self._places: Counter[tuple[str, int]] = Counter()
        self._flaws: defaultdict[int, list[Flaw]] = defaultdict(list)
        self._warnings: list[tuple[int, str]] = []

    def begin(self, workload: Described, annotations: Mapping[str, str]) -> None:
        """What comes from now on is said by this workload, whose pods have these annotations of this project."""
        self._sources.append(_Source(workload, annotations))

    def put(self, kind: str, node: Node) -> None:
        """A piece of the fleet."""
        key = kind, self._newest
        self._pieces[kind].append(_Piece(node, self._newest, self._places[key]))
        self._places[key] += 1

    def wrong(self, reason: str) -> None:
        """The workload cannot be placed."""
        self._flaws[self._newest].append(self._sources[-1].workload.flaw(reason))

    def warn(self, words: str) -> None:
        """Something about it is odd."""
        self._warnings.append((self._newest, str(self._sources[-1].workload.flaw(words))))

    @property
    def _newest(self) -> int:
        return len(self._sources) - 1

    def fleet(
        self, name: str, policies: Sequence[str], catalog: Catalog, left_out: LeftOut | None = None
    ) -> FleetDocument:
        """The fleet, whose places are those of the catalog; BadFleet with all that is wrong.

        If `left_out` hears of them, the workloads that are written wrongly are left out, and flows that lead to them.
        """
        while True:
            kept, dropped = self._kept()
            if not kept["workloads"]:
                raise self._all_that_is_wrong()
            try:
                document = self._read(name, policies, kept)
                check_places(document, catalog)
                break
            except BadFleet as bad:
                if not self._blame(bad.flaws, kept):
                    raise
        if left_out is None and (self._unread or self._flaws):
            raise self._all_that_is_wrong()
        if left_out is not None:
            for words in (*map(str, self._wrong()), *dropped):
                left_out(words)
        warnings = (words for of, words in self._warnings if of not in self._flaws)
        return replace(document, warnings=(*warnings, *document.warnings))

    def _wrong(self) -> Iterator[Flaw]:
        return chain(self._unread, *self._flaws.values())

    def _all_that_is_wrong(self) -> BadDocument:
        return all_of(list(self._wrong()), BadFleet)

    def _kept(self) -> tuple[dict[str, list[_Piece]], list[str]]:
        """(the pieces that nothing is known to be wrong with, what is left out of them and why)"""
        kept = {kind: [each for each in self._pieces[kind] if each.of not in self._flaws] for kind in _KINDS}
        kept["datasets"] = list(self._once(kept["datasets"]))
        there = {name_of(each.node) for each in (*kept["workloads"], *kept["datasets"])}
        gone = {self._sources[of].name for of in self._flaws}
        gone.update(str(name_of(each.node)) for each in self._pieces["datasets"] if each.of in self._flaws)
        gone -= there
        flows, dropped = [], []
        for each in kept["flows"]:
            ends = ends_of(each.node)
            if missing := gone.intersection(ends):
                words = f"the flow from {' to '.join(ends)} is left out, since {missing.pop()} is"
                dropped.append(str(self._sources[each.of].workload.flaw(words)))
            else:
                flows.append(each)
        return {**kept, "flows": flows}, dropped

    def _once(self, datasets: Sequence[_Piece]) -> Iterator[_Piece]:
        """Several workloads may use one; what they say of it must be the same."""
        known: dict[object, _Piece] = {}
        for each in datasets:
            name = name_of(each.node)
            first = known.setdefault(name, each)
            if first is each or name is None:
                yield each
            elif _plain(first.node) != _plain(each.node):
                workload, other = self._sources[each.of].workload, self._sources[first.of].workload
                self._flaws[each.of].append(workload.flaw(f"the dataset {name!r} is another one for {other.what}"))

    def _read(self, name: str, policies: Sequence[str], kept: Mapping[str, Sequence[_Piece]]) -> FleetDocument:
        sources: dict[KeyPath, str] = {
            (kind, index): self._sources[each.of].workload.where.source
            for kind, pieces in kept.items()
            for index, each in enumerate(pieces)
        }
        parts = {kind: Items([each.node for each in pieces], 1, 1) for kind, pieces in kept.items() if pieces}
        root = table({"fleet": text(name), "policies": listed(map(text, policies)), **parts})
        return joined_fleet(root, name, sources)

    def _blame(self, flaws: Sequence[Flaw], kept: Mapping[str, Sequence[_Piece]]) -> bool:
        """Whether workloads say what is wrong; they are not kept any more."""
        before = len(self._flaws)
        for flaw in flaws:
            found = _KEY.fullmatch(flaw.key)
            if found is not None:
                kind, index, rest = found.groups()
                piece = kept[kind][int(index)]
                self._flaws[piece.of].append(self._of_live(flaw, kind, piece, rest))
        return len(self._flaws) > before

    def _of_live(self, flaw: Flaw, kind: str, piece: _Piece, rest: str) -> Flaw:
        """A live object has no file: the annotation is named instead."""
        source = self._sources[piece.of]
        if source.workload.where.root is not None:
            return flaw
        said = said_of(f"{kind}[{piece.place}]{rest}", flaw.reason, source.annotations)
        return source.workload.flaw(said or f"{rest.removeprefix('.')}: {flaw.reason}")


def _plain(node: Node) -> object:
    match node:
        case Table(entries):
            return {key: _plain(each.value) for key, each in entries.items()}
        case Items(items):
            return [_plain(each) for each in items]
        case Scalar(value):
            return value
