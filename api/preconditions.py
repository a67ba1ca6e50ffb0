"""A change may be made on a condition: that what is stored is still what the client has seen (RFC 9110, section 13)."""

import hashlib
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Header

IfMatch = Annotated[
    list[str] | None, Header(description="Only if what is stored has this `ETag`; `*`: if there is any.")
]
IfNoneMatch = Annotated[
    list[str] | None, Header(description="Only if what is stored has another `ETag`; `*`: if there is none.")
]
IfNewer = Annotated[list[str] | None, Header(alias="if-none-match", description="An `ETag` of before.")]
NOT_MODIFIED: dict[int | str, dict[str, Any]] = {304: {"description": "It is still what `If-None-Match` names."}}
ANY = "*"


@dataclass(frozen=True, slots=True)
class Conditions:
    """Those of one request; None: none of the kind."""

    if_match: list[str] | None
    if_none_match: list[str] | None

    def __bool__(self) -> bool:
        return self.if_match is not None or self.if_none_match is not None

    def hold(self, tag: str | None) -> bool:
        """Whether they hold for what has this tag; None: for nothing."""
        if self.if_match is not None and not _is_among(self.if_match, tag, weak=False):
            return False
        return self.if_none_match is None or not _is_among(self.if_none_match, tag, weak=True)


def tag_of(content: bytes) -> str:
    """A strong tag: the same for the same bytes only."""
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'


def is_known(if_none_match: list[str] | None, tag: str) -> bool:
    """Whether the client has what it asks for."""
    return if_none_match is not None and _is_among(if_none_match, tag, weak=True)


def _is_among(sent: list[str], tag: str | None, *, weak: bool) -> bool:
    """With `weak`, weak tags are equal to strong ones; otherwise they are equal to none."""
    named = [word.strip() for line in sent for word in line.split(",")]
    if weak:
        named = [word.removeprefix("W/") for word in named]
    return tag is not None and (tag in named or named == [ANY])
