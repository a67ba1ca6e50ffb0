"""A page is a template with facts in it: every text is escaped, and nothing in it comes from elsewhere."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from api.access import KEY, LOCAL, WHO
from api.dashboard import session, words
from api.dashboard.assets import Asset
from placement.domain.access import ApiKey, Scope

CONTENT_POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
_HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    # With none at all, browsers would hide from this service that its own forms are its own.
    "Referrer-Policy": "same-origin",
}
NAVIGATION = (
    ("/", "Now"),
    ("/decisions", "Decisions"),
    ("/fleets/new", "Place a fleet"),
    ("/market", "Market"),
    ("/policies", "Policies"),
    ("/collections", "Collections"),
    ("/reports", "Reports"),
)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Whoever looks at a page."""

    who: str
    """As the audit log has it; empty on the way in."""
    key: ApiKey | None

    @classmethod
    def of(cls, request: Request) -> "Visitor":
        """Who asks."""
        return cls(str(request.scope.get(WHO, "")), request.scope.get(KEY))

    @property
    def is_local(self) -> bool:
        """Whether the service has no keys, and this is its own machine."""
        return self.who == LOCAL

    def may(self, scope: str) -> bool:
        """Whether a form that needs the scope would be taken."""
        return self.is_local or (self.key is not None and self.key.may(Scope(scope)))


class Pages:
    """Makes pages of templates."""

    def __init__(self, assets: Mapping[str, Asset], clock: Callable[[], datetime]) -> None:
        self.assets = assets
        self._environment = Environment(
            loader=PackageLoader("api.dashboard"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters.update(words.FILTERS)
        self._environment.globals.update(
            assets={name: asset.address for name, asset in assets.items()},
            navigation=NAVIGATION,
            plural=words.plural,
            status_words=words.STATUS,
            capacity_words=words.CAPACITY,
            terms=words.TERMS,
        )
        self._clock = clock

    def show(self, request: Request, template: str, status: int = 200, **facts: Any) -> Response:
        """The page; a browser that has no secret for its forms gets one with it."""
        secret = session.secret_of(request.scope)
        fresh = session.new_secret() if secret is None else None
        visitor = Visitor.of(request)
        text = self._environment.get_template(f"{template}.html.j2").render(
            here=request.url.path,
            visitor=visitor,
            proof=session.proof(secret or fresh or "", visitor.who),
            now=self._clock(),
            **facts,
        )
        answer = HTMLResponse(text, status, _HEADERS)
        if fresh is not None:
            answer.headers.append("Set-Cookie", session.secret_cookie(request.scope, fresh))
        return answer
