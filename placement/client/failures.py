"""Why there is no answer, in words, and what may be done about it."""

import ssl
from collections.abc import Iterator

import httpx

from placement.client.patience import Patience
from placement.domain.errors import NotTheService, ServiceError, ServiceUnreachable

_BROKEN_TLS = (ssl.SSLEOFError, ssl.SSLZeroReturnError)
"""The connection ended, as others do without TLS."""
LOOK_FIRST = "; it may have been done all the same: look before asking again"
"""At the end of a message about what may not be done twice."""

_NOTHING = "without sending a response"
"""In what the library says of a server that hangs up, as those do that wait for TLS."""


class TooSlow(httpx.ReadTimeout):
    """The answer comes in pieces, and not to its end."""


def is_final(error: httpx.RequestError) -> bool:
    """Whether another try would end the same: the two sides do not agree on TLS, or an answer cannot be decoded."""
    return _tls_error(error) is not None or isinstance(error, httpx.DecodingError | httpx.UnsupportedProtocol)


def failure_of(error: httpx.RequestError, asked: str, patience: Patience, *, known: bool) -> ServiceError:
    """The error for a request that got no answer.

    Unless it is `known` that a request may be sent twice, the message warns of what may have been done.
    """
    method, _, where = asked.partition(" ")
    tls = _tls_error(error)
    if isinstance(tls, ssl.SSLCertVerificationError):
        return ServiceUnreachable(
            f"{where}: the certificate shown is not trusted here ({tls.verify_message}); if it is by an authority of "
            "your own, name that in PLACEMENT_CA_FILE"
        )
    if tls is not None:
        reason = (tls.reason or "no TLS").lower().replace("_", " ")
        return ServiceUnreachable(f"{where}: TLS fails ({reason}); is this a service by https, and for this client?")
    if isinstance(error, httpx.ConnectTimeout):
        return ServiceUnreachable(
            f"{where}: nobody takes the connection within {patience.connect_s:g} s; is the address right, and can "
            "it be reached from here?"
        )
    if isinstance(error, httpx.ProxyError):
        return ServiceUnreachable(f"{where}: the proxy that the environment names does not let this through: {error}")
    if isinstance(error, httpx.ConnectError):
        return ServiceUnreachable(
            f"{where} cannot be reached: {_reason(error)}; is the service running there (placement serve)?"
        )
    if isinstance(error, httpx.DecodingError):
        return NotTheService(f"{asked} is answered with an encoding that is broken; this is no placement service")
    warning = "" if known else LOOK_FIRST
    if isinstance(error, TooSlow):
        late = f"the answer was not there in whole after {patience.answer_s:g} s"
        return ServiceUnreachable(f"{where}: {late}{warning}")
    if isinstance(error, httpx.TimeoutException):
        silent = f"the service took the request and was silent for {patience.silence_s:g} s"
        return ServiceUnreachable(f"{where}: {silent}{warning}")
    hint = "; does the service speak https?" if where.startswith("http:") and _NOTHING in str(error) else ""
    return ServiceUnreachable(f"{where}: the connection broke before {method} was answered{hint}{warning}")


def _tls_error(error: BaseException) -> ssl.SSLError | None:
    found = next((cause for cause in _causes(error) if isinstance(cause, ssl.SSLError)), None)
    return None if isinstance(found, _BROKEN_TLS) else found


def _reason(error: BaseException) -> str:
    """In the words of the system, such as `Connection refused`."""
    found = [cause.strerror for cause in _causes(error) if isinstance(cause, OSError) and cause.strerror]
    return found[-1] if found else "no connection"


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__
