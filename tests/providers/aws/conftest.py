from collections.abc import Iterator

import pytest

from tests.providers.aws.cloud import QUICK, AwsCloud, Servers, cloud_of
from tests.providers.wire.faults import drip, silence


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    made = Servers()
    with made.ec2.running(), made.lists.running():
        with cloud_of(made) as first:
            first.facts("aws-spot")  # moto's first answers take long
        yield made


@pytest.fixture
def cloud(servers: Servers, request: pytest.FixtureRequest) -> Iterator[AwsCloud]:
    with cloud_of(servers) as made:
        if hasattr(request.node, "callspec") and request.node.callspec.params.get("fault") in (drip, silence):
            made.limits = QUICK
        yield made


@pytest.fixture
def unsigned(servers: Servers) -> Iterator[AwsCloud]:
    """Without credentials."""
    with cloud_of(servers, signs=False) as made:
        yield made
