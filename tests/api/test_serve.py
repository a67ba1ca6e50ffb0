"""`placement serve` as people run it: a process that listens, answers, and ends when it is told to."""

import json
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from placement.cli.main import run
from tests.api.serving import listener, until
from tests.cli.running import EXECUTABLE
from tests.open_files import has_open

AT_MOST_S = 60.0
BODY = b'{"resources": {"vcpus": 4, "memory_gib": 16}}'


@contextmanager
def _serve(
    *options: str, database: Path | None = None, **environment: str
) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """The process, and where it says that it listens."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith("PLACEMENT_")}
    before = () if database is None else ("--database", f"sqlite:///{database}")
    with subprocess.Popen(
        [EXECUTABLE, *before, "serve", "--port", "0", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=variables | environment,
    ) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            yield process, line.split()[2].rstrip(",") if line else ""
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_listens_answers_and_ends_with_0(number: int, sample_file: Path) -> None:
    with _serve(database=sample_file) as (process, url):
        assert url.startswith("http://127.0.0.1:")
        with httpx.Client(base_url=url, trust_env=False, timeout=AT_MOST_S) as client:
            assert client.get("/readyz").json()["status"] == "ready"
            answer = client.post("/v1/quotes", content=BODY, headers={"Content-Type": "application/json"})
            assert len(answer.json()["offerings"]) == 5
            assert "server" not in answer.headers
            process.send_signal(number)
            out, err = process.communicate(timeout=AT_MOST_S)
    assert (process.returncode, out) == (0, "")
    events = [json.loads(line)["event"] for line in err.splitlines()]
    assert events == ["catalog", "worker", "request"]


def _reads(process: int, file: Path) -> bool:
    """Whether a child of the process has the file open."""
    children: list[int] = []
    for each in Path(f"/proc/{process}/task").glob("*/children"):
        with suppress(FileNotFoundError, ProcessLookupError):  # of a thread that ended just now
            children += map(int, each.read_text(encoding="ascii").split())
    return any(has_open(child, file) for child in children)


@pytest.mark.parametrize("at_start", [True, False])
def test_without_a_worker_the_solver_reads_the_catalog_before_the_first_question(
    at_start: bool, sample_copy: Path
) -> None:
    with _serve("--no-worker", database=sample_copy, PLACEMENT_SOLVER_AT_START=str(at_start)) as (process, url):
        assert httpx.get(f"{url}/readyz", trust_env=False, timeout=AT_MOST_S).status_code == 200
        if at_start:
            until(lambda: _reads(process.pid, sample_copy))
        else:
            assert not any(each.read_text() for each in Path(f"/proc/{process.pid}/task").glob("*/children"))
        process.send_signal(signal.SIGTERM)
        process.wait(AT_MOST_S)
    assert process.returncode == 0


def test_a_request_that_has_begun_is_answered_before_the_end(sample_file: Path) -> None:
    with _serve(database=sample_file) as (process, url):
        host, _, port = url.removeprefix("http://").partition(":")
        head = f"POST /v1/quotes HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
        with socket.create_connection((host, int(port)), timeout=AT_MOST_S) as connection:
            connection.sendall(f"{head}Content-Length: {len(BODY)}\r\n\r\n".encode() + BODY[:10])
            # Asked after it, and answered: the first request is being read.
            httpx.get(f"{url}/healthz", trust_env=False, timeout=AT_MOST_S)
            process.send_signal(signal.SIGTERM)
            until(lambda: not _listens(host, int(port)))
            connection.sendall(BODY[10:])
            answer = connection.recv(100_000)
        process.wait(AT_MOST_S)
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert process.returncode == 0


def test_without_a_database_it_starts_and_says_that_it_is_not_ready(tmp_path: Path) -> None:
    with _serve(PLACEMENT_DATABASE_URL=f"sqlite:///{tmp_path / 'none.db'}") as (process, url):
        answer = httpx.get(f"{url}/readyz", trust_env=False, timeout=AT_MOST_S)
        assert answer.status_code == 503
        process.terminate()
        _, err = process.communicate(timeout=AT_MOST_S)
    assert "placement catalog load" in json.loads(err.splitlines()[0])["reason"]
    assert process.returncode == 0
    assert list(tmp_path.iterdir()) == []


def test_a_bad_variable_is_one_line_that_names_it() -> None:
    with _serve(PLACEMENT_CATALOG_POLL_S="soon", PLACEMENT_LOG_LEVEL="loud") as (process, url):
        out, err = process.communicate(timeout=AT_MOST_S)
    assert (process.returncode, url, out) == (1, "", "")
    (line,) = err.splitlines()
    assert line.startswith("error: PLACEMENT_CATALOG_POLL_S: ")
    assert "PLACEMENT_LOG_LEVEL: " in line


def test_a_port_that_is_in_use_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with listener() as bound:
        bound.listen()
        port = bound.getsockname()[1]
        assert run(["serve", "--port", str(port)]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert (
        shown.err
        == f"error: --port: {port} is in use by another program; name another port, or 0 for any that is free\n"
    )


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--host", "0.0.0.0"), "there are no keys"),
        (("--host", "::"), "there are no keys"),
        (("--host", "192.0.2.1"), "there are no keys"),
        (("--host", "no-such-host.invalid"), "is not known here"),
        (("--host", "a" * 300), "is not known here"),
        (("--port", "70000"), "65535"),
        (("--port", "http"), "integer"),
    ],
)
def test_where_it_may_not_listen_it_says_why(
    options: tuple[str, ...], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["serve", "--port", "0", *options]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("error: ")
    assert words in shown.err


def test_the_host_can_be_named_by_the_environment(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PLACEMENT_HOST", "0.0.0.0")
    assert run(["serve", "--port", "0"]) == 1
    assert "there are no keys" in capsys.readouterr().err


def _listens(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True
