"""A fleet document is a fleet, and the text that it was written in, so that later checks can point into it."""

from dataclasses import dataclass, field
from pathlib import Path

from placement.domain.errors import BadFleet, Flaw
from placement.domain.fleet import Fleet
from placement.fleet_file.agreement import check_agreement
from placement.fleet_file.demand import read_fleet_of
from placement.fleet_file.json_text import NotJson, read_json
from placement.fleet_file.nodes import MOST_CHARACTERS, KeyPath, Node, locate, written
from placement.fleet_file.notes import Notes, refuse
from placement.fleet_file.yaml_text import read_yaml


@dataclass(frozen=True, slots=True)
class FleetDocument:
    """A fleet that was read, and where each part of it stands."""

    fleet: Fleet
    source: str
    """File name, or what the document is called where it has none."""
    warnings: tuple[str, ...] = ()
    """What is odd, each with its line and column."""
    root: Node = field(repr=False, kw_only=True)

    def flaw_at(self, path: KeyPath, reason: str) -> Flaw:
        """A flaw in the value at ("workloads", 2, "places"), or in the nearest part around it that was written."""
        found, line, column = locate(self.root, path)
        return Flaw(self.source, line, column, written(found), reason)


def read_fleet(path: Path) -> FleetDocument:
    """The fleet in a YAML or JSON file; BadFleet with all that is wrong with it."""
    source = str(path)
    try:
        with path.open("rb") as file:
            raw = file.read(MOST_CHARACTERS + 1)
    except FileNotFoundError:
        raise refuse(source, "there is no such file") from None
    except OSError as error:
        raise refuse(source, f"this file cannot be read: {error.strerror or error}") from None
    if len(raw) > MOST_CHARACTERS:
        raise _too_long(source)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        reason = f"this is not UTF-8 text: byte {error.start} is 0x{raw[error.start]:02X}"
        raise refuse(source, reason, line) from None
    return parse_fleet(text, source)


def parse_fleet(text: str, source: str) -> FleetDocument:
    """The fleet in a YAML or JSON text; BadFleet, naming `source`, with all that is wrong with it."""
    if len(text) > MOST_CHARACTERS:
        raise _too_long(source)
    notes = Notes(source)
    root = _tree(text.removeprefix("\ufeff"), source, notes)
    if root is None:
        raise refuse(source, "the document is empty; a fleet has the keys fleet and workloads")
    fleet = read_fleet_of(root, notes)
    check_agreement(fleet, root, notes)
    notes.settle()
    return FleetDocument(fleet, source, tuple(notes.warnings), root=root)


def _tree(text: str, source: str, notes: Notes) -> Node | None:
    if source.lower().endswith(".json") or text.lstrip().startswith("{"):
        try:
            return read_json(text, notes)
        except NotJson as error:
            if source.lower().endswith(".json"):
                raise refuse(source, f"this is not JSON: {error}", error.line, error.column) from None
            # A flow mapping of YAML begins like an object of JSON.
            notes.flaws.clear()
    return read_yaml(text, notes)


def _too_long(source: str) -> BadFleet:
    return refuse(source, f"the document is too long: {MOST_CHARACTERS:,} bytes at most are read")
