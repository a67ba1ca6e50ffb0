"""The way in: a key that is shown once becomes the browser's cookie; signing out has the browser forget it."""

from urllib.parse import urlsplit

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from api.access import WHO
from api.callers import Callers
from api.dashboard import session
from api.dashboard.addresses import SIGN_IN, SIGN_OUT
from api.dashboard.forms import read_form, to
from api.dashboard.pages import Pages
from api.errors import Unauthenticated
from api.rates import address_of
from placement.planner.keys import PREFIX

_MOST_BYTES = 10_000


def add(app: FastAPI, pages: Pages, callers: Callers) -> None:
    """Add the paths to the app."""

    @app.get(SIGN_IN, include_in_schema=False)
    async def way_in(request: Request) -> Response:
        if not await callers.are_asked():
            return to("/")
        return pages.show(request, "sign_in", after=_local(request.query_params.get("after", "/")), reason="")

    @app.post(SIGN_IN, include_in_schema=False)
    async def sign_in(request: Request) -> Response:
        form = await read_form(request, _MOST_BYTES)
        key, after = form.get("key", "").strip(), _local(form.get("after", "/"))
        try:
            if not key.startswith(PREFIX):
                # Tokens of pipelines end within minutes, and are too long for a cookie.
                raise Unauthenticated(f"a key begins with {PREFIX}; placement keys create shows it once")
            await callers.of(key, address_of(request.scope))
        except Unauthenticated as refused:
            return pages.show(request, "sign_in", 401, after=after, reason=str(refused))
        answer = to(after)
        answer.headers.append("Set-Cookie", session.key_cookie(request.scope, key))
        return answer

    @app.post(SIGN_OUT, include_in_schema=False)
    async def sign_out(request: Request) -> Response:
        # Whoever wants out gets out, whatever the page knew of them.
        request.scope.pop(WHO, None)
        answer = to(SIGN_IN)
        answer.headers.append("Set-Cookie", session.key_cookie(request.scope, ""))
        return answer


def _local(address: str) -> str:
    """The address, if it is one of this service; else that of the first page."""
    parts = urlsplit(address)
    is_ours = (
        address.startswith("/") and not address.startswith(("//", "/\\")) and not parts.scheme and not parts.netloc
    )
    return address if is_ours and address.isprintable() and "\\" not in address else "/"
