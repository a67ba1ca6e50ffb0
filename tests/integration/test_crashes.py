"""Real processes on a real PostgreSQL, killed as machines and operators do it: nothing is lost, and nothing done twice.

Replicas and workers share one database; faults come in a random order that a seed fixes.
"""

import json
import random
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest

from placement.store.repository import Store
from tests.api.deciding import FLEET, SLOW, Process, running
from tests.api.serving import until
from tests.integration.postgresql import Server, running_server, sample_on

_QUICK = {"PLACEMENT_WORKER_SILENCE_S": "3", "PLACEMENT_SOLVERS": "1"}


@pytest.fixture(scope="module")
def server() -> Server:
    return running_server()


@pytest.fixture
def database(server: Server) -> Iterator[str]:
    with sample_on(server) as url:
        yield url


def _api(stack: ExitStack, database: str) -> Process:
    return stack.enter_context(running(database, "serve", "--port", "0", "--no-worker", **_QUICK))


def _worker(stack: ExitStack, database: str) -> Process:
    return stack.enter_context(running(database, "worker", **_QUICK))


def _status(api: Process, location: str) -> str:
    return str(api.ask("GET", location).json()["status"])


def test_a_worker_killed_in_a_solve_is_replaced_and_the_decision_is_made_once(database: str) -> None:
    with ExitStack() as stack:
        api, first = _api(stack, database), _worker(stack, database)
        location = api.decide(SLOW, prefer="respond-async", allow_stale=True, time_limit=4, gap=0).headers["location"]
        until(lambda: _status(api, location) == "running")
        first.kill()
        assert _status(api, location) == "running", "it was decided before the worker died"
        _worker(stack, database)
        until(lambda: _status(api, location) in ("optimal", "feasible"), 60)
        lines = api.ask("GET", "/v1/decisions").json()["decisions"]
        assert [line["fleet"] for line in lines] == ["slow"]


def test_a_service_killed_in_a_request_gives_the_same_decision_when_asked_again(database: str) -> None:
    with ExitStack() as stack:
        _worker(stack, database)
        first = _api(stack, database)
        failed: list[Exception] = []

        def ask() -> None:
            try:
                first.decide(SLOW, key="deploy", allow_stale=True, time_limit=4, gap=0)
            except httpx.HTTPError as error:
                failed.append(error)

        asking = threading.Thread(target=ask)
        asking.start()
        store = Store.open(database)
        until(lambda: sum(store.count_open_requests()) == 1)
        first.kill()
        asking.join()
        assert failed
        second = _api(stack, database)
        answers = [second.decide(SLOW, key="deploy", allow_stale=True, time_limit=4, gap=0) for _ in range(2)]
        assert answers[0].status_code == 201, answers[0].text
        assert answers[0].json() == answers[1].json()
        assert len(store.decisions()) == 1
        store.close()


def test_a_request_that_is_cancelled_is_stopped_wherever_it_is_solved(database: str) -> None:
    with ExitStack() as stack:
        _worker(stack, database)
        api, other = _api(stack, database), _api(stack, database)
        location = api.decide(SLOW, prefer="respond-async", allow_stale=True, time_limit=60, gap=0).headers["location"]
        until(lambda: _status(api, location) == "running")
        assert other.ask("DELETE", location).json()["status"] == "cancelled"
        began = time.monotonic()
        quick = api.decide(allow_stale=True)
        assert quick.status_code == 201
        assert time.monotonic() - began < 45, "the solver went on with what nobody wants"
        assert _status(other, location) == "cancelled"


@pytest.mark.parametrize("faults", [24, pytest.param(200, marks=pytest.mark.long)])
def test_replicas_and_workers_lose_nothing_and_do_nothing_twice_while_they_are_killed(
    server: Server, database: str, faults: int
) -> None:
    """Three replicas and two workers; clients repeat each request with its key until it is answered."""
    seed = random.Random(5)
    answered: dict[str, str] = {}
    with ExitStack() as stack:
        apis = [_api(stack, database) for _ in range(3)]
        workers = [_worker(stack, database) for _ in range(2)]
        over = threading.Event()
        turn = iter(range(10_000))

        def client() -> None:
            while not over.is_set():
                key = f"request-{next(turn)}"
                answered[key] = _until_answered(apis, key)

        clients = [threading.Thread(target=client) for _ in range(3)]
        for thread in clients:
            thread.start()
        for _ in range(faults):
            time.sleep(seed.uniform(0.1, 0.8))
            match seed.choice(["api", "worker", "connections"]):
                case "api":
                    at = seed.randrange(3)
                    apis[at].kill()
                    apis[at] = _api(stack, database)
                case "worker":
                    at = seed.randrange(2)
                    workers[at].kill()
                    workers[at] = _worker(stack, database)
                case _:
                    name = database.rpartition("/")[2]
                    server.execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                        f"WHERE datname = '{name}' AND pid <> pg_backend_pid()"
                    )
        over.set()
        for thread in clients:
            thread.join(120)
        store = Store.open(database)
        decided = {head.id for head in store.decisions(100_000)}
        for key, decision_id in answered.items():
            assert decision_id in decided, f"{key} was answered and is lost"
        assert len(set(answered.values())) == len(answered), "two requests share a decision"
        until(lambda: sum(store.count_open_requests()) == 0, 60)
        made = [entry.subject for entry in store.audit(100_000) if entry.action == "decisions.create"]
        assert len(made) == len(set(made)) == len(answered), "a repeated request was kept twice"
        assert {head.id for head in store.decisions(100_000)} == set(made)
        store.close()


def _until_answered(apis: list[Process], key: str) -> str:
    """As a pipeline does: the same request with the same key, until there is an answer."""
    chance = random.Random(key)
    until_s = time.monotonic() + 110
    while time.monotonic() < until_s:
        api = chance.choice(apis)
        try:
            answer = httpx.post(
                f"{api.url}/v1/decisions?allow_stale=true",
                content=json.dumps(FLEET),
                headers={"Content-Type": "application/json", "Idempotency-Key": key, "Prefer": "wait=5"},
                timeout=10,
                trust_env=False,
            )
        except httpx.HTTPError:
            time.sleep(0.05)
            continue
        if answer.status_code in (201, 202):
            if answer.status_code == 201:
                return str(answer.json()["id"])
        elif answer.status_code != 503:
            raise AssertionError(answer.text)
        time.sleep(0.05)
    raise AssertionError(f"{key} was never answered")
