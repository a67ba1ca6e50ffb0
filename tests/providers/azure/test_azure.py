"""Azure does what every provider must."""

from collections.abc import Iterator

import pytest

from tests.providers.azure.cloud import AzureCloud, running
from tests.providers.conformance import Conformance


class TestAzure(Conformance):
    @pytest.fixture
    def cloud(self) -> Iterator[AzureCloud]:
        with running() as made:
            yield made
