"""GET /problems/{slug}: what a problem's `type` means."""

from typing import Annotated

from fastapi import FastAPI, Path
from starlette.responses import Response

from api.answers import json_answer
from api.errors import InvalidRequest, NothingHere
from api.openapi import documented
from api.problems import PROBLEMS, title_of
from api.schemas import Answer


class ProblemType(Answer):
    """A kind of error, the same for every case of it."""

    type: str
    title: str
    status: int


class ProblemTypes(Answer):
    """In the order of the statuses."""

    problems: list[ProblemType]


def add(app: FastAPI) -> None:
    """Add the paths to the app."""
    types = {
        slug: {"type": f"/problems/{slug}", "title": title_of(kind), "status": status}
        for kind, (status, slug) in PROBLEMS.items()
    }

    @app.get("/problems", response_model=ProblemTypes, responses=documented(data=False), tags=["operation"])
    async def problem_types() -> Response:
        """All kinds of problems."""
        return json_answer({"problems": list(types.values())})

    @app.get(
        "/problems/{slug}",
        response_model=ProblemType,
        responses=documented(NothingHere, InvalidRequest, data=False),
        tags=["operation"],
    )
    async def problem_type(slug: Annotated[str, Path(max_length=100)]) -> Response:
        """One kind of problem."""
        if slug not in types:
            raise NothingHere(f"there is no problem {slug[:80]!r}; /problems lists them")
        return json_answer(types[slug])
