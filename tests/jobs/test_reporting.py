"""Monthly reports are delivered once to each place, whatever fails meanwhile: real jobs, a real server, real files."""

import csv
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from placement.domain.errors import BadInput
from placement.domain.provider import Surroundings
from placement.jobs.executor import Executor
from placement.jobs.reporting import Reporting, month_before, reported, week_before
from placement.jobs.targets import Folder, Webhook, summary, targets_of
from placement.jobs.undelivered import Undelivered
from placement.jobs.work import Work
from placement.store.repository import Store
from tests.api.serving import until
from tests.loopback import LoopbackServer
from tests.reports.conftest import store, upgraded_file
from tests.reports.months import at, decided, fleet, swept, workload
from tests.store.market import price

__all__ = ["store", "upgraded_file"]

NOVEMBER = at(1, 3, month=11)
USD = {
    "month": "2026-10",
    "closed": True,
    "usd": {"actual": 10.0, "saved": -1.0, "baseline": 9.0, "missed": 1.0, "compliance": 0.0},
}


class Receiver:
    """A webhook that answers as it is told to, and keeps what it was sent."""

    def __init__(self, *answers: int) -> None:
        self.answers = list(answers)
        self.got: list[tuple[str, Any]] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                receiver.got.append((self.headers["Idempotency-Key"], body))
                self.send_response(receiver.answers.pop(0) if receiver.answers else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = LoopbackServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook?secret=s3cret"


@contextmanager
def receiving(*answers: int) -> Iterator[Receiver]:
    receiver = Receiver(*answers)
    thread = threading.Thread(target=receiver.server.serve_forever)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.server.shutdown()
        thread.join()
        receiver.server.server_close()


@contextmanager
def working(url: str, now: datetime, *places: str, every: str = "month") -> Iterator[None]:
    work = Work(url, 1, report_to=places, report_every=(every,), report_formats=("csv", "focus"), beat_s=0.2)
    executor = Executor(work, Surroundings({}, lambda: now))
    executor.start()
    try:
        yield
    finally:
        executor.stop()


@pytest.fixture
def october(store: Store, tmp_path: Path) -> str:
    swept(store, at(1, month=9), price(0.1))
    decided(store, at(20, month=9), fleet(workload()))
    return f"sqlite:///{tmp_path}/placement.db"


def test_a_month_is_delivered_to_each_place_once_also_by_the_next_worker(
    october: str, store: Store, tmp_path: Path
) -> None:
    folder = tmp_path / "reports"
    folder.mkdir()
    with receiving(503, 500) as hook:
        for hour in range(2):
            with working(october, NOVEMBER + timedelta(hours=hour), f"folder:{folder}", hook.url):
                until(lambda: len(store.deliveries("2026-10")) == 2)
        assert len(hook.got) == 3, "two failures, and one that was taken"
    assert {key for key, _ in hook.got} == {"placement-report-2026-10"}
    told = hook.got[-1][1]
    assert told["text"].startswith("Placement report 2026-10: cost 74.40 USD, saved 0.00 (0.0%)")
    assert told["report"]["usd"]["actual"] == 74.4
    names = ["placement-2026-10-focus.csv", "placement-2026-10.csv"]
    assert sorted(file.name for file in folder.iterdir()) == names
    lines = list(csv.DictReader((folder / names[1]).read_text(encoding="utf-8").splitlines()))
    assert sum(float(line["actual_usd"]) for line in lines) == pytest.approx(74.4)
    closed = store.closed_report("2026-10")
    assert closed is not None
    assert closed.closed_by == "schedule"
    assert all("s3cret" not in target for target in store.deliveries("2026-10"))


def test_a_folder_that_cannot_be_written_to_is_named_and_keeps_what_it_had(tmp_path: Path) -> None:
    (tmp_path / "x.csv").mkdir()
    with pytest.raises(Undelivered, match=r"x\.csv"):
        Folder(tmp_path, ("csv",)).deliver("2026-10", {}, lambda form: ("x.csv", b"new"))
    assert [file.name for file in tmp_path.iterdir()] == ["x.csv"]


def test_a_webhook_that_is_not_there_is_not_named() -> None:
    with pytest.raises(Undelivered, match="cannot be reached") as failure:
        Webhook("http://127.0.0.1:1/s3cret").deliver("2026-10", USD | {"by_fleet": []}, lambda form: ("", b""))
    assert "s3cret" not in str(failure.value)


def test_a_month_without_placements_is_not_told_of(store: Store, tmp_path: Path) -> None:
    swept(store, at(1, month=9), price(0.1))
    with receiving() as hook, working(f"sqlite:///{tmp_path}/placement.db", NOVEMBER, hook.url):
        until(lambda: len(store.deliveries("2026-10")) == 1)
        assert hook.got == []


def test_a_job_is_due_once_an_hour_until_all_is_delivered(october: str, store: Store, tmp_path: Path) -> None:
    now = NOVEMBER
    target = Folder(tmp_path, ("csv",))
    reporting = Reporting((target,), ("month",), lambda: now)
    assert list(reporting.due(store)) == [("report-2026-10-20261101t03", "2026-10")]
    assert list(reporting.due(store)) == []
    now += timedelta(hours=1)
    assert list(reporting.due(store)) == [("report-2026-10-20261101t04", "2026-10")]
    store.note_delivery("2026-10", target.id, now)
    store.note_delivery("2026-10", target.id, now)
    now += timedelta(hours=1)
    assert list(reporting.due(store)) == []
    assert list(Reporting((), ("month",), lambda: now).due(store)) == []


def test_weeks_are_due_beside_months(october: str, store: Store, tmp_path: Path) -> None:
    reporting = Reporting((Folder(tmp_path, ("csv",)),), ("month", "week"), lambda: NOVEMBER)
    assert [name for _, name in reporting.due(store)] == ["2026-10", "2026W43"]


def test_a_week_is_told_of_as_the_month_so_far(october: str, store: Store, tmp_path: Path) -> None:
    monday = at(26, 2.5)
    with receiving() as hook, working(october, monday, f"folder:{tmp_path}", hook.url, every="week"):
        until(lambda: len(store.deliveries("2026W43")) == 2)
    ((key, told),) = hook.got
    assert key == "placement-report-2026W43"
    assert told["text"].startswith("Placement report 2026-10 up to 2026-10-26: cost 60.00 USD")
    assert (tmp_path / "placement-2026-10-until-2026-10-26.csv").is_file()
    assert store.closed_report("2026-10") is None


@pytest.mark.parametrize("every", [("day",), (), ("month", "weeks")])
def test_only_months_and_weeks_are_told_of(every: tuple[str, ...]) -> None:
    with pytest.raises(BadInput, match="every month or week"):
        Reporting((), every, lambda: NOVEMBER)


@pytest.mark.parametrize(
    ("now", "week"),
    [(at(26, 0), "2026W43"), (at(25, 23), "2026W42"), (at(5, month=1), "2026W01"), (at(4, month=1), "2025W52")],
)
def test_the_week_before(now: datetime, week: str) -> None:
    assert week_before(now) == week


def test_what_a_week_tells_of_lies_in_the_month_of_its_sunday() -> None:
    assert reported("2026W43", NOVEMBER) == ("2026-10", at(26))
    assert reported("2026W44", NOVEMBER) == ("2026-11", at(2, month=11))
    assert reported("2026-10", NOVEMBER) == ("2026-10", NOVEMBER)


@pytest.mark.parametrize(
    ("now", "month"),
    [(at(1, 0), "2026-09"), (at(31, 23), "2026-09"), (at(1, month=11), "2026-10"), (at(1, month=1), "2025-12")],
)
def test_the_month_before(now: datetime, month: str) -> None:
    assert month_before(now) == month


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("folder:/does/not/exist", "no such folder"),
        ("folder:", "folder:PATH"),
        ("ftp://host/x", "'ftp' is no place for reports"),
        ("s3cret", "folder:PATH"),
        ("https://", "write https://HOST/"),
        ("http://[s3cret", "write https://HOST/"),
    ],
)
def test_a_place_that_cannot_be_is_refused_before_anything_begins(place: str, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        targets_of((place,), ("html",))


def test_a_format_that_there_is_not_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="did you mean 'html'"):
        targets_of((f"folder:{tmp_path}",), ("htlm",))


def test_places_are_told_apart_without_their_secrets(tmp_path: Path) -> None:
    first, second = Webhook("https://h/a"), Webhook("https://h/b")
    assert first.id != second.id
    assert "//" not in first.id


def test_a_summary_names_the_dearest_fleets() -> None:
    words = summary(USD | {"by_fleet": [{"fleet": "shop", "actual_usd": 10.0}]})
    assert "cost 10.00 USD, saved -1.00 (-11.1%)" in words
    assert "shop: 10.00" in words
