"""A document comes as a text, JSON or YAML; it is read by the rules of its file, with lines and columns."""

import re

import msgspec
from starlette.requests import Request

from api.answers import JSON
from api.bodies import bytes_of, media_of, nested_deeper_than
from api.errors import BodyTooLarge, MalformedBody
from placement.written.nodes import MOST_DEPTH

YAML_TEXT = "application/yaml"
_YAML = (YAML_TEXT, "text/yaml")
_TEXTS = (JSON, *_YAML)
_AT_BYTE = re.compile(r"^JSON is malformed: |\s*\(byte (\d+)\)$")
MOST_YAML_BYTES = 1_000_000
"""Reading more would take longer than anybody waits: YAML takes ten times as long as JSON."""
_syntax_of = msgspec.json.Decoder(msgspec.Raw)


async def read_text(request: Request, max_bytes: int) -> str:
    """The request's body as a text that is not blank, and that is JSON if it is announced as such.

    Raises UnsupportedMedia, BodyTooLarge, and MalformedBody where it is no text or no JSON. What the document says,
    keys that stand twice and YAML included, is for the reader of its kind to judge.
    """
    kind = media_of(request, _TEXTS, (JSON, YAML_TEXT))
    body = await bytes_of(request, max_bytes)
    # What is no object is left to the reader of YAML.
    quick = kind == JSON and body.lstrip().startswith(b"{")
    most = max_bytes if quick else min(max_bytes, MOST_YAML_BYTES)
    if len(body) > most:
        raise BodyTooLarge(most)
    text = _decoded(body)
    if not text.strip():
        raise MalformedBody("the body is empty")
    if kind == JSON:
        _check_json(text)
    return text


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
