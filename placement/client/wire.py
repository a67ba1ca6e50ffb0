"""The one way to a service: bounded in time, size and tries, and to one origin only.

Messages name the address and the path of a request, never its query, headers or body.
"""

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from types import TracebackType
from typing import Any

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt

from placement.client.address import Address
from placement.client.answer import Answer
from placement.client.failures import LOOK_FIRST, TooSlow, failure_of, is_final
from placement.client.patience import Patience
from placement.client.problems import error_of, says_no, says_too_long
from placement.client.tls import context_of
from placement.domain.errors import BadInput, NotTheService, PlacementError, ServiceBusy, ServiceError

_PASSING = frozenset({408, 429, 502, 503, 504})
"""Statuses that may be others a moment later."""


@dataclass(frozen=True, slots=True)
class Question:
    """A request, which may be sent more than once."""

    method: str
    path: str
    params: Mapping[str, Any] | None = None
    headers: Mapping[str, str] | None = None
    content: bytes | None = None
    repeatable: bool = True
    """Whether it may be sent again where nobody knows if the first was heard."""
    fleet_source: str = "fleet"
    """Where the fleet in it came from."""


class _Again(Exception):
    """A try that failed in a way that may pass."""

    def __init__(self, error: PlacementError, pause_s: float | None = None) -> None:
        self.error, self.pause_s = error, pause_s


class Wire:
    """Asks one service, for the time of a `with` block."""

    def __init__(
        self, address: Address, patience: Patience | None = None, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        """Raises BadInput for an address, a file of authorities or a proxy that cannot be used."""
        self.address, self.patience, self.sleep = address, patience or Patience(), sleep
        headers = {"Accept": "application/json", "User-Agent": f"placement/{version('cloud-placement')}"}
        if address.key is not None:
            headers["Authorization"] = f"Bearer {address.key}"
        try:
            httpx.URL(address.url)
            self._client = httpx.Client(
                headers=headers,
                timeout=httpx.Timeout(self.patience.silence_s, connect=self.patience.connect_s),
                # Wherever a redirect leads, the key stays here.
                follow_redirects=False,
                verify=context_of(address),
                mounts=_past_proxies(address),
            )
        except httpx.InvalidURL as error:
            raise BadInput(f"{address.url[:80]!r} is no address: {error}") from None
        except (ValueError, ImportError):
            # What the library says may hold the proxy's password.
            words = "the proxy that HTTPS_PROXY, HTTP_PROXY or ALL_PROXY names cannot be used"
            raise BadInput(f"{words}; write it as http://HOST:PORT") from None

    def __enter__(self) -> "Wire":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def ask(self, question: Question) -> Answer:
        """The answer with a status below 300.

        Raises the error that a problem document tells of, and ServiceError where there is none to be had.
        """
        tries = Retrying(
            stop=stop_after_attempt(self.patience.tries),
            wait=self._pause_s,
            retry=retry_if_exception_type(_Again),
            sleep=self.sleep,
            reraise=True,
        )
        try:
            return tries(self._try, question)
        except _Again as again:
            raise again.error from None

    def _try(self, question: Question) -> Answer:
        try:
            answer = self._exchange(question)
        except httpx.RequestError as error:
            failure = failure_of(error, self._asked(question), self.patience, known=question.repeatable)
            unheard = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)
            if is_final(error) or not (unheard or question.repeatable):
                raise failure from None
            raise _Again(failure) from None
        if answer.status < 300:
            return answer
        if answer.status < 400:
            raise self._redirected(answer)
        told = error_of(answer, self.address, question.fleet_source)
        if answer.status not in _PASSING:
            raise told
        if not (question.repeatable or says_no(answer)):
            raise ServiceError(f"{told}{LOOK_FIRST}")
        if says_too_long(answer):
            # It would take as long again.
            raise told
        raise _Again(told, answer.pause_s)

    def _exchange(self, question: Question) -> Answer:
        request = self._client.build_request(
            question.method,
            self.address.url + question.path,
            params=question.params,
            headers=question.headers,
            content=question.content,
        )
        asked, until = self._asked(question), time.monotonic() + self.patience.answer_s
        response = self._client.send(request, stream=True)
        try:
            body = bytearray()
            for piece in response.iter_bytes():
                body += piece
                if len(body) > self.patience.most_bytes:
                    raise NotTheService(f"{asked} is answered with more than {self.patience.most_bytes:,} bytes")
                if time.monotonic() > until:
                    raise TooSlow("", request=request)
        finally:
            response.close()
        return Answer(asked, response.status_code, {k.lower(): v for k, v in response.headers.items()}, bytes(body))

    def _asked(self, question: Question) -> str:
        return f"{question.method} {self.address.url}{question.path}"

    def _redirected(self, answer: Answer) -> ServiceError:
        target = answer.headers.get("location", "")
        try:
            url = httpx.URL(self.address.url).join(target)
            words = f"{url.scheme}://{url.netloc.decode('ascii')}"
        except (httpx.InvalidURL, UnicodeDecodeError):
            words = "elsewhere"
        return NotTheService(
            f"{answer.asked} redirects to {words[:200]}, which is not followed; "
            "if that is the service, name its address"
        )

    def _pause_s(self, state: RetryCallState) -> float:
        """What the service asks for and a little more, or ever longer, each time by chance."""
        again = state.outcome.exception() if state.outcome else None
        asked = again.pause_s if isinstance(again, _Again) else None
        if asked is None:
            return random.uniform(0.25, 1) * min(0.5 * 2.0 ** (state.attempt_number - 1), 15)
        if asked > self.patience.longest_pause_s:
            raise ServiceBusy(f"{self.address.url} wants to be asked again in {asked:,.0f} s; try again after that")
        return asked + random.uniform(0, 0.5)


def _past_proxies(address: Address) -> dict[str, httpx.BaseTransport | None]:
    """A proxy that the environment names cannot reach this machine, and must not read what is said to it."""
    if not address.is_loopback:
        return {}
    return {f"all://[{address.host}]" if ":" in address.host else f"all://{address.host}": None}
