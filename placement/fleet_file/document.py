"""A fleet document is a fleet, and the text that it was written in, so that later checks can point into it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from placement.domain.errors import BadFleet, Flaw
from placement.domain.fleet import Fleet
from placement.fleet_file.agreement import check_agreement
from placement.fleet_file.demand import read_fleet_of
from placement.written.document import text_of, tree_of
from placement.written.nodes import KeyPath, Node, locate, written
from placement.written.notes import Notes


@dataclass(frozen=True, slots=True)
class FleetDocument:
    """A fleet that was read, and where each part of it stands."""

    fleet: Fleet
    source: str
    """File name, or what the document is called where it has none."""
    warnings: tuple[str, ...] = ()
    """What is odd, each with its line and column."""
    root: Node = field(repr=False, kw_only=True)
    sources: Mapping[KeyPath, str] = field(default_factory=dict, repr=False, kw_only=True)
    """Of a fleet that was put together: the files of its parts, by the first two keys of their path."""

    def flaw_at(self, path: KeyPath, reason: str) -> Flaw:
        """A flaw in the value at ("workloads", 2, "places"), or in the nearest part around it that was written."""
        found, line, column = locate(self.root, path)
        return Flaw(self.sources.get(found[:2], self.source), line, column, written(found), reason)


def read_fleet(path: Path) -> FleetDocument:
    """The fleet in a YAML or JSON file; BadFleet with all that is wrong with it."""
    source = str(path)
    return parse_fleet(text_of(path, Notes(source, BadFleet)), source)


def parse_fleet(text: str, source: str) -> FleetDocument:
    """The fleet in a YAML or JSON text; BadFleet, naming `source`, with all that is wrong with it."""
    notes = Notes(source, BadFleet)
    return _document(tree_of(text, notes, "a fleet has the keys fleet and workloads"), notes)


def joined_fleet(root: Node, source: str, sources: Mapping[KeyPath, str]) -> FleetDocument:
    """The fleet in a tree that was put together of parts of other files; BadFleet with all that is wrong with it."""
    return _document(root, Notes(source, BadFleet, sources))


def _document(root: Node, notes: Notes) -> FleetDocument:
    fleet = read_fleet_of(root, notes)
    check_agreement(fleet, root, notes)
    notes.settle()
    return FleetDocument(fleet, notes.source, tuple(notes.warnings), root=root, sources=notes.sources)
