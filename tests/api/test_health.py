import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from placement.store.repository import Store
from tests.api.serving import Service, problem_of, serving, until
from tests.store.market import API, HOUR, NOON, SPOT, price, sweep


def _reasons(service: Service) -> list[str]:
    reasons = problem_of(service.get("/readyz"), 503, "not-ready")["reasons"]
    assert isinstance(reasons, list)
    return reasons


def test_a_service_with_a_market_is_ready(store: Store, url: str) -> None:
    store.save_sweep(sweep(price(0.1)), NOON)
    with serving(url) as service:
        assert service.answer("/healthz") == {"status": "ok"}
        ready = service.answer("/readyz")
    assert ready == {"status": "ready", "catalog": {"version": 1, "as_of": "2026-11-01T12:00:00Z"}}


def test_without_a_market_it_lives_and_is_not_ready_until_there_is_one(store: Store, url: str) -> None:
    with serving(url) as service:
        assert service.answer("/healthz") == {"status": "ok"}
        (reason,) = _reasons(service)
        assert "placement catalog load" in reason
        for path in ("/v1/offerings", "/v1/regions", "/v1/catalog", "/v1/egress/tariffs"):
            answer = service.get(path)
            assert "placement catalog load" in problem_of(answer, 503, "no-catalog")["detail"]
            assert answer.headers["retry-after"] == "5"
        problem_of(service.post("/v1/quotes", {"resources": {"vcpus": 1, "memory_gib": 1}}), 503, "no-catalog")
        store.save_sweep(sweep(price(0.1)), NOON)
        until(lambda: service.get("/readyz").status_code == 200)


def test_a_database_that_is_made_later_is_found(upgraded_file: Path, tmp_path: Path) -> None:
    with serving(f"sqlite:///{tmp_path / 'later.db'}") as service:
        assert "placement catalog load" in _reasons(service)[0]
        # Whole from the first moment: the service may look while a copy is being written.
        Path(shutil.copy(upgraded_file, tmp_path / "other.db")).rename(tmp_path / "later.db")
        with_market = Store.open(f"sqlite:///{tmp_path / 'later.db'}")
        with_market.save_sweep(sweep(price(0.1)), NOON)
        with_market.close()
        until(lambda: service.get("/readyz").status_code == 200)


def test_a_catalog_older_than_allowed_is_not_ready(store: Store, url: str) -> None:
    store.save_sweep(sweep(price(0.1)), NOON)
    now = NOON + timedelta(seconds=59)
    with serving(url, clock=lambda: now, max_catalog_age_s=60) as service:
        assert service.get("/readyz").status_code == 200
        now = NOON + timedelta(seconds=61)
        assert _reasons(service) == ["the newest collection was 61 s ago, 60 s are allowed"]
        assert service.quote(resources={"vcpus": 1, "memory_gib": 1})["offerings"]


@pytest.mark.parametrize(("now", "ready"), [(NOON + HOUR / 2, True), (NOON + 2 * HOUR, False)])
def test_a_catalog_of_nothing_but_old_prices_is_not_ready(now: datetime, ready: bool, store: Store, url: str) -> None:
    store.save_sweep(sweep(price(0.1, SPOT), kind=API), NOON)
    with serving(url, clock=lambda: now) as service:
        assert (service.get("/readyz").status_code == 200) == ready
        if not ready:
            assert _reasons(service) == ["every price of the catalog is too old to be used"]


def test_a_schema_that_is_not_this_programs_is_told_without_where_it_lies(tmp_path: Path) -> None:
    file = tmp_path / "other.db"
    file.write_bytes(b"no database at all, but long enough to be taken for one")
    with serving(f"sqlite:///{file}") as service:
        assert _reasons(service) == ["The database cannot be used"]
        answer = service.get("/v1/collections")
        problem_of(answer, 503, "database-unavailable")
        assert "other.db" not in answer.text
