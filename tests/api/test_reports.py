"""GET /v1/reports/{month}: the same as the command line gives, in whatever form is liked."""

import json
from collections.abc import Iterator

import pytest

from placement.cli.main import run
from placement.domain.access import Scope
from placement.planner.keys import issue_key
from placement.report_file import FORMATS
from placement.store.repository import Store
from tests.api.clock import Clock
from tests.api.serving import Service, problem_of, serving
from tests.reports.months import at, decided, fleet, swept, workload
from tests.store.market import price

MONTH = "/v1/reports/2026-10"


@pytest.fixture
def service(store: Store, url: str) -> Iterator[Service]:
    """On the third of November, with two fleets placed in October."""
    swept(store, at(1, month=9), price(0.1))
    decided(store, at(20, month=9), fleet(workload(labels={"team": "front"})))
    decided(store, at(5), fleet(workload("batch")) | {"fleet": "other"})
    with serving(url, clock=lambda: at(3, month=11)) as running:
        yield running


def test_figures_and_files_are_those_of_the_command_line(
    service: Service, url: str, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    figures = service.answer(MONTH)
    assert figures["usd"]["actual"] == pytest.approx(0.1 * (744 + 27 * 24))
    assert run(["report", "--month", "2026-10", "--json", "--database", url]) == 0
    assert json.loads(capfdbinary.readouterr().out) == figures
    for form in FORMATS:
        answer = service.get(MONTH, params={"format": form.name})
        assert answer.status_code == 200
        assert answer.headers["content-type"].partition(";")[0] == form.media_type
        assert 'filename="placement-2026-10' in answer.headers["content-disposition"]
        assert run(["report", "--month", "2026-10", "--format", form.name, "--database", url]) == 0
        assert capfdbinary.readouterr().out == answer.content


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("", "application/json"),
        ("*/*", "application/json"),
        ("text/csv", "text/csv"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html"),
        ("application/vnd.apache.parquet, application/json;q=0.1", "application/vnd.apache.parquet"),
    ],
)
def test_the_accept_header_chooses(accept: str, media: str, service: Service) -> None:
    answer = service.get(MONTH, headers={"Accept": accept})
    assert answer.headers["content-type"].partition(";")[0] == media
    assert answer.headers["vary"] == "Accept"


def test_a_page_may_have_its_style_and_nothing_else(service: Service) -> None:
    policy = service.get(MONTH, params={"format": "html"}).headers["content-security-policy"]
    assert policy == "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"


def test_one_fleet_and_another_label(service: Service) -> None:
    figures = service.answer(MONTH, fleet="other", by="nothing")
    assert [group["fleet"] for group in figures["by_fleet"]] == ["other"]
    assert figures["by_label"]["label"] == "nothing"


def test_a_closed_month_stays_and_says_who_closed_it(service: Service, store: Store) -> None:
    before = service.get(MONTH, params={"format": "csv"})
    decided(store, at(30), fleet(workload(replicas=9)))
    assert service.get(MONTH, params={"format": "csv"}).content == before.content
    assert service.answer(MONTH, revision=1)["revision"] == 1
    closed = [entry for entry in store.audit() if entry.action == "reports.close"]
    assert [(entry.who, entry.subject) for entry in closed] == [("local", "2026-10")]


def test_a_month_that_is_not_over_is_reckoned_anew(store: Store, url: str) -> None:
    swept(store, at(1, month=9), price(0.1))
    decided(store, at(20, month=9), fleet(workload()))
    clock = Clock()
    clock.now = at(11)
    with serving(url, clock=clock) as service:
        first = service.answer(MONTH)
        clock.now = at(21)
        second = service.answer(MONTH)
    assert (first["closed"], first["revision"], second["until"]) == (False, None, "2026-10-21T00:00:00Z")
    assert second["usd"]["actual"] == pytest.approx(2 * first["usd"]["actual"])
    assert first["forecast_usd"]["amount"] == pytest.approx(74.4)


@pytest.mark.parametrize(
    ("path", "status", "slug"),
    [
        ("/v1/reports/2026-13", 422, "invalid-request"),
        ("/v1/reports/october", 422, "invalid-request"),
        ("/v1/reports/2026-10?format=pdf", 422, "invalid-request"),
        ("/v1/reports/2026-10?revision=0", 422, "invalid-request"),
        ("/v1/reports/2026-10?label=team", 422, "invalid-request"),
        ("/v1/reports/2026-10?fleet=none", 422, "bad-input"),
        ("/v1/reports/2026-10?revision=9", 422, "bad-input"),
        ("/v1/reports/2027-01", 422, "bad-input"),
        ("/v1/reports/0001-01", 422, "bad-input"),
    ],
)
def test_what_cannot_be_is_a_problem(path: str, status: int, slug: str, service: Service) -> None:
    problem_of(service.get(path), status, slug)


def test_what_nobody_speaks_is_not_acceptable(service: Service) -> None:
    problem = problem_of(service.get(MONTH, headers={"Accept": "image/png"}), 406, "not-acceptable")
    assert "text/csv" in problem["available"]


def test_a_key_that_reads_is_enough_and_none_is_not(store: Store, url: str) -> None:
    swept(store, at(1, month=9), price(0.1))
    now = at(3, month=11)
    _, token = issue_key(store, "finance", (Scope.READ,), None, now, "test")
    with serving(url, clock=lambda: now) as service:
        problem_of(service.get(MONTH), 401, "unauthenticated")
        assert service.get(MONTH, headers={"Authorization": f"Bearer {token}"}).status_code == 200
