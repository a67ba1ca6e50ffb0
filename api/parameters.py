"""Parameters of queries: those that a path knows, and no others."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Path as FromPath
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from starlette.requests import Request

MOST_ROWS = 1000
"""In one page."""
MOST_WORDS = 100
"""Of one parameter."""
_LONGEST_WORD = 200


class Query(BaseModel):
    """Exactly these parameters; one that means nothing would go unnoticed otherwise."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class NoParameters(Query):
    """None at all."""


def _moment(given: Any) -> Any:
    if isinstance(given, datetime):
        return given
    try:
        read = datetime.fromisoformat(str(given))
    except ValueError:
        raise ValueError(
            f"{str(given)[:40]!r} is no time; write 2026-10-31 or 2026-10-31T12:00:00Z (a + is written %2B)"
        ) from None
    return read if read.tzinfo else read.replace(tzinfo=UTC)


Word = Annotated[str, Field(min_length=1, max_length=_LONGEST_WORD)]
Words = Annotated[tuple[Word, ...], Field(max_length=MOST_WORDS)]
"""May be repeated: any of them will do."""
Moment = Annotated[datetime, BeforeValidator(_moment, json_schema_input_type=str)]
"""ISO 8601; without a time zone UTC."""
Limit = Annotated[int, Field(ge=1, le=MOST_ROWS, description="Rows on the page at most.")]
Cursor = Annotated[str | None, Field(description="`next_cursor` of the page before.", max_length=MOST_ROWS)]


DecisionId = Annotated[
    str, FromPath(description="Of a decision, the first characters of it, or `latest`.", max_length=_LONGEST_WORD)
]


def link_to_next(request: Request, cursor: str | None) -> dict[str, str]:
    """The header that names the next page (RFC 8288), if there is one."""
    if cursor is None:
        return {}
    url = request.url.include_query_params(cursor=cursor)
    return {"Link": f'<{url.path}?{url.query}>; rel="next"'}
