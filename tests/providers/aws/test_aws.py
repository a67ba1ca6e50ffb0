"""The sources of AWS against a fake cloud: what every provider must do.

EC2 is moto over HTTP with its answers about the market filled in (see `ec2_server`): regions, zones, instance types,
offerings, spot history and placement scores. The Pricing API, the public price files and the Spot Instance Advisor's
file come from a server of our own (see `list_server`). Both stand behind a proxy that misbehaves as asked.
"""

from collections.abc import Sequence

import pytest

from placement.domain.provider import Source
from placement.store.repository import Store
from tests.providers.aws.cloud import AwsCloud
from tests.providers.conformance import Cloud, Conformance
from tests.providers.wire.faults import Fault, cut_off, half_a_document, status


class TestAws(Conformance):
    """With credentials: the Pricing API, EC2 and the advisor."""


class TestAwsWithoutCredentials(Conformance):
    """The public price files and the advisor; that requests are bounded in time is shown above."""

    @pytest.fixture
    def cloud(self, unsigned: AwsCloud) -> AwsCloud:
        return unsigned

    @pytest.mark.parametrize("fault", [status(429, retry_after="2"), cut_off])
    def test_what_passes_changes_nothing(
        self, cloud: Cloud, sources: Sequence[Source], store: Store, pauses: list[float], fault: Fault
    ) -> None:
        super().test_what_passes_changes_nothing(cloud, sources, store, pauses, fault)

    @pytest.mark.parametrize("fault", [status(403), cut_off, half_a_document])
    def test_what_does_not_pass_fails_the_sweep_and_keeps_the_last(
        self, cloud: Cloud, sources: Sequence[Source], store: Store, fault: Fault
    ) -> None:
        super().test_what_does_not_pass_fails_the_sweep_and_keeps_the_last(cloud, sources, store, fault)
