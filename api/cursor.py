"""A cursor says where the next page begins, and in which list; clients keep it as it is."""

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec
from pydantic import BaseModel

from api.errors import InvalidRequest

_LONGEST = 1000
Decoded = TypeVar("Decoded")


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the list that one question has on one catalog, judged at one moment."""

    version: int
    """Of the catalog."""
    judged_unix_s: int
    offset: int
    question: str
    """See `question_of`."""


def encoded(place: Any) -> str:
    """Any dataclass as a cursor."""
    return urlsafe_b64encode(msgspec.json.encode(place)).rstrip(b"=").decode("ascii")


def decoded(cursor: str, kind: type[Decoded]) -> Decoded:
    """The place that a cursor means; raises InvalidRequest."""
    try:
        if len(cursor) > _LONGEST:
            raise ValueError("too long")
        return msgspec.json.decode(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)), type=kind)
    except (ValueError, msgspec.MsgspecError):
        raise InvalidRequest([{"detail": "is no cursor of this list", "parameter": "cursor"}]) from None


def question_of(query: BaseModel) -> str:
    """What is asked for, without how much of it and from where: two pages of one list have the same."""
    asked = query.model_dump_json(exclude={"limit", "cursor"})
    return hashlib.sha256(asked.encode()).hexdigest()[:16]
