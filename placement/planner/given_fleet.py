"""The piece of a fleet that a case gives is read as a whole fleet: what the case is not about is filled in."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from placement.domain.errors import BadFleet
from placement.fleet_file import FleetDocument
from placement.fleet_file.agreement import check_agreement
from placement.fleet_file.demand import read_fleet_of
from placement.written.nodes import Entry, Items, Node, Scalar, Table
from placement.written.notes import Notes


def read_given(given: Table, source: str) -> FleetDocument:
    """The fleet; BadFleet with all that is wrong with it, in lines and columns of the file with the case."""
    notes = Notes(source, BadFleet)
    root = _whole(given)
    fleet = read_fleet_of(root, notes)
    check_agreement(fleet, root, notes)
    notes.settle()
    return FleetDocument(fleet, source, tuple(notes.warnings), root=root)


def _whole(given: Table) -> Table:
    """With a name, one workload at least, and the quantities without which none of the parts can be read."""
    named = _filled(given, {"fleet": Scalar("given", given.line, given.column)})
    parts = {
        "workloads": _each(named, "workloads", _workload) or [_workload(_bystander(given))],
        "datasets": _each(named, "datasets", _dataset),
        "flows": _each(named, "flows", _flow),
    }
    entries = dict(named.entries)
    for key, items in parts.items():
        place = entries[key].value if key in entries else given
        entries[key] = Entry(Items(items, place.line, place.column), place.line, place.column)
    return replace(named, entries=entries)


def _bystander(given: Table) -> Table:
    """The workload of a case that is about datasets only."""
    name = Entry(Scalar("bystander", given.line, given.column), given.line, given.column)
    return Table({"name": name}, given.line, given.column)


def _each(table: Table, key: str, fill: Callable[[Table], Node]) -> list[Node]:
    node = table.entries[key].value if key in table.entries else None
    items = node.items if isinstance(node, Items) else []
    return [fill(item) if isinstance(item, Table) else item for item in items]


def _workload(node: Table) -> Table:
    needs = {key: Entry(Scalar(1, node.line, node.column), node.line, node.column) for key in ("vcpus", "memory_gib")}
    return _filled(node, {"resources": Table(needs, node.line, node.column)})


def _flow(node: Table) -> Table:
    return _filled(node, {"gb_per_month": Scalar(1, node.line, node.column)})


def _dataset(node: Table) -> Table:
    lies = "at" in node.entries
    movable: Mapping[str, Node] = {} if lies else {"movable": Scalar(True, node.line, node.column)}
    return _filled(node, {"size_gb": Scalar(1, node.line, node.column), **movable})


def _filled(table: Table, defaults: Mapping[str, Node]) -> Table:
    """What is written counts."""
    missing = {key: Entry(node, node.line, node.column) for key, node in defaults.items() if key not in table.entries}
    return replace(table, entries={**table.entries, **missing})
