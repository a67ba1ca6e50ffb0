"""The service follows the store, and outlives it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from placement.domain.errors import StoreError
from placement.store.repository import Store
from tests.api.serving import Service, problem_of, serving, until
from tests.integration.postgresql import running_server
from tests.store.market import HOUR, NOON, price, sweep

ONE = {"vcpus": 1, "memory_gib": 1}


def _usd(service: Service) -> float:
    (offering,) = service.quote(resources=ONE)["offerings"]
    usd = offering["usd_per_hour"]
    assert isinstance(usd, float)
    return usd


def test_a_new_collection_is_served_at_the_next_look(store: Store, url: str) -> None:
    store.save_sweep(sweep(price(0.1)), NOON)
    with serving(url, catalog_poll_s=1.0) as service:
        assert _usd(service) == 0.1
        store.save_sweep(sweep(price(0.2)), NOON + HOUR)
        until(lambda: _usd(service) == 0.2)
        until(lambda: service.answer("/v1/catalog")["catalog"]["version"] == 2)


def test_an_answer_is_of_one_catalog(store: Store, url: str) -> None:
    store.save_sweep(sweep(price(0.1)), NOON)
    with serving(url, catalog_poll_s=0.05) as service:
        for version in range(2, 8):
            store.save_sweep(sweep(price(version / 10)), NOON + version * HOUR)
            while (quote := service.quote(resources=ONE))["catalog"]["version"] < version:
                assert quote["offerings"][0]["usd_per_hour"] == quote["catalog"]["version"] / 10
            assert quote["offerings"][0]["usd_per_hour"] == version / 10


def _outage_and_recovery(
    url: str, store: Store, take_away: Callable[[], object], give_back: Callable[[], object]
) -> None:
    store.save_sweep(sweep(price(0.1)), NOON)
    with serving(url) as service:
        assert service.get("/readyz").status_code == 200
        take_away()
        until(lambda: service.get("/readyz").status_code == 503)
        problem = problem_of(service.get("/readyz"), 503, "not-ready")
        assert problem["reasons"] == ["The database cannot be used"]
        assert _usd(service) == 0.1
        assert service.answer("/v1/catalog")["catalog"]["version"] == 1
        assert service.answer("/healthz") == {"status": "ok"}
        answer = service.get("/v1/collections")
        problem_of(answer, 503, "database-unavailable")
        assert answer.headers["retry-after"] == "5"
        give_back()
        until(lambda: service.get("/readyz").status_code == 200)
        assert len(service.answer("/v1/collections")["collections"]) == 1
        store.save_sweep(sweep(price(0.2)), NOON + HOUR)
        until(lambda: _usd(service) == 0.2)


def test_while_the_file_is_away_the_last_catalog_is_served(store: Store, url: str, file: Path) -> None:
    away = file.with_suffix(".away")
    _outage_and_recovery(url, store, lambda: file.rename(away), lambda: away.rename(file))


def test_while_the_server_refuses_everybody_the_last_catalog_is_served() -> None:
    server = running_server()
    with server.database() as name:
        store = Store.open(server.url(name))
        store.upgrade()

        def take_away() -> None:
            server.execute("ALTER DATABASE {} ALLOW_CONNECTIONS false", name)
            # Idle connections are many: the service's and this test's own.
            server.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'placement'"
            )

        def give_back() -> None:
            server.execute("ALTER DATABASE {} ALLOW_CONNECTIONS true", name)

        _outage_and_recovery(server.url(name), store, take_away, give_back)
        store.close()


def test_a_market_that_stumbles_goes_on_following(store: Store, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    store.save_sweep(sweep(price(0.1)), NOON)
    with serving(url) as service:
        with monkeypatch.context() as broken:
            broken.setattr(Store, "latest_version", lambda _: 1 // 0)
            until(lambda: service.get("/readyz").status_code == 503)
            assert service.get("/readyz").json()["reasons"] == ["the catalog cannot be read"]
        until(lambda: service.get("/readyz").status_code == 200)


def test_the_same_failure_is_told_once(
    store: Store, url: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    store.save_sweep(sweep(price(0.1)), NOON)
    asked = 0

    def broken(_: Store) -> int:
        nonlocal asked
        asked += 1
        raise StoreError("the disk is full")

    with serving(url, catalog_poll_s=0.05) as service:
        with monkeypatch.context() as patched:
            patched.setattr(Store, "latest_version", broken)
            until(lambda: asked > 5)
        until(lambda: service.get("/readyz").status_code == 200)
    lines = capfd.readouterr().err
    assert lines.count("the disk is full") == 1
    assert lines.count("database answers again") == 1
