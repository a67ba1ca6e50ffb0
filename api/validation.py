"""What is wrong with a request's values, and where: a JSON pointer into the body, or the name of a parameter."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import ValidationError
from pydantic_core import from_json

_MOST = 100
"""Nobody reads more."""

_OWN_WORDS = {
    "missing": "is missing",
    "extra_forbidden": "is not known here",
    "model_type": "must be an object",
}
_SUBJECT = re.compile(r"^(Value error, |(Input|Value|Tuple|List|String) should (?=be|have|match))")


def body_faults(error: ValidationError, body: bytes) -> list[dict[str, str]]:
    """With `pointer`, as a URI fragment: `#/places/allow/0`."""
    document = from_json(body)
    found = error.errors(include_url=False, include_input=False)[:_MOST]
    return [{"detail": _words(e), "pointer": pointer_to(_written(e["loc"], e["type"], document))} for e in found]


def parameter_faults(found: Sequence[Any]) -> list[dict[str, str]]:
    """With `parameter`, its name in the query or path."""
    return [{"detail": _words(e), "parameter": str(e["loc"][1] if len(e["loc"]) > 1 else "")} for e in found[:_MOST]]


def pointer_to(path: Iterable[str | int]) -> str:
    """RFC 6901, as a URI fragment."""
    return "#" + "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in path)


def _written(location: Sequence[str | int], kind: str, document: Any) -> list[str | int]:
    """The part of the location that is in the document: the validator adds steps of its own."""
    path: list[str | int] = []
    node = document
    for part in location:
        if _has(node, part):
            node = node[part]
            path.append(part)
    return [*path, location[-1]] if kind == "missing" else path


def _has(node: Any, part: str | int) -> bool:
    if isinstance(node, list):
        return isinstance(part, int) and part < len(node)
    return isinstance(node, dict) and part in node


def _words(error: Mapping[str, Any]) -> str:
    known = _OWN_WORDS.get(error["type"])
    return known or _SUBJECT.sub(lambda found: "must " if found[2] else "", str(error["msg"]))
