"""botocore asks through a Fetcher, tries once, and takes its settings from the surroundings.

Only answers about the market are recorded: what is asked for credentials goes through a Fetcher of its own, that
records nothing. While a recording is replayed no credentials are needed.
"""

import io
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any

from placement.domain.errors import CollectionFailed, Unconfigured
from placement.domain.provider import Surroundings
from providers.aws.api import Api
from providers.aws.credentials import take_credentials, take_settings
from providers.aws.settings import HOW_TO_SIGN, endpoint_url
from providers.limits import Limits

if TYPE_CHECKING:
    from providers.fetch import Fetcher

_MARKET = frozenset({"ec2", "pricing"})
_PRICING_REGION = "us-east-1"


class _Body(io.BytesIO):
    """As much of a response of urllib3 as botocore reads."""

    def stream(self) -> Iterator[bytes]:
        yield self.getvalue()


class Session:
    """Clients that ask about the market through `fetch`, and about credentials through a Fetcher of their own."""

    def __init__(
        self, source: str, surroundings: Surroundings, fetch: "Fetcher", aside: Callable[[], "Fetcher"]
    ) -> None:
        """`aside` gives the Fetcher for credentials. Raises Unconfigured where the SDK or a profile is not there."""
        try:
            import botocore.session  # type: ignore[import-untyped]
            from botocore.exceptions import ProfileNotFound  # type: ignore[import-untyped]
        except ImportError:
            raise Unconfigured(f"{source}: install cloud-placement[aws]") from None
        environment = dict(surroundings.environment)
        if surroundings.replay_from:
            environment.pop("AWS_PROFILE", None)
        self._source, self._environment = source, environment
        self._fetch, self._aside = fetch, aside
        self._apis: dict[tuple[str, str], Api] = {}
        session = self._session = botocore.session.Session(profile=environment.get("AWS_PROFILE") or None)
        session.register_component("data_loader", _loader())
        session.register("before-send", self._ask_aside)
        try:
            take_settings(session, environment)
            self._home = environment.get("AWS_REGION") or session.get_config_variable("region") or "us-east-1"
            if surroundings.replay_from:
                session.set_credentials("replayed", "replayed")
            else:
                take_credentials(session, environment, self._home)
        except ProfileNotFound:
            raise Unconfigured(f"{source}: the profile in AWS_PROFILE is not there; {HOW_TO_SIGN}") from None

    def ec2(self, region: str | None = None) -> Api:
        """EC2 in a region; without one, where it is asked about things which are the same everywhere."""
        return self._api("ec2", region or self._home)

    def pricing(self) -> Api:
        """The price list, which a region gives for all."""
        return self._api("pricing", _PRICING_REGION)

    def _api(self, service: str, region: str) -> Api:
        if (service, region) not in self._apis:
            self._apis[service, region] = self._made(service, region)
        return self._apis[service, region]

    def _made(self, service: str, region: str) -> Api:
        from botocore.config import Config  # type: ignore[import-untyped]
        from botocore.exceptions import BotoCoreError, PartialCredentialsError

        once = Config(retries={"total_max_attempts": 1, "mode": "standard"})
        endpoint = endpoint_url(self._environment, service)
        try:
            client = self._session.create_client(service, region, endpoint_url=endpoint, config=once)
        except PartialCredentialsError:
            raise Unconfigured(f"{self._source}: the credentials are not complete; {HOW_TO_SIGN}") from None
        except (BotoCoreError, ValueError) as wrong:
            words = f"{self._source}: {service} in {region} cannot be asked"
            raise CollectionFailed(f"{words}: {type(wrong).__name__}") from None
        self._fetch.allow(client.meta.endpoint_url)
        # With an endpoint of its own every region has the same address; the fragment, which is never sent, keeps
        # their answers apart in a recording.
        client.meta.events.register("before-send", lambda request, **_: _sent(self._fetch, request, f"#{region}"))
        return Api(self._source, client)

    def _ask_aside(self, request: Any, event_name: str, **_: Any) -> Any:
        if event_name.split(".")[1] in _MARKET:
            return None
        aside = self._aside()
        aside.allow(request.url)
        return _sent(aside, request)


@contextmanager
def session(
    source: str,
    surroundings: Surroundings,
    fetch: "Fetcher",
    limits: Limits | None,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[Session]:
    """A session for the time of a block; it asks about the market through `fetch`."""
    from providers.fetch import Fetcher

    silent = Surroundings(surroundings.environment, surroundings.clock)
    opened: list[Fetcher] = []
    lock = Lock()

    def aside() -> Fetcher:
        with lock:
            if not opened:
                opened.append(open_.enter_context(Fetcher(source, [], silent, limits, sleep=sleep)))
            return opened[0]

    with ExitStack() as open_:
        yield Session(source, surroundings, fetch, aside)


@cache
def _loader() -> Any:
    """What botocore knows of each service, read once and not for every sweep."""
    from botocore import loaders

    return loaders.create_loader()


def _sent(fetch: "Fetcher", request: Any, fragment: str = "") -> Any:
    from botocore.awsrequest import AWSResponse  # type: ignore[import-untyped]

    body = request.body or b""
    headers = {
        name: value.decode() if isinstance(value, bytes) else str(value) for name, value in request.headers.items()
    }
    reply = fetch.send(
        request.method, request.url + fragment, headers, body.encode() if isinstance(body, str) else bytes(body)
    )
    return AWSResponse(request.url, reply.status, dict(reply.headers), _Body(reply.read()))
