"""A document comes as a text, JSON or YAML; it is read by the rules of its file, with lines and columns."""

import re

import msgspec
from starlette.requests import Request

from api.bodies import nested_deeper_than
from api.errors import BodyTooLarge, MalformedBody, UnsupportedMedia
from placement.written.nodes import MOST_DEPTH

JSON_TEXT = "application/json"
YAML_TEXT = "application/yaml"
_YAML = (YAML_TEXT, "text/yaml")
_TEXTS = (JSON_TEXT, *_YAML)
_CHARSET = re.compile(r"charset=\"?([^\s;\"]+)")
_AT_BYTE = re.compile(r"^JSON is malformed: |\s*\(byte (\d+)\)$")
MOST_YAML_BYTES = 1_000_000
"""Reading more would take longer than anybody waits: YAML takes ten times as long as JSON."""
_syntax_of = msgspec.json.Decoder(msgspec.Raw)


async def read_text(request: Request, max_bytes: int) -> str:
    """The request's body as a text that is not blank, and that is JSON if it is announced as such.

    Raises UnsupportedMedia, BodyTooLarge, and MalformedBody where it is no text or no JSON. What the document says,
    keys that stand twice and YAML included, is for the reader of its kind to judge.
    """
    kind = _media(request)
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > max_bytes:
        raise BodyTooLarge(max_bytes)
    body = await request.body()
    # What is no object is left to the reader of YAML.
    quick = kind == JSON_TEXT and body.lstrip().startswith(b"{")
    most = max_bytes if quick else min(max_bytes, MOST_YAML_BYTES)
    if len(body) > most:
        raise BodyTooLarge(most)
    text = _decoded(body)
    if not text.strip():
        raise MalformedBody("the body is empty")
    if kind == JSON_TEXT:
        _check_json(text)
    return text


def _media(request: Request) -> str:
    encoding = request.headers.get("content-encoding", "identity")
    if encoding.lower() != "identity":
        raise UnsupportedMedia(f"Content-Encoding: {encoding}", ["identity"])
    given = request.headers.get("content-type", "")
    kind, _, parameters = given.lower().partition(";")
    charset = _CHARSET.search(parameters)
    if kind.strip() not in _TEXTS or (charset and charset[1] not in ("utf-8", "utf8")):
        raise UnsupportedMedia(given or "a body without Content-Type", [JSON_TEXT, YAML_TEXT])
    return kind.strip()


def _decoded(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise MalformedBody(f"this is not UTF-8 text: byte {error.start} is 0x{body[error.start]:02X}") from None


def _check_json(text: str) -> None:
    """A reader of YAML would take much for granted that is no JSON."""
    encoded = text.encode()
    if nested_deeper_than(MOST_DEPTH, encoded):
        raise MalformedBody(f"lists and mappings are nested more than {MOST_DEPTH} deep")
    try:
        _syntax_of.decode(encoded)
    except msgspec.DecodeError as error:
        raise MalformedBody(f"this is not JSON: {_placed(str(error), encoded)}") from None


def _placed(words: str, encoded: bytes) -> str:
    """The decoder's words, with line and column instead of its count of bytes."""
    found = re.search(r"\(byte (\d+)\)$", words)
    reason = _AT_BYTE.sub("", words)
    if found is None:
        return reason
    before = encoded[: int(found[1])].decode(errors="ignore")
    return f"{reason}, in line {before.count(chr(10)) + 1}, column {len(before) - before.rfind(chr(10))}"
