"""A form that was sent: its fields as texts, read only if it is from a page that this browser was shown."""

from collections.abc import Mapping

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.access import WHO
from api.bodies import bytes_of
from api.dashboard import session
from api.errors import MalformedBody, UnsupportedMedia

_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_MOST_FIELDS, _MOST_FILES = 50, 1
PROOF = "proof"
"""Name of the hidden field that every form has."""


async def read_form(request: Request, max_bytes: int) -> Mapping[str, str]:
    """The fields by name, a file as its text; lines end as they do in files.

    Raises UnsupportedMedia, MalformedBody, BodyTooLarge, and ForeignForm where it is from elsewhere.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in _FORMS:
        raise UnsupportedMedia(kind or "a body without Content-Type", _FORMS)
    await bytes_of(request, max_bytes)
    try:
        async with request.form(max_files=_MOST_FILES, max_fields=_MOST_FIELDS, max_part_size=max_bytes) as sent:
            fields = {name: await _text(value) for name, value in sent.items()}
    except HTTPException as error:
        raise MalformedBody(f"the form cannot be read: {error.detail}") from None
    session.check_proof(request.scope, str(request.scope.get(WHO, "")), fields.get(PROOF, ""))
    return fields


def to(address: str) -> Response:
    """Send the browser to another page after a form."""
    return RedirectResponse(address, 303)


async def _text(value: UploadFile | str) -> str:
    if isinstance(value, str):
        return value.replace("\r\n", "\n")
    content = await value.read()
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        name, byte = (value.filename or "")[:80], content[error.start]
        raise MalformedBody(f"the file {name!r} is not UTF-8 text: byte {error.start} is 0x{byte:02X}") from None
