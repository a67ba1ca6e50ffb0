"""The parts of jobs that need no other process: who is dead, what is due, where the jobs are kept."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from filelock import FileLock, Timeout

from placement.domain.errors import BadInput, StoreError
from placement.domain.provider import Surroundings
from placement.jobs.executor import Executor
from placement.jobs.jobs_database import JobsDatabase
from placement.jobs.obituaries import Obituaries
from placement.jobs.schedule import Timetable
from placement.jobs.work import Work
from placement.store.repository import Store
from tests.store.market import NOON

LATER = NOON + timedelta(seconds=2)


def test_one_that_goes_on_beating_is_alive() -> None:
    seen = Obituaries("me", dead_after_s=15)
    assert seen.dead({"other": NOON}, 0) == []
    assert seen.dead({"other": LATER}, 20) == []


def test_one_that_is_silent_for_too_long_is_dead() -> None:
    seen = Obituaries("me", dead_after_s=15)
    seen.dead({"other": NOON}, 0)
    assert seen.dead({"other": NOON}, 15) == []
    assert seen.dead({"other": NOON}, 16) == ["other"]


def test_what_another_machine_takes_for_the_time_does_not_matter() -> None:
    seen = Obituaries("me", dead_after_s=15)
    assert seen.dead({"other": NOON - timedelta(days=1)}, 0) == []


def test_one_that_said_farewell_is_dead_at_once() -> None:
    assert Obituaries("me", dead_after_s=15).dead({"other": Obituaries.LEFT}, 0) == ["other"]


def test_nobody_takes_over_from_itself() -> None:
    seen = Obituaries("me", dead_after_s=15)
    seen.dead({"me": NOON}, 0)
    assert seen.dead({"me": NOON}, 100) == []


@pytest.mark.parametrize("url", ["postgresql://u:p@h/d", "postgres://u:p@h/d", "postgresql+psycopg://u:p@h/d"])
def test_on_a_server_the_jobs_are_in_the_same_database(url: str) -> None:
    assert JobsDatabase.beside(url) == JobsDatabase("postgresql://u:p@h/d", None)


def test_beside_a_file_the_jobs_have_a_file_of_their_own(tmp_path: Path) -> None:
    found = JobsDatabase.beside(f"sqlite:///{tmp_path}/placement.db")
    assert found == JobsDatabase(f"sqlite:///{tmp_path}/placement.db.jobs", tmp_path / "placement.db.jobs")


def test_a_database_in_memory_has_no_jobs() -> None:
    with pytest.raises(BadInput, match="name a file"):
        JobsDatabase.beside("sqlite:///:memory:")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(f"sqlite:///{tmp_path}/placement.db")
    opened.upgrade()
    yield opened
    opened.close()


def test_what_was_never_collected_is_due_once_a_minute(store: Store) -> None:
    table = Timetable(["onprem"], Surroundings({}, lambda: NOON))
    assert [(job.id, job.provider) for job in table.due(store)] == [(f"collect-onprem-{NOON:%Y%m%dt%H%M}", "onprem")]
    assert list(table.due(store)) == []


def test_an_empty_timetable_collects_nothing(store: Store) -> None:
    assert list(Timetable([], Surroundings({}, lambda: NOON)).due(store)) == []


def test_a_timetable_refuses_names_that_mean_nothing() -> None:
    with pytest.raises(BadInput, match="aws"):
        Timetable(["awss"], Surroundings({}, lambda: NOON))


def test_an_executor_refuses_to_collect_what_there_is_not_before_it_begins(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="did you mean aws"):
        Executor(Work(f"sqlite:///{tmp_path}/placement.db", 1, ["awss"]), Surroundings({}))


def test_an_executor_that_cannot_start_may_be_started_again(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/placement.db"
    executor = Executor(Work(url, 1), Surroundings({}))
    with pytest.raises(StoreError):
        executor.start()
    made = Store.open(url)
    made.upgrade()
    made.close()
    executor.start()
    executor.stop()


def test_a_file_has_one_executor(tmp_path: Path, store: Store) -> None:
    url = f"sqlite:///{tmp_path}/placement.db"
    first, second = Executor(Work(url, 1), Surroundings({})), Executor(Work(url, 1), Surroundings({}))
    first.start()
    try:
        with pytest.raises(Timeout):
            FileLock(f"{tmp_path}/placement.db.jobs.lock").acquire(blocking=False)
    finally:
        first.stop()
    second.start()
    second.stop()
