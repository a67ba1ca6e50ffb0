"""Solvers are child processes: compiling a large fleet never stalls a request, and one that hangs can be killed."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from select import select
from threading import Condition
from time import monotonic
from typing import Any

from placement.domain.errors import BadInput, PlacementError, StoreError

Document = dict[str, Any]
_CHILD = "placement.jobs.solver_process"
_LOOKS_EVERY_S = 0.5
"""Whether somebody still wants the answer."""
_LONGEST_CHUNK = 1 << 20


class SolverFailed(PlacementError):
    """A solver's process ended, or was at fault, before it had an answer."""


class SolversBusy(PlacementError):
    """All solvers are at work."""


class Unwanted(PlacementError):
    """Nobody wants the answer any more; the solver was stopped."""


class Stopping(BaseException):
    """The pool ends. No Exception: whoever keeps the outcomes of jobs must take this for none."""


class Solver:
    """One process, with one task at a time."""

    def __init__(self, database_url: str) -> None:
        # Without buffering, so that `select` sees all that was not read yet.
        self._process = subprocess.Popen(
            [sys.executable, "-m", _CHILD],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            # A terminal's Ctrl-C is for this process, which decides what becomes of its solvers.
            process_group=0,
            env=os.environ | {"PLACEMENT_DATABASE_URL": database_url},
        )
        self._rest = b""
        self._asked = 0
        self.in_task = False
        """Whether it was asked and has not answered: then it can be asked nothing else."""

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it can be asked."""
        return self._process.poll() is None

    def ask(self, task: Mapping[str, Any], wanted: Callable[[], bool], heard: Callable[[Document], None]) -> Document:
        """The answer to a task, as `solver_tasks` has them; `heard` gets what it tells on the way.

        Raises BadInput as the task does, StoreError while the database is away, SolverFailed, and Unwanted once
        `wanted` says no: it is asked twice a second. The solver is of no use after the latter two, nor after whatever
        `wanted` and `heard` raise.
        """
        self._asked += 1
        self.in_task = True
        line = f"{json.dumps({'number': self._asked, **task}, ensure_ascii=False)}\n".encode()
        try:
            self._send(line)
            said = self._said(wanted)
            while "progress" in said:
                heard(said["progress"])
                said = self._said(wanted)
        except (OSError, ValueError):
            raise SolverFailed(f"the solver ended with code {self._process.wait()}") from None
        self.in_task = False
        if "answer" in said:
            answer: Document = said["answer"]
            return answer
        if "refused" in said:
            raise BadInput(said["refused"])
        if "unavailable" in said:
            raise StoreError(said["unavailable"])
        raise SolverFailed(f"the solver was at fault: {said['fault']}")

    def _said(self, wanted: Callable[[], bool]) -> Document:
        said: Document = json.loads(self._line(wanted))
        if said.pop("to") != self._asked:
            raise SolverFailed("the solver answered another question")
        return said

    def interrupt(self) -> None:
        """End the process; whoever waits for its answer learns so."""
        self._process.kill()

    def kill(self) -> None:
        """End the process, whatever it does."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def _send(self, line: bytes) -> None:
        assert self._process.stdin is not None
        view = memoryview(line)
        while view:
            view = view[self._process.stdin.write(view) or 0 :]

    def _line(self, wanted: Callable[[], bool]) -> bytes:
        assert self._process.stdout is not None
        parts = [self._rest]
        while b"\n" not in parts[-1]:
            ready, _, _ = select([self._process.stdout], [], [], _LOOKS_EVERY_S)
            if not ready:
                if not wanted():
                    raise Unwanted("nobody waits for the answer")
                continue
            chunk = os.read(self._process.stdout.fileno(), _LONGEST_CHUNK)
            if not chunk:
                raise OSError
            parts.append(chunk)
        line, _, self._rest = b"".join(parts).partition(b"\n")
        return line


class SolverPool:
    """So many solvers, each for one task at a time; one that ended is replaced."""

    def __init__(self, database_url: str, solvers: int) -> None:
        self._database_url, self._most = database_url, solvers
        self._idle: list[Solver] = []
        self._busy: set[Solver] = set()
        self._changed = Condition()
        self._stopping = False

    def start(self) -> None:
        """Have all solvers at hand before the first is needed."""
        with self._changed:
            while not self._stopping and len(self._idle) + len(self._busy) < self._most:
                self._idle.append(Solver(self._database_url))

    @property
    def has_idle(self) -> bool:
        """Whether a task would begin at once."""
        with self._changed:
            return not self._stopping and len(self._busy) < self._most

    @property
    def pids(self) -> list[int]:
        """Of the processes that there are."""
        with self._changed:
            return sorted(solver.pid for solver in (*self._idle, *self._busy))

    def run(
        self,
        task: Mapping[str, Any],
        wanted: Callable[[], bool] = lambda: True,
        wait_s: float | None = None,
        heard: Callable[[Document], None] = lambda progress: None,
    ) -> Document:
        """The answer to a task, once a solver is free for it; raises as `Solver.ask`.

        SolversBusy where none is free within `wait_s`. Stopping, if the pool ends meanwhile.
        """
        with self._taken(wait_s) as solver:
            try:
                return solver.ask(task, lambda: not self._stopping and wanted(), heard)
            except (SolverFailed, Unwanted):
                if self._stopping:
                    raise Stopping from None
                raise

    def stop(self) -> None:
        """End all solvers, those at work as well."""
        with self._changed:
            self._stopping = True
            idle, self._idle = self._idle, []
            self._changed.notify_all()
            for solver in self._busy:
                solver.interrupt()
        for solver in idle:
            solver.kill()

    @contextmanager
    def _taken(self, wait_s: float | None) -> Iterator[Solver]:
        until = None if wait_s is None else monotonic() + wait_s
        with self._changed:
            while not self._stopping and len(self._busy) >= self._most:
                if not self._changed.wait(None if until is None else max(0.0, until - monotonic())):
                    raise SolversBusy("all solvers are at work; try again later")
            if self._stopping:
                raise Stopping
            solver = self._idle.pop() if self._idle else Solver(self._database_url)
            if not solver.alive:
                solver.kill()
                solver = Solver(self._database_url)
            self._busy.add(solver)
        try:
            yield solver
        finally:
            with self._changed:
                self._busy.discard(solver)
                if solver.alive and not solver.in_task and not self._stopping:
                    self._idle.append(solver)
                else:
                    solver.kill()
                    self._replace()
                self._changed.notify()

    def _replace(self) -> None:
        """Have another one get ready now, not when the next task waits for it."""
        if not self._stopping:
            # Where no process can be made, whoever asks next is told.
            with suppress(OSError):
                self._idle.append(Solver(self._database_url))
