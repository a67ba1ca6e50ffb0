"""JSON Patch: what is changed of an object, and nothing else of it."""

from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Operation:
    """One change at one place."""

    op: Literal["add", "replace", "remove"]
    path: str
    value: Any = None

    def document(self) -> dict[str, Any]:
        """As JSON Patch writes it."""
        said = {"op": self.op, "path": self.path}
        return said if self.op == "remove" else said | {"value": self.value}


def pointer(*keys: str | int) -> str:
    """The place of a value within an object: `/spec/template`; empty for the object itself."""
    return "".join("/" + str(key).replace("~", "~0").replace("/", "~1") for key in keys)
