"""POST /kubernetes/scheduler/{filter,prioritize,preempt}: what kube-scheduler asks of an extender, in its own forms.

These paths are asked for each pod, with the names of thousands of nodes: no model of the framework reads them, and the
OpenAPI document, which is for people and their programs, does not have them.
"""

from collections.abc import Callable

import msgspec
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from api.access import SCHEDULER
from api.answers import JSON
from api.bodies import bytes_of, media_of
from api.errors import MalformedBody
from placement.kubernetes.scheduler import Scheduler
from placement.kubernetes.wire import filter_error


def add(app: FastAPI, scheduler: Scheduler, max_body_bytes: int) -> None:
    """Add the paths to the app."""

    def filtered(body: bytes) -> bytes:
        # Told in the answer, and not by a status, the reason is among the events of the pod that waits.
        return scheduler.filter(body) if not scheduler.why_not else filter_error(scheduler.why_not)

    def answering(question: str, answer: Callable[[bytes], bytes]) -> None:
        @app.post(f"{SCHEDULER}{question}", include_in_schema=False)
        async def asked(request: Request) -> Response:
            media_of(request, (JSON,))
            body = await bytes_of(request, max_body_bytes)
            try:
                return Response(answer(body), media_type=JSON)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                raise MalformedBody(f"this is no question of kube-scheduler: {error}") from None
            except RecursionError:
                raise MalformedBody("this is nested too deeply") from None

    answering("filter", filtered)
    answering("prioritize", scheduler.prioritize)
    answering("preempt", scheduler.preempt)
