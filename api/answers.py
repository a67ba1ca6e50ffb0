"""An answer is one JSON document, written once."""

from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.responses import Response

JSON = "application/json"
_encode = msgspec.json.Encoder().encode


def json_answer(
    document: Any, status: int = 200, headers: Mapping[str, str] | None = None, media_type: str = JSON
) -> Response:
    """The response that holds the document."""
    return Response(_encode(document), status, headers, media_type)


def json_bytes(document: Any) -> bytes:
    """The document as it is sent."""
    return _encode(document)
