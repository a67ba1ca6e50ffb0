"""The SDKs ask Azure Resource Manager through a Fetcher, and show their token to nobody else.

Importing this needs the SDKs.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from azure.core.pipeline import PipelineRequest
from azure.core.pipeline.policies import ContentDecodePolicy, SansIOHTTPPolicy
from azure.core.rest import HttpRequest, HttpResponse
from azure.mgmt.compute import ComputeManagementClient
from azure.mgmt.compute.models import ResourceSku
from azure.mgmt.resourcegraph import ResourceGraphClient
from azure.mgmt.resourcegraph.models import QueryRequest, QueryRequestOptions

from placement.domain.errors import CollectionFailed
from placement.domain.provider import Surroundings
from providers.azure.access import ARM_URL, SUBSCRIPTION, Credential, address
from providers.azure.login import credential_of
from providers.azure.sdk_calls import in_words, transport
from providers.azure.skus import Sku, skus_in
from providers.fetch import Fetcher, origin_of

_PAGES_OF_SKUS = 50
_PAGES_OF_ROWS = 1000
_ROWS_A_PAGE = 1000


@dataclass(frozen=True)
class Arm:
    """Azure Resource Manager, for the time of a sweep."""

    source: str
    compute: ComputeManagementClient
    graph: ResourceGraphClient

    def skus(self, region: str) -> dict[str, Sku]:
        """What the subscription is offered in a region, by name in lower case; raises CollectionFailed."""
        what = f"the SKUs of {region}"
        with in_words(self.source, what):
            found: list[ResourceSku] = []
            pages = self.compute.resource_skus.list(filter=f"location eq '{region}'").by_page()
            for _ in range(_PAGES_OF_SKUS):
                page = next(pages, None)
                if page is None:
                    return skus_in(region, found)
                found.extend(page)
        raise CollectionFailed(f"{self.source}: {what} have more pages than can be right")

    def rows(self, what: str, query: str) -> Iterator[Mapping[str, Any]]:
        """What Resource Graph finds in the whole tenant; raises CollectionFailed where any of it is missing.

        The query must give the field `id`, without which there is no second page.
        """
        token, given, total = None, 0, 0
        for _ in range(_PAGES_OF_ROWS):
            with in_words(self.source, what):
                options = QueryRequestOptions(skip_token=token, top=_ROWS_A_PAGE)
                page = self.graph.resources(QueryRequest(query=query, options=options))
            rows: Any = page.data
            if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
                raise CollectionFailed(f"{self.source}: {what}: the answer has no list of rows")
            yield from rows
            token, given, total = page.skip_token, given + len(rows), page.total_records
            if not token or given > total:
                break
        if token or given != total:
            raise CollectionFailed(f"{self.source}: {what}: {given} rows of {total} came")


@contextmanager
def opened(
    source: str, fetch: Fetcher, surroundings: Surroundings, sleep: Callable[[float], None], given: Credential | None
) -> Iterator[Arm]:
    """Clients whose requests all go through `fetch`, with the credential given or that of the environment."""
    # Without a handler, Python itself prints what these say.
    for quiet in (logging.getLogger("azure"), logging.getLogger("msal")):
        if not quiet.handlers:
            quiet.addHandler(logging.NullHandler())
    url = address(surroundings.environment, ARM_URL)
    fetch.allow(url)
    with ExitStack() as stack:
        credential = given or credential_of(stack, source, fetch, surroundings, sleep)
        # No policy but these: none that tries again, follows redirects, logs, or registers providers in passing.
        policies = [ContentDecodePolicy(), _Bearer(source, credential, url)]
        usual: dict[str, Any] = {"base_url": url, "policies": policies, "transport": transport(stack, fetch)}
        subscription = surroundings.environment[SUBSCRIPTION]
        compute = ComputeManagementClient(credential, subscription, **usual)
        yield Arm(source, compute, ResourceGraphClient(credential, **usual))


class _Bearer(SansIOHTTPPolicy[HttpRequest, HttpResponse]):
    """The token goes to the one origin it is for: a link in an answer may name another."""

    def __init__(self, source: str, credential: Credential, url: str) -> None:
        self._source, self._credential = source, credential
        self._origin, self._scope = origin_of(url), f"{url}/.default"

    def on_request(self, request: PipelineRequest[HttpRequest]) -> None:
        if origin_of(request.http_request.url) != self._origin:
            raise CollectionFailed(f"{self._source}: an answer leads away from Azure Resource Manager")
        with in_words(self._source, "logging in"):
            token = self._credential.get_token(self._scope).token
        request.http_request.headers["Authorization"] = f"Bearer {token}"
