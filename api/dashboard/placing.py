"""`/fleets/new`: a fleet file is given, read with lines and columns, and placed."""

import secrets
from typing import Any

from fastapi import FastAPI
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from api.access import WHO
from api.dashboard.forms import read_form, to
from api.dashboard.pages import Pages
from api.deciding import Asking, Deciding, DecisionQuery
from api.errors import BodyTooLarge
from api.jobs import Jobs
from api.texts import MOST_YAML_BYTES
from placement.domain.errors import BadDocument, Flaw

_USUAL = {"text": "", "time_limit": "30", "allow_stale": False}
_PATIENCE_S = 1.5
"""Most fleets are decided by then, and their page shows the decision at once."""
_MOST_FLAWS = 100


def add(app: FastAPI, pages: Pages, deciding: Deciding, jobs: Jobs, max_body_bytes: int) -> None:
    """Add the paths to the app."""

    def form(request: Request, status: int = 200, flaws: tuple[Flaw, ...] = (), **given: Any) -> Response:
        return pages.show(
            request,
            "place",
            status,
            flaws=flaws[:_MOST_FLAWS],
            flaws_left_out=max(0, len(flaws) - _MOST_FLAWS),
            once=secrets.token_hex(12),
            **(_USUAL | given),
        )

    @app.get("/fleets/new", include_in_schema=False)
    async def blank(request: Request) -> Response:
        return form(request)

    @app.post("/fleets/new", include_in_schema=False)
    async def place(request: Request) -> Response:
        sent = await read_form(request, max_body_bytes)
        text = sent.get("file", "").strip("\n") or sent.get("text", "")
        given = {"text": text, "time_limit": sent.get("time_limit", "30"), "allow_stale": "allow_stale" in sent}
        if not text.strip():
            flaw = Flaw("fleet", None, None, "", "there is no text; write a fleet, or choose a file")
            return form(request, 422, (flaw,), **given)
        if len(text.encode()) > MOST_YAML_BYTES and not text.lstrip().startswith("{"):
            raise BodyTooLarge(MOST_YAML_BYTES)
        try:
            query = DecisionQuery.model_validate(
                {"time_limit": given["time_limit"], "allow_stale": given["allow_stale"]}
            )
            asking = Asking(str(request.scope[WHO]), text, query, sent.get("once") or None)
            asked, new = await deciding.accept(asking)
        except ValidationError:
            flaw = Flaw("time limit", None, None, "", "must be a number of seconds from 0.1 to 3600")
            return form(request, 422, (flaw,), **given)
        except BadDocument as error:
            return form(request, 422, error.flaws, **given)
        if new:
            await jobs.decide(asked.id)
        await jobs.ended(asked.id, _PATIENCE_S)
        return to(f"/decisions/{asked.id}")
