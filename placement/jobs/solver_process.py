"""The process of a solver: it answers one task after the other, and ends with the process that started it.

Tasks come as lines of JSON on standard input, answers leave as lines on what was standard output; whatever else is
printed goes to standard error.
"""

import json
import os
import sys
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, TextIO

from placement.domain.errors import BadInput, PlacementError
from placement.domain.garbage import collector_waits
from placement.jobs.solver_tasks import TASKS, Kept
from placement.optimizer.warm import ready
from placement.store.repository import Store

DATABASE = "PLACEMENT_DATABASE_URL"
_LOOKS_EVERY_S = 1.0
"""For a newer catalog, while there is nothing to do."""


def main() -> None:
    """Serve until standard input ends."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    tasks: SimpleQueue[str] = SimpleQueue()
    Thread(target=_read, args=(tasks,), daemon=True).start()
    # Tasks that come meanwhile wait; compiling takes a while only after an installation.
    ready()
    kept = Kept(Store.open(os.environ[DATABASE]))
    while True:
        try:
            line = tasks.get(timeout=_LOOKS_EVERY_S)
        except Empty:
            # The database may be away; whoever asks for something will be told so.
            with suppress(PlacementError), collector_waits():
                kept.follow()
            continue
        _do(json.loads(line), kept, answers)


def _read(tasks: "SimpleQueue[str]") -> None:
    for line in sys.stdin:
        tasks.put(line)
    # The parent is gone: nobody waits for an answer.
    os._exit(0)


def _do(task: dict[str, Any], kept: Kept, answers: TextIO) -> None:
    number = task.pop("number")

    def say(document: dict[str, Any]) -> None:
        answers.write(f"{json.dumps({'to': number, **document}, ensure_ascii=False)}\n")
        answers.flush()

    kept.tell = lambda progress: say({"progress": progress})
    say(_answer(kept, task))


def _answer(kept: Kept, task: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"answer": TASKS[task["task"]](kept, task)}
    except BadInput as refused:
        return {"refused": str(refused)}
    except PlacementError as failure:
        return {"unavailable": str(failure)}
    except Exception as fault:
        import traceback

        traceback.print_exc()
        return {"fault": f"{type(fault).__name__}: {fault}"}


if __name__ == "__main__":
    main()
