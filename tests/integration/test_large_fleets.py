"""A large fleet is solved part by part, by as many workers as there are: the answer is that of one process."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from random import Random
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from placement.planner.ledger import decide_request
from placement.store.repository import Store
from tests.api.deciding import running
from tests.api.serving import until
from tests.integration.postgresql import Server, running_server, sample_on

OF_ITS_RUN = {"id", "solve_seconds", "steps"}
WORKLOADS, TOGETHER = 5_000, 20


@pytest.fixture(scope="module")
def server() -> Server:
    return running_server()


@pytest.fixture
def database(server: Server) -> Iterator[str]:
    with sample_on(server) as url:
        yield url


def shops(seed: int) -> dict[str, Any]:
    """Many applications, each of some workloads that talk to each other."""
    draw = Random(seed)
    workloads, flows = [], []
    for index in range(WORKLOADS):
        vcpus = draw.choice((1, 2, 4, 8))
        workloads.append(
            {
                "name": f"w{index}",
                "resources": {"vcpus": vcpus, "memory_gib": 4 * vcpus},
                "replicas": draw.randint(1, 4),
                "capacity": {"types": draw.choice((["on_demand"], ["on_demand", "spot"]))},
                # Machines that are counted, as those of the sample's own site are, would tie all who could use them.
                "places": {"allow": draw.choice((["EU"], ["US"], ["JP"])), "deny": ["onprem"]},
            }
        )
        if index % TOGETHER:
            other = index - 1 - draw.randrange(index % TOGETHER)
            flows.append({"from": f"w{other}", "to": f"w{index}", "gb_per_month": round(draw.lognormvariate(0, 1), 2)})
    return {"fleet": "shops", "workloads": workloads, "flows": flows}


def test_two_workers_together_give_the_answer_of_one_process(database: str) -> None:
    fleet = shops(seed=7)
    environment = {"PLACEMENT_SOLVERS": "1"}
    with ExitStack() as stack:
        api = stack.enter_context(running(database, "serve", "--port", "0", "--no-worker", **environment))
        for _ in range(2):
            stack.enter_context(running(database, "worker", **environment))
        sent = api.decide(fleet, prefer="respond-async", allow_stale=True, time_limit=300)
        location = sent.headers["location"]
        until(lambda: api.ask("GET", location).json()["status"] not in ("queued", "running"), 240)
        answer = api.ask("GET", location).json()
    store = Store.open(database)
    stored = store.decision(answer["id"])
    here = decide_request(store.catalog(stored.catalog_version), json.loads(stored.request_json), "here")
    store.close()
    assert answer["status"] == "optimal"
    assert {k: v for k, v in answer.items() if k not in OF_ITS_RUN} == {
        k: v for k, v in here.items() if k not in OF_ITS_RUN
    }
    assert any("parts" in step for step in answer["steps"])
    assert len(_executors_of_parts(database)) == 2


def _executors_of_parts(database: str) -> set[str]:
    engine = create_engine(database.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        asked = text("SELECT executor_id FROM dbos.workflow_status WHERE queue_name = 'parts'")
        found = {str(row[0]) for row in connection.execute(asked)}
    engine.dispose()
    return found
