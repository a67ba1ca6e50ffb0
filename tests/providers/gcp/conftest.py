"""One fake cloud for each test."""

from collections.abc import Iterator

import pytest

from tests.providers.gcp.cloud import GcpCloud
from tests.providers.gcp.fake import Fake, proxied


@pytest.fixture
def cloud() -> Iterator[GcpCloud]:
    fake = Fake()
    with proxied(fake) as proxies:
        yield GcpCloud(fake, proxies)
