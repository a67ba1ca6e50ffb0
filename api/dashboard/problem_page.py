"""What goes wrong is told to a browser as a page, and to a program as the problem document that it is."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from api.answers import JSON
from api.dashboard import session
from api.dashboard.addresses import is_page
from api.dashboard.pages import Pages
from api.errors import Unauthenticated
from api.media import preferred
from api.problems import PROBLEM_JSON, REQUEST_ID, Answering, headers_of, hides, problem, status_and_slug, title_of
from placement.domain.errors import BadDocument

_HTML = "text/html"
_REPORTS = "/v1/reports/"
"""Files that browsers open."""
_MOST_FLAWS = 100


def answering(pages: Pages) -> Answering:
    """What answers with a page where one is wanted."""

    def answer(scope: Scope, error: Exception) -> Response:
        return _page(pages, scope, error) if _is_looked_at(scope) else problem(scope, error)

    return answer


def _is_looked_at(scope: Scope) -> bool:
    if not is_page(scope["path"]) and not scope["path"].startswith(_REPORTS):
        return False
    accept = ", ".join(value.decode("latin-1") for name, value in scope["headers"] if name == b"accept")
    return _HTML in accept.lower() and preferred(accept, (_HTML, JSON, PROBLEM_JSON)) == _HTML


def _page(pages: Pages, scope: Scope, error: Exception) -> Response:
    status, _ = status_and_slug(type(error))
    request = Request(scope)
    if isinstance(error, Unauthenticated):
        after = scope["path"] if scope["method"] == "GET" else "/"
        query = scope["query_string"].decode("latin-1")
        after = f"{after}?{query}" if query and scope["method"] == "GET" else after
        shown = pages.show(request, "sign_in", status, after=after, reason="" if _is_new(scope) else str(error))
    else:
        shown = pages.show(
            request,
            "problem",
            status,
            title=title_of(type(error)),
            detail="" if hides(error) else str(error),
            flaws=error.flaws[:_MOST_FLAWS] if isinstance(error, BadDocument) else (),
            request_id=scope.get(REQUEST_ID, ""),
            code=status,
        )
    shown.headers.update(headers_of(error, status))
    return shown


def _is_new(scope: Scope) -> bool:
    return session.key_of(scope) is None
