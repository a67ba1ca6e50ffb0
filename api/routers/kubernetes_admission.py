"""POST /kubernetes/admission/{mutate,validate}: what an API server asks before it keeps an object, in its own forms.

The OpenAPI document, which is for people and their programs, does not have these paths.
"""

from collections.abc import Awaitable, Callable

import msgspec
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from api.access import ADMISSION
from api.answers import JSON
from api.bodies import bytes_of, media_of
from api.errors import MalformedBody
from placement.kubernetes.admission.webhooks import Admission


def add(app: FastAPI, admission: Admission, max_body_bytes: int) -> None:
    """Add the paths to the app."""

    def answering(question: str, answer: Callable[[bytes], Awaitable[bytes]]) -> None:
        @app.post(f"{ADMISSION}{question}", include_in_schema=False)
        async def asked(request: Request) -> Response:
            media_of(request, (JSON,))
            body = await bytes_of(request, max_body_bytes)
            try:
                return Response(await answer(body), media_type=JSON)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                raise MalformedBody(f"this is no AdmissionReview: {error}") from None
            except RecursionError:
                raise MalformedBody("this is nested too deeply") from None

    answering("mutate", admission.mutate)
    answering("validate", admission.validate)
