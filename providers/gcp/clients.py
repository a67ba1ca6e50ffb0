"""Google's SDKs make the requests and read the answers; a Fetcher sends them, and their own retries are off.

Imported on first use only: the SDK alone takes two seconds.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from types import TracebackType
from typing import Any, Protocol, TypeVar

from google.api_core.client_options import ClientOptions
from google.api_core.exceptions import BadRequest, GoogleAPICallError, NotFound
from google.auth.api_key import Credentials as ApiKey
from google.auth.exceptions import GoogleAuthError
from google.cloud import billing_v1, compute_v1
from google.protobuf import json_format  # type: ignore[import-untyped]

from placement.domain.errors import CollectionFailed
from providers.fetch import Fetcher
from providers.gcp.access import Access
from providers.sdk_transport import FetchAdapter

COMPUTE_ENGINE = "services/6F81-5844-456A"
_TIMEOUT_S = 3600.0
"""Longer than any limit of the Fetcher, whose limits hold."""
_ONCE: dict[str, Any] = {"retry": None, "timeout": _TIMEOUT_S}
_MOST_PAGES = 1000
Item = TypeVar("Item")
Result = TypeVar("Result")


class _Pager(Protocol):
    @property
    def pages(self) -> Iterator[Any]: ...


class Clients:
    """The services of one project, for the time of a `with` block; answers are plain protocol buffers."""

    def __init__(self, source: str, access: Access, fetcher: Fetcher) -> None:
        self.source = source
        self._access, self._fetcher = access, fetcher
        self._open = ExitStack()

    def __enter__(self) -> "Clients":
        options = {"credentials": self._access.credentials, "transport": "rest"}
        compute = ClientOptions(api_endpoint=self._access.compute_url)
        self._regions = self._through_the_fetcher(compute_v1.RegionsClient(**options, client_options=compute))
        self._machine_types = self._through_the_fetcher(
            compute_v1.MachineTypesClient(**options, client_options=compute)
        )
        self._advice = self._through_the_fetcher(compute_v1.AdviceClient(**options, client_options=compute))
        if self._access.billing_key:
            options["credentials"] = ApiKey(self._access.billing_key)  # type: ignore[no-untyped-call]
        billing = ClientOptions(api_endpoint=self._access.billing_url)
        self._catalog = self._through_the_fetcher(billing_v1.CloudCatalogClient(**options, client_options=billing))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def region_pages(self) -> Iterator[Any]:
        """RegionList, page by page."""
        request = {"project": self._access.project, "max_results": 500}
        return self._pages("list regions", lambda: self._regions.list(request=request, **_ONCE))

    def machine_type_pages(self) -> Iterator[Any]:
        """MachineTypeAggregatedList, page by page."""
        request = {"project": self._access.project, "max_results": 500}
        return self._pages("list machine types", lambda: self._machine_types.aggregated_list(request=request, **_ONCE))

    def sku_pages(self) -> Iterator[Any]:
        """ListSkusResponse of Compute Engine, page by page, in USD."""
        request = {"parent": COMPUTE_ENGINE, "currency_code": "USD", "page_size": 5000}
        return self._pages("list SKUs", lambda: self._catalog.list_skus(request=request, **_ONCE))

    def capacity_history(self, region: str, zone: str, machine_type: str) -> Any | None:
        """CapacityHistoryResponse for spot; None where Google keeps none of such a machine."""
        asked = compute_v1.CapacityHistoryRequest(
            types=["PREEMPTION", "PRICE"],
            location_policy=compute_v1.CapacityHistoryRequestLocationPolicy(location=f"zones/{zone}"),
            instance_properties=compute_v1.CapacityHistoryRequestInstanceProperties(
                machine_type=machine_type,
                scheduling=compute_v1.CapacityHistoryRequestInstancePropertiesScheduling(provisioning_model="SPOT"),
            ),
        )
        return self._advised(
            "ask for capacity history",
            lambda: self._advice.capacity_history(
                project=self._access.project, region=region, capacity_history_request_resource=asked, **_ONCE
            ),
        )

    def capacity(self, region: str, machine_type: str) -> Any | None:
        """CapacityAdviceResponse for one spot machine; None where Google gives no advice on it."""
        choice = compute_v1.CapacityAdviceRequestInstanceFlexibilityPolicyInstanceSelection(
            machine_types=[machine_type]
        )
        asked = compute_v1.CapacityAdviceRequest(
            size=1,
            instance_properties=compute_v1.CapacityAdviceRequestInstanceProperties(
                scheduling=compute_v1.CapacityAdviceRequestInstancePropertiesScheduling(provisioning_model="SPOT")
            ),
            instance_flexibility_policy=compute_v1.CapacityAdviceRequestInstanceFlexibilityPolicy(
                instance_selections={"only": choice}
            ),
        )
        return self._advised(
            "ask for capacity advice",
            lambda: self._advice.capacity(
                project=self._access.project, region=region, capacity_advice_request_resource=asked, **_ONCE
            ),
        )

    def each(self, function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        """The function of each item, in their order, several at once; the first failure ends it."""
        return self._fetcher.each(function, items)

    def _through_the_fetcher(self, client: Any) -> Any:
        session = client.transport._session
        # A .netrc would put other credentials in the place of the SDK's.
        session.trust_env = False
        for scheme in ("https://", "http://"):
            session.mount(scheme, FetchAdapter(self._fetcher))
        self._open.callback(client.transport.close)
        return client

    def _pages(self, operation: str, call: Callable[[], _Pager]) -> Iterator[Any]:
        tokens: set[str] = set()
        with self._explained(operation):
            for page in call().pages:
                plain = type(page).pb(page)
                yield plain
                token = plain.next_page_token
                if token in tokens or len(tokens) == _MOST_PAGES:
                    raise CollectionFailed(f"{self.source}: {operation}: the pages have no end")
                if token:
                    tokens.add(token)

    def _advised(self, operation: str, call: Callable[[], Any]) -> Any | None:
        with self._explained(operation):
            try:
                answer = call()
            except (BadRequest, NotFound):
                return None
            return type(answer).pb(answer)

    @contextmanager
    def _explained(self, operation: str) -> Iterator[None]:
        """What goes wrong in the SDK, in words that hold no secret: Google's own messages repeat what was sent."""
        where = f"{self.source}: {operation}"
        try:
            yield
        except GoogleAPICallError as no:
            reason = f" {word}" if (word := _reason(no)) else ""
            raise CollectionFailed(f"{where}: is answered with status {no.code or 'unknown'}{reason}") from None
        except GoogleAuthError as no:
            raise CollectionFailed(f"{where}: the credentials are refused: {type(no).__name__}") from None
        except (json_format.Error, UnicodeDecodeError, AttributeError):
            # The last is how the SDK takes an error that is not told in Google's form.
            raise CollectionFailed(f"{where}: is not answered with the document that was asked for") from None


def _reason(no: GoogleAPICallError) -> str:
    """Google's one word for it, such as accessNotConfigured."""
    said = [no.reason, *(error.get("reason") for error in no.errors if isinstance(error, dict))]
    return next((word for word in said if isinstance(word, str) and re.fullmatch(r"[A-Za-z_]{3,40}", word)), "")
