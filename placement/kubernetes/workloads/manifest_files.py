"""Manifests as people keep them: files of YAML and JSON, with any number of objects each, in a folder of any depth."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from placement.domain.errors import BadFleet, BadInput, Flaw
from placement.written.document import text_of
from placement.written.json_text import NotJson, read_json
from placement.written.nodes import MOST_CHARACTERS, Items, Node, Scalar, Table
from placement.written.notes import Notes
from placement.written.yaml_text import read_all_yaml

_ENDINGS = (".yaml", ".yml", ".json")
_MOST_DEPTH = 150
"""Definitions of custom resources are nested deeply, and lie in the same folders."""
STANDARD_INPUT = Path("-")


@dataclass(frozen=True, slots=True)
class Manifest:
    """One object, and where it stands."""

    root: Table
    source: str
    """Its file."""
    flaws: tuple[Flaw, ...] = ()
    """What is wrong with its text, which matters only where the object does."""


def manifests_in(path: Path) -> list[Manifest]:
    """All objects in a file, in a folder, or on standard input (`-`); raises BadInput, BadFleet with the line."""
    if path == STANDARD_INPUT:
        notes = Notes("standard input", BadFleet)
        return list(_objects_in(_piped(notes), notes))
    files = _files_in(path) if path.is_dir() else [path]
    if not files:
        raise BadInput(f"{path} has no files that end in {', '.join(_ENDINGS)}")
    return [each for file in files for each in _objects_of(file)]


def _piped(notes: Notes) -> str:
    try:
        return sys.stdin.buffer.read(MOST_CHARACTERS + 1).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise notes.refuse(f"this is not UTF-8 text: {error.reason}") from None


def _files_in(folder: Path) -> list[Path]:
    found = (each for each in folder.rglob("*") if each.suffix.lower() in _ENDINGS and each.is_file())
    return sorted(each for each in found if not any(part.startswith(".") for part in each.relative_to(folder).parts))


def _objects_of(file: Path) -> Iterator[Manifest]:
    notes = Notes(str(file), BadFleet)
    yield from _objects_in(text_of(file, notes), notes)


def _objects_in(text: str, notes: Notes) -> Iterator[Manifest]:
    if len(text) > MOST_CHARACTERS:
        raise notes.refuse(f"there are more than {MOST_CHARACTERS:,} characters; divide it")
    roots = _roots(text.removeprefix("\ufeff"), notes)
    begins = [root.line for root in roots]
    for root, begin, end in zip(roots, begins, [*begins[1:], sys.maxsize], strict=False):
        flaws = tuple(flaw for flaw in notes.flaws if begin <= (flaw.line or 0) < end)
        yield from _listed(root, notes, flaws)


def _roots(text: str, notes: Notes) -> list[Node]:
    is_json = notes.source.lower().endswith(".json")
    if is_json or text.lstrip().startswith("{"):
        try:
            return [read_json(text, notes)]
        except NotJson as error:
            if is_json:
                raise notes.refuse(f"this is not JSON: {error}", error.line, error.column) from None
            notes.flaws.clear()
    return read_all_yaml(text, notes, _MOST_DEPTH)


def _listed(root: Node, notes: Notes, flaws: tuple[Flaw, ...]) -> Iterator[Manifest]:
    """The object, or the objects of a `List`; raises BadFleet for what is no object."""
    if not isinstance(root, Table) or not {"apiVersion", "kind"} <= root.entries.keys():
        raise notes.refuse("this is no object of Kubernetes, which has apiVersion and kind", root.line, root.column)
    kind, items = root.entries["kind"].value, root.entries.get("items")
    if isinstance(kind, Scalar) and str(kind.value).endswith("List") and items and isinstance(items.value, Items):
        for item in items.value.items:
            yield from _listed(item, notes, flaws)
    else:
        yield Manifest(root, notes.source, flaws)
