"""GET /v1/reports/{month}: what placements cost in a month, as figures or as any of the files of `placement report`."""

import base64
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from fastapi import FastAPI
from fastapi import Path as FromPath
from fastapi import Query as FromQuery
from pydantic import Field, RootModel
from starlette.requests import Request
from starlette.responses import Response

from api.access import WHO
from api.errors import InvalidRequest, NotAcceptable
from api.jobs import Jobs
from api.media import preferred
from api.openapi import FROM_STORE, documented
from api.parameters import Query, Word
from placement.domain.errors import BadInput
from placement.jobs.solvers import SolversBusy
from placement.report_file import FORMATS, Format

_JSON_FIRST = sorted(FORMATS, key=lambda form: form.name != "json")
_MEDIA_TYPES = tuple(dict.fromkeys(form.media_type for form in _JSON_FIRST))
_NAMES = ", ".join(form.name for form in FORMATS)
_POLICY_OF_PAGES = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
Month = Annotated[
    str, FromPath(pattern=r"^\d{4}-(0[1-9]|1[0-2])$", description="Year and month in UTC, such as 2026-10.")
]


class ReportQuery(Query):
    """Which report, and as what."""

    format: Annotated[
        Word | None, Field(description=f"One of {_NAMES}. Left out, the Accept header chooses; json without one.")
    ] = None
    fleet: Annotated[Word | None, Field(description="One fleet only.")] = None
    by: Annotated[Word, Field(description="Costs are shown by this label of workloads.")] = "team"
    revision: Annotated[int | None, Field(ge=1, le=2**31 - 1, description="Of a closed month; else the newest.")] = None


class ReportFigures(RootModel[dict[str, Any]]):
    """The same as `placement report --json` gives."""


def add(app: FastAPI, jobs: Jobs, clock: Callable[[], datetime]) -> None:
    """Add the path to the app."""
    files: dict[str, Any] = {
        media: {"schema": {"type": "string", "format": "binary"}} for media in _MEDIA_TYPES if "json" not in media
    }

    @app.get(
        "/v1/reports/{month}",
        response_model=ReportFigures,
        responses={
            **documented(*FROM_STORE, BadInput, SolversBusy),
            200: {"content": files, "description": "The report."},
        },
        tags=["reports"],
    )
    async def report(request: Request, month: Month, query: Annotated[ReportQuery, FromQuery()]) -> Response:
        """What the month cost, saved and missed. The first report of a month that is over closes it for good."""
        form = _chosen(request, query.format)
        task = {
            "task": "report",
            "month": month,
            "format": form.name,
            "now": clock().isoformat(),
            "by": str(request.scope[WHO]),
            "fleet": query.fleet,
            "label": query.by,
            "revision": query.revision,
        }
        answer = await jobs.ask_solver(task)
        headers = {"Content-Disposition": f'inline; filename="{answer["name"]}"', "Vary": "Accept"}
        if form.media_type == "text/html":
            headers["Content-Security-Policy"] = _POLICY_OF_PAGES
        return Response(base64.b64decode(answer["content"]), headers=headers, media_type=form.media_type)


def _chosen(request: Request, name: str | None) -> Format:
    """Raises InvalidRequest for a format that there is not, NotAcceptable where none is liked."""
    if name is not None:
        named = [form for form in FORMATS if form.name == name]
        if not named:
            raise InvalidRequest([{"detail": f"is none of {_NAMES}", "parameter": "format"}])
        return named[0]
    media = preferred(", ".join(request.headers.getlist("accept")), _MEDIA_TYPES)
    if media is None:
        raise NotAcceptable(list(_MEDIA_TYPES))
    return next(form for form in _JSON_FIRST if form.media_type == media)
