"""Solvers: what is asked of a child process, and what becomes of it."""

import os
import shutil
import signal
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from placement.domain.errors import BadInput, StoreError
from placement.jobs.solvers import SolverPool, SolversBusy, Stopping, Unwanted
from placement.store.repository import Store
from providers.onprem import PriceSheets
from tests.api.serving import until
from tests.store.market import NOON


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"sqlite:///{tmp_path_factory.mktemp('solvers') / 'placement.db'}"
    store = Store.open(url)
    store.upgrade()
    store.save_sweep(PriceSheets.sample().sweep(), NOON)
    store.close()
    return url


@pytest.fixture
def pool(database: str) -> Iterator[SolverPool]:
    started = SolverPool(database, 1)
    started.start()
    yield started
    started.stop()


def task(vcpus: float = 2, time_limit_s: float = 30.0) -> dict[str, object]:
    return {
        "task": "decide",
        "id": "d1",
        "catalog_version": 1,
        "request": {
            "fleet": {"fleet": "f", "workloads": [{"name": "w", "resources": {"vcpus": vcpus, "memory_gib": 4}}]},
            "policies": None,
            "as_of": NOON.isoformat(),
            "settings": {"time_limit_s": time_limit_s, "gap": 1e-4, "seed": 0, "workers": 1},
            "allow_stale": True,
        },
    }


def test_a_task_is_answered(pool: SolverPool) -> None:
    assert pool.run(task())["status"] == "optimal"


def test_a_version_that_there_is_not_is_refused(pool: SolverPool) -> None:
    with pytest.raises(BadInput, match="version"):
        pool.run(task() | {"catalog_version": 99})
    assert pool.run(task())["id"] == "d1"


def test_a_solver_that_was_killed_is_replaced(pool: SolverPool) -> None:
    (before,) = pool.pids
    os.kill(before, signal.SIGKILL)
    until(lambda: not _alive(before))
    assert pool.run(task())["status"] == "optimal"
    assert pool.pids != [before]


def test_what_nobody_wants_is_stopped(pool: SolverPool) -> None:
    (before,) = pool.pids
    os.kill(before, signal.SIGSTOP)
    with pytest.raises(Unwanted):
        pool.run(task(), lambda: False)
    # Another one gets ready before the next task comes.
    (after,) = pool.pids
    assert before != after


def test_a_pool_that_has_ended_starts_nothing(database: str) -> None:
    pool = SolverPool(database, 1)
    pool.stop()
    pool.start()
    assert pool.pids == []


def test_a_solver_that_was_left_in_a_task_never_answers_the_next(pool: SolverPool) -> None:
    """Its answer would be taken for that to another question."""

    def nobody_knows() -> bool:
        raise StoreError("the database is away")

    (before,) = pool.pids
    os.kill(before, signal.SIGSTOP)
    with pytest.raises(StoreError):
        pool.run(task() | {"id": "first"}, nobody_knows)
    with suppress(ProcessLookupError):
        os.kill(before, signal.SIGCONT)
    assert pool.run(task() | {"id": "second"})["id"] == "second"


def test_a_pool_with_all_solvers_at_work_says_so(pool: SolverPool) -> None:
    (pid,) = pool.pids
    os.kill(pid, signal.SIGSTOP)
    ended = threading.Event()

    def work() -> None:
        pool.run(task())
        ended.set()

    thread = threading.Thread(target=work)
    thread.start()
    until(lambda: not pool.has_idle)
    with pytest.raises(SolversBusy):
        pool.run(task(), wait_s=0.1)
    os.kill(pid, signal.SIGCONT)
    thread.join()
    assert ended.is_set()


def test_the_end_of_the_pool_ends_its_solvers_and_is_no_outcome(database: str) -> None:
    pool = SolverPool(database, 1)
    pool.start()
    (pid,) = pool.pids
    os.kill(pid, signal.SIGSTOP)
    raised: list[BaseException] = []

    def work() -> None:
        try:
            pool.run(task())
        except BaseException as stop:
            raised.append(stop)

    thread = threading.Thread(target=work)
    thread.start()
    until(lambda: not pool.has_idle)
    pool.stop()
    thread.join(20)
    assert [type(stop) for stop in raised] == [Stopping]
    assert not _alive(pid)


def test_what_a_solver_says_survives_a_large_answer(pool: SolverPool) -> None:
    large = task()
    large["request"]["fleet"]["workloads"] = [  # type: ignore[index]
        {"name": f"w{n}", "resources": {"vcpus": 1, "memory_gib": 1}} for n in range(300)
    ]
    assert len(pool.run(large)["placements"]) == 300


def _alive(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"


def test_a_copy_of_the_database_answers_alike(pool: SolverPool, database: str, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    shutil.copy(database.removeprefix("sqlite:///"), copy)
    other = SolverPool(f"sqlite:///{copy}", 1)
    try:
        there, here = other.run(task()), pool.run(task())
    finally:
        other.stop()
    assert there["placements"] == here["placements"]
