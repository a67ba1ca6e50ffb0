"""Sweeps of one provider exclude each other, and nothing that happens to one keeps the next out for ever."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from placement.domain.errors import CollectionFailed, StoreError, SweepRunning
from placement.domain.provider import Fact
from placement.domain.sweep import SourceKind
from placement.planner.collecting import collect
from placement.store.repository import Store
from tests.integration.postgresql import running_server
from tests.store.market import FRANKFURT, LARGE, NOON, SPOT, price, sweep

HOLDING = """
import sys
from placement.store.repository import Store
store = Store.open(sys.argv[1])
with store.sweeping(sys.argv[2]):
    print("held", flush=True)
    sys.stdin.readline()
"""
SOON_S = 60.0


@contextmanager
def another_process(database: str, provider: str) -> Iterator["subprocess.Popen[str]"]:
    """A process that sweeps the provider until it is sent a line, or killed."""
    command = [sys.executable, "-c", HOLDING, database, provider]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "held\n"
            yield process
        finally:
            process.kill()


def free(store: Store, provider: str) -> bool:
    try:
        with store.sweeping(provider):
            return True
    except SweepRunning:
        return False


def free_soon(store: Store, provider: str) -> bool:
    """A server notices within moments that a client is gone."""
    give_up_at = time.monotonic() + SOON_S
    while not free(store, provider):
        if time.monotonic() > give_up_at:
            return False
        time.sleep(0.02)
    return True


def test_another_process_keeps_sweeps_of_its_provider_out_until_it_has_finished(store: Store, database: str) -> None:
    words = r"^aws: another sweep of this provider is running; wait for its end$"
    with another_process(database, "aws") as process:
        with pytest.raises(SweepRunning, match=words), store.sweeping("aws"):
            pass
        assert free(store, "gcp"), "other providers are swept meanwhile"
        process.communicate("go on\n", timeout=SOON_S)
        assert process.returncode == 0
    assert free_soon(store, "aws")


def test_a_process_that_is_killed_lets_the_next_one_in(store: Store, database: str) -> None:
    with another_process(database, "aws") as process:
        assert not free(store, "aws")
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        assert free_soon(store, "aws")


def test_threads_keep_each_other_out(store: Store) -> None:
    found: dict[str, bool] = {}

    def look() -> None:
        found.update({provider: free(store, provider) for provider in ("aws", "gcp")})

    with store.sweeping("aws"):
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
        assert not free(store, "aws"), "nor does the same thread get in twice"
    assert found == {"aws": False, "gcp": True}
    assert free(store, "aws")


def test_of_many_who_come_at_once_one_gets_in(store: Store) -> None:
    together, tried = threading.Barrier(4), threading.Barrier(4)
    inside: list[int] = []

    def come(number: int) -> None:
        together.wait()
        with suppress(SweepRunning), store.sweeping("aws"):
            inside.append(number)
            tried.wait()
            return
        tried.wait()

    threads = [threading.Thread(target=come, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(inside) == 1


def test_another_store_on_the_same_database_is_kept_out(store: Store, database: str) -> None:
    other = Store.open(database)
    with store.sweeping("aws"):
        assert not free(other, "aws")
    assert free(other, "aws")
    other.close()


def test_who_is_turned_away_does_not_let_others_in(store: Store) -> None:
    with store.sweeping("aws"):
        assert [free(store, "aws") for _ in range(3)] == [False, False, False]


def test_a_sweep_that_fails_lets_the_next_one_in(store: Store) -> None:
    for failure in (CollectionFailed("no"), KeyboardInterrupt()):
        with pytest.raises(type(failure)), store.sweeping("aws"):
            raise failure
        assert free(store, "aws")


def test_providers_are_told_apart_by_their_whole_names(store: Store) -> None:
    with store.sweeping("aws"):
        assert all(free(store, other) for other in ("aw", "awss", "AWS", "aws ", "äws"))


def test_others_read_and_write_while_a_provider_is_swept(store: Store, database: str) -> None:
    other = Store.open(database, busy_timeout_s=0.5)
    with store.sweeping("aws"):
        other.save_sweep(sweep(price(0.1)), NOON)
        assert store.catalog().version == 1
        store.save_sweep(sweep(price(0.2)), NOON)
    other.close()


@dataclass(frozen=True)
class Observed:
    """A source that lets a test look around while it is asked."""

    look: Callable[[], object]
    name: str = "aws-spot"
    provider: str = "aws"
    kind: SourceKind = SourceKind.API
    cadence: timedelta = timedelta(minutes=10)

    def facts(self) -> Iterator[Fact]:
        yield FRANKFURT
        yield LARGE
        yield price(0.1, SPOT)
        self.look()
        yield price(0.2, SPOT, zone="a")


@pytest.fixture
def server_url(upgraded_template: str) -> Iterator[str]:
    server = running_server()
    with server.database(template=upgraded_template) as name:
        yield server.url(name)


@pytest.fixture
def on_server(server_url: str) -> Iterator[Store]:
    store = Store.open(server_url, busy_timeout_s=1.0)
    yield store
    store.close()


def sessions(url: str) -> list[tuple[str, bool]]:
    """(what it does, whether in a transaction) of each session of the program."""
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "SELECT state, xact_start IS NOT NULL FROM pg_stat_activity "
            "WHERE application_name = 'placement' AND datname = current_database()"
        )
        return [(state, inside) for state, inside in rows]


def end_sessions(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            "WHERE application_name = 'placement' AND datname = current_database()"
        )


def test_no_transaction_stays_open_on_a_server_while_the_source_is_asked(on_server: Store, server_url: str) -> None:
    seen: list[tuple[str, bool]] = []
    collect(on_server, Observed(lambda: seen.extend(sessions(server_url))), lambda: NOON)
    assert seen, "the session that holds the lock"
    assert set(seen) == {("idle", False)}


def test_a_session_that_held_the_lock_holds_nothing_when_it_is_used_again(on_server: Store, server_url: str) -> None:
    with on_server.sweeping("aws"), on_server.sweeping("gcp"):
        pass
    with psycopg.connect(server_url) as connection:
        held = "SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database WHERE locktype = 'advisory' "
        assert connection.execute(f"{held} AND datname = current_database()").fetchone() == (0,)
    on_server.save_sweep(sweep(price(0.1)), NOON)
    assert set(sessions(server_url)) == {("idle", False)}


def test_a_sweep_is_stored_although_the_session_with_its_lock_was_lost(on_server: Store, server_url: str) -> None:
    """A firewall may end a session that is idle for long, and the lock ends with it: that is no failure."""
    record, _ = collect(on_server, Observed(lambda: end_sessions(server_url)), lambda: NOON)
    assert on_server.collections() == [record]
    assert free(on_server, "aws")


def test_a_failure_is_told_although_the_session_with_its_lock_was_lost(on_server: Store, server_url: str) -> None:
    def fail() -> None:
        end_sessions(server_url)
        raise CollectionFailed("aws-spot: no answer within 5 s")

    with pytest.raises(CollectionFailed, match="no answer within 5 s"):
        collect(on_server, Observed(fail), lambda: NOON)
    assert [failed.reason for failed in on_server.failures()] == ["aws-spot: no answer within 5 s"]


@pytest.fixture
def file(upgraded_file: Path, tmp_path: Path) -> Path:
    file = tmp_path / "market.db"
    file.write_bytes(upgraded_file.read_bytes())
    return file


def test_a_file_under_another_name_is_the_same_database(file: Path) -> None:
    linked = file.parent / "linked.db"
    linked.symlink_to(file)
    one, other = Store.open(f"sqlite:///{file}"), Store.open(f"sqlite:///{linked}")
    with one.sweeping("aws"):
        assert not free(other, "aws")
    one.close()
    other.close()


def test_where_no_lock_can_be_kept_the_store_says_so(file: Path) -> None:
    in_the_way = Path(f"{file}.locks")
    in_the_way.write_text("a letter", encoding="utf-8")
    store = Store.open(f"sqlite:///{file}")
    with pytest.raises(StoreError) as refused, store.sweeping("aws"):
        pass
    assert str(in_the_way) in str(refused.value)
    in_the_way.unlink()
    (in_the_way / "aws").mkdir(parents=True)
    with pytest.raises(StoreError) as refused, store.sweeping("aws"):
        pass
    assert str(in_the_way) in str(refused.value)
    store.close()


def test_a_database_in_memory_has_nobody_to_keep_out() -> None:
    store = Store.open("sqlite://")
    with store.sweeping("aws"):
        pass
    store.close()
