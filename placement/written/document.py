"""A text of YAML or JSON becomes a tree; a file of it is read whole, or refused."""

from pathlib import Path

from placement.written.json_text import NotJson, read_json
from placement.written.nodes import MOST_CHARACTERS, Node
from placement.written.notes import Notes
from placement.written.yaml_text import read_yaml


def text_of(path: Path, notes: Notes) -> str:
    """The text in a file; raises the document's error where it cannot be read or is no text."""
    try:
        with path.open("rb") as file:
            raw = file.read(MOST_CHARACTERS + 1)
    except FileNotFoundError:
        raise notes.refuse("there is no such file") from None
    except OSError as error:
        raise notes.refuse(f"this file cannot be read: {error.strerror or error}") from None
    if len(raw) > MOST_CHARACTERS:
        raise _too_long(notes)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        reason = f"this is not UTF-8 text: byte {error.start} is 0x{raw[error.start]:02X}"
        raise notes.refuse(reason, line) from None


def tree_of(text: str, notes: Notes, keys: str) -> Node:
    """The tree of a text that is not empty; `keys` says what it should hold."""
    if len(text) > MOST_CHARACTERS:
        raise _too_long(notes)
    root = _tree(text.removeprefix("\ufeff"), notes)
    if root is None:
        raise notes.refuse(f"the document is empty; {keys}")
    return root


def _tree(text: str, notes: Notes) -> Node | None:
    is_json = notes.source.lower().endswith(".json")
    if is_json or text.lstrip().startswith("{"):
        try:
            return read_json(text, notes)
        except NotJson as error:
            if is_json:
                raise notes.refuse(f"this is not JSON: {error}", error.line, error.column) from None
            # A flow mapping of YAML begins like an object of JSON.
            notes.flaws.clear()
    return read_yaml(text, notes)


def _too_long(notes: Notes) -> Exception:
    return notes.refuse(f"the document is too long: {MOST_CHARACTERS:,} bytes at most are read")
