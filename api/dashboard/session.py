"""A browser is known by its key in a cookie, which no script can read and no other site can have sent.

The cookie opens what is read, and forms of the dashboard. A form must come from a page of this service: browsers say
so themselves, and it carries a proof that is made of a second cookie.
"""

import hashlib
import hmac
import secrets
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

from starlette.types import Scope

from api.errors import ForeignForm

_KEY, _FORM = "placement_key", "placement_form"
_ONLY_BY_TLS = "__Host-"
"""Browsers take a cookie of such a name from this very host only, by TLS."""
_LONGEST = 200
_SECRET_BYTES = 24


def key_of(scope: Scope) -> str | None:
    """The key that the browser was given when it signed in."""
    return _cookie(scope, _KEY)


def secret_of(scope: Scope) -> str | None:
    """What proofs of the browser's forms are made of."""
    return _cookie(scope, _FORM)


def new_secret() -> str:
    """For a browser that has none."""
    return secrets.token_urlsafe(_SECRET_BYTES)


def key_cookie(scope: Scope, key: str) -> str:
    """The header that has the browser keep the key until it is closed; an empty one has it forget."""
    return _set(scope, _KEY, key)


def secret_cookie(scope: Scope, secret: str) -> str:
    """The header that has the browser keep the secret of its forms."""
    return _set(scope, _FORM, secret)


def proof(secret: str, who: str) -> str:
    """What a form of this browser and caller carries."""
    return hmac.new(secret.encode(), who.encode(), hashlib.sha256).hexdigest()


def check_proof(scope: Scope, who: str, given: str) -> None:
    """Raises ForeignForm unless the form is from a page that this browser was shown."""
    secret = secret_of(scope)
    if secret is None or not hmac.compare_digest(proof(secret, who).encode(), given.encode()):
        raise ForeignForm("the page is too old, or the browser keeps no cookies; open the page again and send it anew")


def check_origin(scope: Scope) -> None:
    """Raises ForeignForm where the browser says that another site sent this."""
    site, origin, host = (_header(scope, name) for name in (b"sec-fetch-site", b"origin", b"host"))
    # Older browsers do not say the first.
    of_this_host = origin is None or urlsplit(origin).netloc == host
    if not (of_this_host if site is None else site == "same-origin"):
        raise ForeignForm("forms are taken from pages of this service only")


def _set(scope: Scope, name: str, value: str) -> str:
    end = "" if value else "; Max-Age=0"
    secure = "; Secure" if _by_tls(scope) else ""
    return f"{_named(scope, name)}={value}; Path=/; HttpOnly; SameSite=Strict{secure}{end}"


def _cookie(scope: Scope, name: str) -> str | None:
    sent = _header(scope, b"cookie")
    if sent is None:
        return None
    try:
        found = SimpleCookie(sent).get(_named(scope, name))
    except CookieError:
        return None
    return found.value[:_LONGEST] if found is not None and found.value else None


def _named(scope: Scope, name: str) -> str:
    return _ONLY_BY_TLS + name if _by_tls(scope) else name


def _by_tls(scope: Scope) -> bool:
    return bool(scope.get("scheme") == "https")


def _header(scope: Scope, name: bytes) -> str | None:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), None)
