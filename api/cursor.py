"""A cursor says where the next page begins, and in which list; clients keep it as it is."""

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import msgspec
from pydantic import BaseModel

from api.errors import InvalidRequest

_LONGEST = 1000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
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
        raise _no_cursor() from None


def unix_us(at: datetime) -> int:
    """Microseconds since 1970, exact."""
    return (at - _EPOCH) // timedelta(microseconds=1)


def moment_of(microseconds: int) -> datetime:
    """The moment so many microseconds after 1970; raises InvalidRequest for one that no calendar has."""
    try:
        return _EPOCH + timedelta(microseconds=microseconds)
    except OverflowError:
        raise _no_cursor() from None


def _no_cursor() -> InvalidRequest:
    return InvalidRequest([{"detail": "is no cursor of this list", "parameter": "cursor"}])


def question_of(query: BaseModel) -> str:
    """What is asked for, without how much of it and from where: two pages of one list have the same."""
    asked = query.model_dump_json(exclude={"limit", "cursor"})
    return hashlib.sha256(asked.encode()).hexdigest()[:16]
