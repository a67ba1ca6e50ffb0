import json
import logging
from pathlib import Path
from typing import Any

import pytest

from api.logs import json_formatter
from placement.store.repository import Store
from tests.api.serving import Service, serving
from tests.store.market import NOON, price, sweep


def _lines(capfd: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    shown = capfd.readouterr()
    assert shown.out == ""
    return [json.loads(line) for line in shown.err.splitlines()]


def test_a_request_is_one_line_that_has_its_id_and_no_query(
    sample_file: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with serving(f"sqlite:///{sample_file}") as service:
        answer = service.client.get("/v1/offerings?zone=secret", headers={"X-Request-Id": "ci-42/3"})
    assert answer.headers["x-request-id"] == "ci-42/3"
    (line,) = (line for line in _lines(capfd) if line["event"] == "request")
    assert line.pop("milliseconds") > 0
    assert line.pop("at").endswith("Z")
    assert line == {
        "event": "request",
        "level": "info",
        "request_id": "ci-42/3",
        "method": "GET",
        "path": "/v1/offerings",
        "status": 200,
        "who": "local",
    }


def test_a_body_is_not_logged(sample_file: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with serving(f"sqlite:///{sample_file}") as service:
        service.post("/v1/quotes", {"resources": {"vcpus": 4, "memory_gib": 16}, "places": ["secret"]})
        service.post("/v1/quotes", {"secret": 1})
    shown = capfd.readouterr().err
    assert shown.count("/v1/quotes") == 2
    assert "secret" not in shown


@pytest.mark.parametrize("given", ["", "two words", "a" * 129, "-", "ä".encode(), "a\tb", '"}'])
def test_an_id_that_could_spoil_a_log_is_replaced(given: str | bytes, sample: Service) -> None:
    first, second = (sample.get("/healthz", headers={"X-Request-Id": given}).headers for _ in range(2))
    assert len(first["x-request-id"]) == 32
    assert first["x-request-id"] != second["x-request-id"]


@pytest.mark.parametrize(
    ("level", "paths"), [("info", ["/v1/nothing"]), ("debug", ["/healthz", "/v1/nothing"]), ("error", [])]
)
def test_probes_are_logged_only_for_those_who_look_for_faults(
    level: str, paths: list[str], store: Store, url: str, capfd: pytest.CaptureFixture[str]
) -> None:
    store.save_sweep(sweep(price(0.1)), NOON)
    with serving(url, log_level=level) as service:
        service.client.get("/healthz")
        service.client.get("/v1/nothing")
    assert [line["path"] for line in _lines(capfd) if line["event"] == "request"] == paths


def test_lines_of_libraries_have_the_same_form() -> None:
    record = logging.LogRecord("uvicorn.error", logging.WARNING, __file__, 1, "closed by %s", ("peer",), None)
    line = json.loads(json_formatter().format(record))
    assert (line["event"], line["level"], line["logger"]) == ("closed by peer", "warning", "uvicorn.error")


def test_a_traceback_has_no_values_of_variables() -> None:
    password = "only-for-tests"
    try:
        raise ValueError(f"of {len(password)} letters")
    except ValueError as error:
        failure = (type(error), error, error.__traceback__)
    record = logging.LogRecord("app", logging.ERROR, __file__, 1, "failed", (), failure)
    text = json_formatter().format(record)
    assert "of 14 letters" in text
    assert password not in text
