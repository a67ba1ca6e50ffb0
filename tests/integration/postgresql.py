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
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

USER, PASSWORD = "tester", "only-for-tests"
_STARTING_S = 60.0
_names = count(1)


class Server:
    """Databases on one running server."""

    def __init__(self, port: int) -> None:
        self.port = port

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


@cache
def running_server() -> Server:
    """One server for each process of the test run; skips the test where PostgreSQL is not installed."""
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
    options = ("listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off", "shared_buffers=64MB")
    command = [postgres, "-D", str(data), "-p", str(port), *(word for option in options for word in ("-c", option))]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, **as_user)
    atexit.register(_stop, process)
    server = Server(port)
    _wait(server, process, folder / "log")
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


def _wait(server: Server, process: "subprocess.Popen[bytes]", log: Path) -> None:
    give_up_at = time.monotonic() + _STARTING_S
    while True:
        try:
            psycopg.connect(server.url("postgres"), connect_timeout=5).close()
            return
        except psycopg.OperationalError as failure:
            if process.poll() is not None or time.monotonic() > give_up_at:
                raise RuntimeError(f"PostgreSQL did not start: {log.read_text()}") from failure
            time.sleep(0.05)


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.send_signal(signal.SIGINT)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
