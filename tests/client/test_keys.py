"""A service with keys, asked with none, with wrong ones and with those that open what is asked for."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from placement.client import FleetRequest
from placement.domain.access import Scope
from placement.domain.errors import AccessRefused, ServiceBusy
from placement.planner.keys import issue_key
from placement.store.repository import Store
from tests.api.issuing import issuing
from tests.api.serving import serving
from tests.client.asking import FLEET, GDPR, Pauses, client_of


@pytest.fixture
def keyed(market: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(market, tmp_path / "placement.db"))


@pytest.fixture
def read_key(keyed: Path) -> Iterator[str]:
    store = Store.open(f"sqlite:///{keyed}")
    yield issue_key(store, "reader", (Scope.READ,), None, datetime.now(UTC), "cli:me")[1]
    store.close()


def test_a_key_opens_what_it_was_made_for(keyed: Path, read_key: str) -> None:
    with serving(f"sqlite:///{keyed}") as service, client_of(service.url, key=read_key) as client:
        assert client.market.catalog()["offerings"] > 0
        with pytest.raises(AccessRefused, match="needs the scope decide, the key or token has read"):
            client.decisions.begin(FleetRequest(FLEET))
        with pytest.raises(AccessRefused, match="needs the scope admin"):
            client.policies.put("gdpr", GDPR)


@pytest.mark.parametrize(("key", "words"), [(None, "set PLACEMENT_API_KEY"), ("plc_wrong-s3cret", "is not known")])
def test_without_a_good_key_it_says_what_to_do_and_shows_none(
    key: str | None, words: str, keyed: Path, read_key: str
) -> None:
    pauses = Pauses()
    with serving(f"sqlite:///{keyed}") as service, client_of(service.url, pauses=pauses, key=key) as client:
        with pytest.raises(AccessRefused, match=words) as error:
            client.market.catalog()
        assert service.url in str(error.value)
        assert "s3cret" not in str(error.value)
    assert pauses == []


def test_a_token_of_a_pipeline_is_sent_as_a_key(keyed: Path) -> None:
    now = datetime.now(UTC).timestamp()
    with (
        issuing() as issuer,
        serving(f"sqlite:///{keyed}", oidc=issuer.setting()) as service,
        client_of(service.url, key=issuer.token(now)) as client,
    ):
        assert client.market.catalog()["offerings"] > 0


def test_a_limit_is_waited_for_and_then_given_up(keyed: Path, read_key: str) -> None:
    pauses = Pauses()
    with (
        serving(f"sqlite:///{keyed}", rate_limit="1/minute") as service,
        client_of(service.url, pauses=pauses, key=read_key) as client,
    ):
        client.market.catalog()
        with pytest.raises(ServiceBusy, match="requests are limited to 1 in 60 s"):
            client.market.catalog()
    assert len(pauses) == 3
    assert all(1 <= pause <= 61 for pause in pauses)
