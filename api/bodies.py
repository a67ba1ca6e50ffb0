"""A body is JSON of one form; whatever is wrong with it is told together, before anything is done."""

import re
from collections.abc import Sequence
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.requests import Request

from api.answers import JSON
from api.errors import BodyTooLarge, InvalidRequest, MalformedBody, UnsupportedMedia
from api.validation import body_faults
from placement.written.nodes import MOST_DEPTH

_SIGNS = re.compile(rb'"(?:[^"\\]|\\.)*+"?|[\[\]{}]', re.DOTALL)
_CHARSET = re.compile(r"charset=\"?([^\s;\"]+)")
_OPENING = (b"{", b"[")


class Body(BaseModel):
    """Exactly these keys, and no value that would have to be guessed."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


Form = TypeVar("Form", bound=Body)


async def read_body(request: Request, form: type[Form], max_bytes: int) -> Form:
    """The request's body.

    Raises UnsupportedMedia, BodyTooLarge, MalformedBody where it is no JSON, InvalidRequest where it has another form.
    """
    media_of(request, (JSON,))
    body = await bytes_of(request, max_bytes)
    if nested_deeper_than(MOST_DEPTH, body):
        raise MalformedBody(f"lists and mappings are nested more than {MOST_DEPTH} deep")
    try:
        return form.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        if first["type"] == "json_invalid":
            reason = str(first["ctx"]["error"]) if body.strip() else "the body is empty"
            raise MalformedBody(reason) from None
        raise InvalidRequest(body_faults(error, body)) from None


def nested_deeper_than(most: int, body: bytes) -> bool:
    """Whether lists and mappings lie deeper within one another; a look at the text, so that nothing is built."""
    if body.count(b"{") + body.count(b"[") <= most:
        return False
    depth = 0
    for sign in _SIGNS.finditer(body):
        if sign[0] in _OPENING:
            depth += 1
            if depth > most:
                return True
        elif sign[0][0] != ord('"'):
            depth -= 1
    return False


async def bytes_of(request: Request, max_bytes: int) -> bytes:
    """The request's body as it came; raises BodyTooLarge, before it is read where its length is stated."""
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > max_bytes:
        raise BodyTooLarge(max_bytes)
    body = await request.body()
    if len(body) > max_bytes:
        raise BodyTooLarge(max_bytes)
    return body


def media_of(request: Request, kinds: Sequence[str], shown: Sequence[str] = ()) -> str:
    """Which of these media types the body is announced as; raises UnsupportedMedia, telling of those `shown`."""
    encoding = request.headers.get("content-encoding", "identity")
    if encoding.lower() != "identity":
        raise UnsupportedMedia(f"Content-Encoding: {encoding}", ["identity"])
    given = request.headers.get("content-type", "")
    if given in kinds:
        return given
    kind, _, parameters = given.lower().partition(";")
    charset = _CHARSET.search(parameters)
    if kind.strip() not in kinds or (charset and charset[1] not in ("utf-8", "utf8")):
        raise UnsupportedMedia(given or "a body without Content-Type", shown or kinds)
    return kind.strip()
