"""A PostgreSQL server of the test run's own: in a temporary folder, on a free loopback port, gone with the process."""

import atexit
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from placement.store.repository import Store
from providers.onprem import PriceSheets
from tests.store.market import NOON

USER, PASSWORD = "tester", "only-for-tests"
_STARTING_S = 60.0
_names = count(1)


class Server:
    """One running server and its databases."""

    def __init__(self, folder: Path, command: Sequence[str], port: int) -> None:
        self._folder, self._command, self.port = folder, command, port
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns once it answers; what a killed server's children still hold is waited for."""
        give_up_at = time.monotonic() + _STARTING_S
        while not self._answers():
            if time.monotonic() > give_up_at:
                raise RuntimeError(f"PostgreSQL did not start: {self._log.read_text()}")
            if self._process is None or self._process.poll() is not None:
                with self._log.open("ab") as log:
                    self._process = subprocess.Popen(
                        self._command, stdout=log, stderr=log, cwd=self._folder, **_unprivileged(self._folder)
                    )
            time.sleep(0.05)

    def kill(self) -> None:
        """As a machine that loses power: nothing is said to anybody."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """End it in order."""
        assert self._process is not None
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()

    @property
    def _log(self) -> Path:
        return self._folder / "log"

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url("postgres"), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def url(self, database: str, *, user: str = USER, password: str = PASSWORD) -> str:
        return f"postgresql://{user}:{password}@127.0.0.1:{self.port}/{database}"

    def execute(self, statement: str, *names: str) -> None:
        """Run one statement, its {} replaced by quoted names, outside of a transaction."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))

    @contextmanager
    def database(self, template: str = "template1") -> Iterator[str]:
        """The name of a new database, dropped at the end."""
        name = f"test_{next(_names)}"
        self.execute("CREATE DATABASE {} TEMPLATE {}", name, template)
        try:
            yield name
        finally:
            self.execute("DROP DATABASE {} WITH (FORCE)", name)


@contextmanager
def sample_on(server: Server) -> Iterator[str]:
    """The URL of a new database with the sample market, dropped at the end."""
    with server.database() as name:
        url = server.url(name)
        store = Store.open(url)
        store.upgrade()
        store.save_sweep(PriceSheets.sample().sweep(), NOON)
        store.close()
        yield url


@cache
def running_server() -> Server:
    """One server for each process of the test run; skips the test where PostgreSQL is not installed."""
    return new_server()


def new_server(*settings: str) -> Server:
    """A server that a test may do with as it likes, stopped with the process; skips where there is none installed."""
    initdb, postgres = _binary("initdb"), _binary("postgres")
    if initdb is None or postgres is None:
        pytest.skip("PostgreSQL server is not installed")
    folder = Path(tempfile.mkdtemp(prefix="placement-postgresql-", dir="/tmp"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    as_user = _unprivileged(folder)
    data, password = folder / "data", folder / "password"
    password.write_text(PASSWORD)
    password.chmod(0o644)
    subprocess.run(
        [
            initdb,
            f"--pgdata={data}",
            f"--username={USER}",
            f"--pwfile={password}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
        ],
        check=True,
        capture_output=True,
        cwd=folder,
        **as_user,
    )
    port = _free_port()
    options = ("listen_addresses=127.0.0.1", "unix_socket_directories=", "shared_buffers=64MB", "fsync=off", *settings)
    command = [postgres, "-D", str(data), "-p", str(port), *(word for option in options for word in ("-c", option))]
    server = Server(folder, command, port)
    server.start()
    atexit.register(server.stop)
    return server


def _binary(name: str) -> str | None:
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)
    return shutil.which(name) or next(map(str, versions), None)


def _unprivileged(folder: Path) -> dict[str, Any]:
    """PostgreSQL refuses to run as root: who is root starts it as another user, whose the folder then is."""
    if os.geteuid() != 0:
        return {}
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    user = names.get("postgres") or names["nobody"]
    os.chown(folder, user.pw_uid, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
