import json
from datetime import timedelta
from pathlib import Path

import pytest

from placement.cli.main import run
from placement.domain.sweep import CapacityHint, FailedCollection, Refused
from placement.store.repository import Store
from tests.api.serving import Service, problem_of, serving, until
from tests.store.market import API, HOUR, NOON, SPOT, observed, price, sweep

HINT = CapacityHint("aws", "eu-central-1", "a", ("m.large",), "placement score, 1 to 10", "7", NOON)


def test_it_is_that_of_the_command_line(sample: Service, sample_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["catalog", "show", "--json", "--database", f"sqlite:///{sample_file}"]) == 0
    assert sample.answer("/v1/catalog") == json.loads(capsys.readouterr().out)


def test_sources_that_lie_over_each_other_failures_and_hints_are_shown_as_by_the_command_line(
    store: Store, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    store.save_sweep(sweep(price(0.1), price(0.05, SPOT)), NOON - 3 * HOUR)
    refused = [Refused("price is 0", 3, "m.large in eu-west-1")]
    prices = observed(NOON - 2 * HOUR, [price(0.2), price(0.02, SPOT)])
    store.save_sweep(sweep(*prices, source="aws", kind=API, refused=refused, hints=[HINT]), NOON - 2 * HOUR)
    store.save_failure(FailedCollection("aws", NOON - HOUR, NOON - HOUR, "no answer"))
    assert run(["catalog", "show", "--json", "--database", url]) == 0
    with serving(url) as service:
        shown = service.answer("/v1/catalog")
    assert shown == json.loads(capsys.readouterr().out)
    assert shown["collections"][1]["last_failure"]["reason"] == "no answer"
    assert (len(shown["sources"]), len(shown["capacity_hints"])) == (2, 1)


def test_a_failure_shows_without_a_new_version_until_the_source_is_stored_again(store: Store, url: str) -> None:
    store.save_sweep(sweep(price(0.1), source="aws", kind=API), NOON)
    with serving(url) as service:
        assert service.answer("/v1/catalog")["collections"][0]["last_failure"] is None
        store.save_failure(FailedCollection("aws", NOON + HOUR, NOON + HOUR, "no answer"))
        until(lambda: service.answer("/v1/catalog")["collections"][0]["last_failure"] is not None)
        store.save_sweep(sweep(price(0.1), source="aws", kind=API), NOON + 2 * HOUR)
        until(lambda: service.answer("/v1/catalog")["collections"][0]["last_failure"] is None)


def test_what_has_not_changed_is_not_sent_again(store: Store, url: str) -> None:
    store.save_sweep(sweep(price(0.1)), NOON)
    with serving(url) as service:
        first = service.get("/v1/catalog")
        tag = first.headers["etag"]
        assert first.headers["cache-control"] == "no-cache"
        for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
            again = service.get("/v1/catalog", headers={"If-None-Match": known})
            assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        assert service.get("/v1/catalog", headers={"If-None-Match": '"other"'}).json() == first.json()
        store.save_sweep(sweep(price(0.2)), NOON + HOUR)
        until(lambda: service.get("/v1/catalog", headers={"If-None-Match": tag}).status_code == 200)


def test_that_prices_grow_too_old_is_a_change(store: Store, url: str) -> None:
    store.save_sweep(sweep(price(0.1, SPOT), source="aws", kind=API), NOON)
    now = NOON
    with serving(url, clock=lambda: now) as service:
        tag = service.get("/v1/catalog").headers["etag"]
        now = NOON + timedelta(minutes=59)
        assert service.get("/v1/catalog", headers={"If-None-Match": tag}).status_code == 304
        now = NOON + timedelta(minutes=61)
        answer = service.get("/v1/catalog", headers={"If-None-Match": tag})
        assert answer.json()["sources"][0]["stale"] == ["spot"]


def test_it_has_no_parameters(sample: Service) -> None:
    problem_of(sample.get("/v1/catalog", params={"version": 1}), 422, "invalid-request")
