"""A command says the same of a database, whether it looks itself or asks a service that does."""

import json
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from placement.client import Client, FleetRequest
from placement.domain.errors import UnknownDecision, UnknownDocument
from tests.api.deciding import Process, running
from tests.api.serving import listener, until
from tests.cli.on_terminal import on_terminal
from tests.cli.running import EXAMPLES, EXECUTABLE, Command, Ran, write_fleet
from tests.client.asking import client_of, large_fleet
from tests.providers.wire.faults import Answer, FaultProxy, cut_off, instead
from tests.shown import normal

AT_MOST_S = 60.0
RUN = ("id", "solve_seconds", "steps")
"""What differs from run to run."""
GDPR = EXAMPLES / "policies" / "gdpr.yaml"


@pytest.fixture(scope="module")
def database(loaded_database: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("shared") / "placement.db"
    return f"sqlite:///{shutil.copy(loaded_database, file)}"


@pytest.fixture(scope="module")
def process(database: str) -> Iterator[Process]:
    with running(database, "serve", "--port", "0") as served:
        with client_of(served.url) as client:
            client.policies.put("gdpr", GDPR.read_text(encoding="utf-8"))
        yield served


@pytest.fixture
def here(bare_placement: Command, database: str) -> Command:
    """Runs a command on the database."""
    return lambda *arguments: bare_placement("--database", database, *arguments)


@pytest.fixture
def there(bare_placement: Command, process: Process) -> Command:
    """Runs it by the service."""
    return lambda *arguments: bare_placement(*arguments, "--server", process.url)


@pytest.fixture
def client(process: Process) -> Iterator[Client]:
    with client_of(process.url) as asking:
        yield asking


def _answer(ran: Ran) -> dict[str, Any]:
    return {name: value for name, value in ran.document.items() if name not in RUN}


@pytest.mark.parametrize(
    ("fleet", "code"),
    [("data-gravity", 0), ("capacity-squeeze", 0), ("residency", 0), ("spot-risk", 0), ("impossible", 2)],
)
def test_a_fleet_has_the_same_answer(fleet: str, code: int, here: Command, there: Command) -> None:
    file = EXAMPLES / f"{fleet}.yaml"
    mine, theirs = (placement("solve", file, "--json") for placement in (here, there))
    assert (mine.code, theirs.code) == (code, code)
    assert (mine.err, theirs.err) == ("", "")
    assert _answer(theirs) == _answer(mine)
    assert list(theirs.document) == list(mine.document)
    mine, theirs = (placement("solve", file) for placement in (here, there))
    assert (theirs.code, normal(theirs.out)) == (code, normal(mine.out))


def test_a_search_without_an_answer_ends_with_3(
    process: Process, bare_placement: Command, client: Client, folder: Path
) -> None:
    fleet = EXAMPLES / "impossible.yaml"
    decision = client.decisions.decide(FleetRequest(fleet.read_text(encoding="utf-8")))
    late = dict(decision) | {"status": "no_answer", "stopped_by": "time", "conflict": [], "rejections": []}
    with FaultProxy(process.url).running() as proxy:
        proxy.misbehave(instead(Answer(201, {"content-type": "application/json"}, json.dumps(late).encode())))
        ran = bare_placement("solve", fleet, "--server", proxy.url)
    assert (ran.code, ran.err) == (3, "")
    assert "no placement was found in time" in ran.out


YEARS = ("--since", "2020-01-01", "--until", "2026-11-01")


@pytest.mark.parametrize(
    "command",
    [
        ("quote", "--vcpus", 16, "--memory-gib", 64, "--spot", "--in", "EU", "--top", 9),
        ("quote", "--vcpus", 16, "--memory-gib", 64, "--spot", "--risk-adjusted", "--arch", "arm64", "--burstable"),
        ("quote", "--vcpus", 1, "--memory-gib", 1, "--gpus", 1, "--gpu-model", "T4"),
        ("quote", "--vcpus", 4000, "--memory-gib", 16, "--in", "DE"),
        ("prices", "history", "aws:eu-central-1", "m5.large", *YEARS),
        ("prices", "history", "aws:eu-central-1", "m5.large", "--capacity", "spot", *YEARS),
        ("prices", "history", "aws:eu-central-1", "nothing", *YEARS),
        ("catalog", "show"),
        ("policy", "check", EXAMPLES / "residency.yaml", "--as-of", "2026-11-01"),
    ],
    ids=lambda command: " ".join(map(str, command[:2])),
)
@pytest.mark.parametrize("json_too", [(), ("--json",)])
def test_what_is_read_is_the_same(
    command: tuple[object, ...], json_too: tuple[str, ...], here: Command, there: Command
) -> None:
    mine = here(*command, *json_too)
    assert mine.out
    assert there(*command, *json_too) == mine


def test_a_decision_is_explained_the_same_wherever_it_was_made(here: Command, there: Command) -> None:
    for made_by in (here, there):
        decision = made_by("solve", EXAMPLES / "residency.yaml", "--json").document["id"]
        for asked in ((), ("checkout",), ("analytics", "--top", 3), ("--policy-cost",), ("--limit-cost",)):
            for json_too in ((), ("--json",)):
                mine = here("explain", decision, *asked, *json_too)
                assert mine.code == 0
                assert there("explain", decision, *asked, *json_too) == mine


def test_what_is_not_there_is_told_in_the_same_words(here: Command, there: Command) -> None:
    here("solve", EXAMPLES / "impossible.yaml")
    for command in (("explain", "nope"), ("explain", "latest", "ledger")):
        assert there(*command).message == here(*command).message
    assert "without policies" in there("explain", "latest", "--policy-cost").message


def test_flaws_of_a_fleet_have_the_lines_of_its_file(here: Command, there: Command, folder: Path) -> None:
    fleet = write_fleet(folder, "fleet: shop\nworkloads:\n- {name: web, resources: {vcpus: many, memory_gib: 4}}\n")
    assert there("solve", fleet).message == here("solve", fleet).message
    assert there("solve", folder / "none.yaml").message == here("solve", folder / "none.yaml").message
    (folder / "latin.yaml").write_bytes("fleet: größe".encode("latin-1"))
    assert there("solve", folder / "latin.yaml").message == here("solve", folder / "latin.yaml").message


def test_a_policy_that_the_service_does_not_have_is_a_flaw_of_the_fleet(there: Command, folder: Path) -> None:
    text = (EXAMPLES / "residency.yaml").read_text(encoding="utf-8").replace("gdpr.yaml", "dpa.yaml")
    message = there("solve", write_fleet(folder, text)).message
    assert "fleet.yaml:" in message
    assert "no policies are stored as 'dpa'" in message


def test_the_same_key_is_decided_once(there: Command) -> None:
    command = ("solve", EXAMPLES / "data-gravity.yaml", "--idempotency-key", "acme/shop@4f1d7c9", "--json")
    assert there(*command) == there(*command)


def test_a_key_is_for_services(here: Command) -> None:
    message = here("solve", EXAMPLES / "data-gravity.yaml", "--idempotency-key", "acme").message
    assert "--server" in message


def test_the_service_is_named_before_or_after_the_command_or_by_the_environment(
    bare_placement: Command, process: Process, monkeypatch: pytest.MonkeyPatch, empty_folder: Path
) -> None:
    answer = bare_placement("--server", process.url, "catalog", "show")
    assert answer.code == 0
    assert bare_placement("catalog", "show", "--server", process.url) == answer
    monkeypatch.setenv("PLACEMENT_SERVER", process.url)
    assert bare_placement("catalog", "show") == answer
    assert bare_placement("--server", "http://127.0.0.1:1", "catalog", "show", "--server", process.url) == answer
    assert list(empty_folder.iterdir()) == []


def test_a_database_that_is_named_counts_more_than_a_service_of_the_environment(
    here: Command, bare_placement: Command, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = here("catalog", "show")
    monkeypatch.setenv("PLACEMENT_SERVER", "http://127.0.0.1:1")
    assert here("catalog", "show") == answer
    assert bare_placement("catalog", "show", "--database", database) == answer
    assert here("db", "upgrade").code == 0


@pytest.mark.parametrize(
    "command",
    [
        ("--server", "http://127.0.0.1:1", "catalog", "show", "--database", "sqlite:///none.db"),
        ("--database", "sqlite:///none.db", "catalog", "show", "--server", "http://127.0.0.1:1"),
        ("--server", "http://127.0.0.1:1", "--database", "sqlite:///none.db", "catalog", "show"),
    ],
)
def test_a_service_and_a_database_are_not_both_asked(command: tuple[str, ...], bare_placement: Command) -> None:
    assert "give one of them" in bare_placement(*command).message


def test_both_in_the_environment_are_not_guessed_between(
    bare_placement: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLACEMENT_SERVER", "http://127.0.0.1:1")
    monkeypatch.setenv("PLACEMENT_DATABASE_URL", "sqlite:///none.db")
    message = bare_placement("catalog", "show").message
    assert "PLACEMENT_SERVER and PLACEMENT_DATABASE_URL are both set" in message
    assert "no such" not in bare_placement("keys", "list").message


NOT_ASKED = (
    ("catalog", "load", "--sample"),
    ("collect", "onprem"),
    ("db", "compact"),
    ("db", "upgrade"),
    ("keys", "create", "me"),
    ("keys", "list"),
    ("keys", "revoke", "me"),
    ("policy", "test", EXAMPLES / "policies"),
    ("report", "--month", "2026-10"),
    ("serve",),
    ("worker",),
)


@pytest.mark.parametrize("command", NOT_ASKED, ids=lambda command: " ".join(map(str, command[:2])))
def test_what_cannot_be_asked_of_a_service_says_so(
    command: tuple[object, ...], bare_placement: Command, empty_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = " ".join(str(word) for word in command[:2] if str(word).isalpha()).removesuffix(" onprem")
    sentence = f"error: --server: placement {name} cannot be asked of a service; leave it out\n"
    assert bare_placement("--server", "http://127.0.0.1:1", *command).message == sentence
    after = bare_placement(*command, "--server", "http://127.0.0.1:1").message
    assert after == sentence
    if command[:2] != ("policy", "test"):
        monkeypatch.setenv("PLACEMENT_SERVER", "http://127.0.0.1:1")
        assert f"PLACEMENT_SERVER: placement {name} cannot be asked" in bare_placement(*command).message
    assert list(empty_folder.iterdir()) == []


def test_policies_are_tested_whatever_the_environment_asks(
    bare_placement: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLACEMENT_SERVER", "http://127.0.0.1:1")
    assert bare_placement("policy", "test", EXAMPLES / "policies").code == 0


def test_where_nobody_listens_is_one_message_that_says_what_to_do(bare_placement: Command) -> None:
    with listener() as bound:
        url = f"http://127.0.0.1:{bound.getsockname()[1]}"
    message = bare_placement("catalog", "show", "--server", url).message
    assert url in message
    assert "placement serve" in message


def test_a_key_is_not_shown_whatever_fails(bare_placement: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLACEMENT_API_KEY", "plc_s3cret")
    for url in ("http://127.0.0.1:1", "http://placement.example", "https://127.0.0.1:1", "nothing"):
        assert "s3cret" not in bare_placement("catalog", "show", "--server", url).message


def _asking(url: str, fleet: Path, *options: str) -> "subprocess.Popen[str]":
    command = [str(EXECUTABLE), "solve", str(fleet), "--server", url, "--time-limit", "600", *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def _is_open(client: Client, fleet: str) -> bool:
    return [line["status"] for line in client.decisions.ledger(fleet)] == ["open"]


@pytest.mark.parametrize("waiting", ["for its first answer", "for the decision"])
def test_ctrl_c_cancels_what_nobody_else_waits_for(
    waiting: str, process: Process, client: Client, folder: Path
) -> None:
    name = f"stopped-{waiting.split()[-1]}"
    fleet = write_fleet(folder, large_fleet().replace("fleet: big", f"fleet: {name}"))
    with FaultProxy(process.url).running() as proxy, _asking(proxy.url, fleet) as asking:
        until(lambda: _is_open(client, name), AT_MOST_S)
        if waiting == "for the decision":
            until(lambda: any(asked.method == "GET" for asked in proxy.asked), AT_MOST_S)
        asking.send_signal(signal.SIGINT)
        out, err = asking.communicate(timeout=AT_MOST_S)
    assert (asking.returncode, out) == (130, "")
    (line,) = client.decisions.ledger(name)
    assert line["status"] == "cancelled"
    assert [row for row in err.splitlines() if row] == [f"cancelled {line['id']}", "stopped"]


def test_ctrl_c_leaves_to_the_service_what_is_asked_by_a_key(process: Process, client: Client, folder: Path) -> None:
    text = large_fleet().replace("fleet: big", "fleet: shared")
    with _asking(process.url, write_fleet(folder, text), "--idempotency-key", "acme@17") as asking:
        until(lambda: _is_open(client, "shared"), AT_MOST_S)
        asking.send_signal(signal.SIGINT)
        _, err = asking.communicate(timeout=AT_MOST_S)
    assert asking.returncode == 130
    assert "--idempotency-key waits again" in err
    found = client.decisions.begin(FleetRequest(text, 600, 1e-4, 0, idempotency_key="acme@17"))
    assert found["status"] in ("queued", "running")
    client.decisions.cancel(found["id"])


def test_ctrl_c_says_so_where_the_service_is_gone_meanwhile(process: Process, client: Client, folder: Path) -> None:
    fleet = write_fleet(folder, large_fleet().replace("fleet: big", "fleet: cut-off"))
    with FaultProxy(process.url).running() as proxy, _asking(proxy.url, fleet) as asking:
        until(lambda: _is_open(client, "cut-off"), AT_MOST_S)
        proxy.misbehave(cut_off, times=100)
        asking.send_signal(signal.SIGINT)
        _, err = asking.communicate(timeout=AT_MOST_S)
    assert asking.returncode == 130
    assert "may go on with it" in err
    assert "Traceback" not in err
    (line,) = client.decisions.ledger("cut-off")
    client.decisions.cancel(line["id"])


def test_a_terminal_shows_how_the_request_is_coming_along(process: Process, client: Client, folder: Path) -> None:
    fleet = write_fleet(folder, large_fleet().replace("fleet: big", "fleet: shown"))
    command = ("solve", fleet, "--server", process.url, "--time-limit", "600")
    ran = on_terminal(*command, columns=120, interrupt_after="running at")
    (line,) = client.decisions.ledger("shown")
    assert ran.code == 130
    assert f"running at {process.url} as {line['id']}" in ran.out
    assert ran.out.endswith(f"cancelled {line['id']}\r\nstopped\r\n")


def test_the_documents_are_json_that_programs_read(there: Command) -> None:
    assert json.loads(there("quote", "--vcpus", 2, "--memory-gib", 4, "--json").out)["offerings"]


def test_a_stored_fleet_is_placed_again_the_same(here: Command, there: Command, client: Client, folder: Path) -> None:
    fleet = EXAMPLES / "residency.yaml"
    text = fleet.read_text(encoding="utf-8")
    assert "Content-Type: application/yaml" in there("replan", fleet).message
    client.fleets.put("residency", text)
    assert here("solve", fleet).code == 0
    mine, theirs = (placement("replan", fleet, "--json") for placement in (here, there))
    assert (mine.code, theirs.code) == (0, 0)
    assert _answer(theirs) == _answer(mine)
    assert list(theirs.document) == list(mine.document)
    mine, theirs = (placement("replan", fleet) for placement in (here, there))
    assert theirs.out == mine.out
    other = write_fleet(folder, text.replace("replicas: 4", "replicas: 5"))
    assert "the service has fleet residency otherwise, as revision 1" in there("replan", other).message
    with pytest.raises(UnknownDocument):
        client.fleets.moves("nothing")
    client.fleets.put("unplaced", "fleet: unplaced\nworkloads: [{name: w, resources: {vcpus: 1, memory_gib: 1}}]")
    with pytest.raises(UnknownDecision, match="no decision places a fleet 'unplaced' yet"):
        client.fleets.moves("unplaced")
