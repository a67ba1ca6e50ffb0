"""Decisions of a real service: made once, waited for, looked up, explained, replayed, cancelled."""

import json
from contextlib import suppress
from typing import Any

import pytest

from placement.client import Client, FleetRequest
from placement.client.decision_forms import PendingDecision
from placement.domain.errors import BadFleet, BadInput, KeyReused, ServiceUnreachable, Undecided, UnknownDecision
from tests.api.deciding import FLEET as JSON_FLEET
from tests.api.serving import until
from tests.cli.running import EXAMPLES
from tests.client.asking import FLEET, GDPR, Pauses, client_of, large_fleet
from tests.providers.wire.faults import Answer, FaultProxy, cut_off, instead

AT_MOST_S = 60.0
PENDING: dict[str, Any] = {
    "id": "20261101t120000-4f1d7c9a2b3e",
    "fleet": "shop",
    "status": "queued",
    "asked_at": "2026-11-01T12:00:00Z",
    "asked_by": "local",
    "ended_at": None,
    "reason": "",
    "catalog": {"version": 1},
    "warnings": [],
    "progress": None,
}


def test_a_fleet_is_decided_and_found_again(client: Client) -> None:
    decision = client.decisions.decide(FleetRequest(FLEET))
    assert (decision["fleet"], decision["status"]) == ("shop", "optimal")
    assert {placed["workload"] for placed in decision["placements"]} == {"web", "api"}
    assert client.decisions.find(decision["id"]) == decision
    assert client.decisions.find(decision["id"][:-2]) == decision


def test_json_is_announced_as_json_and_yaml_as_yaml(proxy: FaultProxy) -> None:
    with client_of(proxy.url) as client:
        for text in (json.dumps(JSON_FLEET), FLEET, f"{{{FLEET}"):
            with suppress(BadFleet):
                client.decisions.begin(FleetRequest(text))
    kinds = [asked.headers["content-type"] for asked in proxy.asked]
    assert kinds == ["application/json", "application/yaml", "application/yaml"]


def test_what_takes_longer_is_asked_for_until_it_is_there(client: Client) -> None:
    told: list[PendingDecision] = []
    decision = client.decisions.decide(FleetRequest(large_fleet(), time_limit_s=3), told.append)
    assert {pending["status"] for pending in told} <= {"queued", "running"}
    assert {pending["id"] for pending in told} == {decision["id"]}
    assert decision["stopped_by"] == "time"


def test_it_is_asked_again_when_the_service_says_so(proxy: FaultProxy) -> None:
    headers = {"content-type": "application/json", "retry-after": "9", "location": "http://192.0.2.1/elsewhere"}
    pauses = Pauses()
    with client_of(proxy.url, pauses=pauses) as client:
        request = FleetRequest(FLEET)
        decision = client.decisions.decide(request)
        answer = Answer(202, headers, json.dumps(PENDING | {"id": decision["id"]}).encode())
        proxy.misbehave(instead(answer), times=2)
        pauses.clear()
        assert client.decisions.decide(request) == decision
    assert pauses == [9, 9]
    path = f"/v1/decisions/{decision['id']}"
    assert [asked.path for asked in proxy.asked][-2:] == [path, path]


def test_a_service_that_goes_away_meanwhile_leaves_the_id(proxy: FaultProxy, client: Client) -> None:
    proxy.misbehave(cut_off, times=100, only=lambda asked: asked.method == "GET")
    request = FleetRequest(large_fleet(), time_limit_s=600)
    with client_of(proxy.url) as asking, pytest.raises(ServiceUnreachable, match="goes on as") as error:
        asking.decisions.decide(request)
    pending = client.decisions.begin(request)
    assert pending["id"] in str(error.value)
    client.decisions.cancel(pending["id"])


@pytest.mark.parametrize(
    ("status", "reason", "words"), [("failed", "the solver died", "the solver died"), ("cancelled", "", "cancelled")]
)
def test_a_request_that_ends_without_a_decision_says_why(
    status: str, reason: str, words: str, proxy: FaultProxy
) -> None:
    ended = PENDING | {"status": status, "reason": reason, "ended_at": "2026-11-01T12:00:09Z"}
    proxy.misbehave(instead(Answer(200, {"content-type": "application/json"}, json.dumps(ended).encode())))
    with client_of(proxy.url) as client, pytest.raises(Undecided, match=words) as error:
        client.decisions.decide(FleetRequest(FLEET))
    assert "another idempotency key" in str(error.value)


def test_a_request_is_cancelled_and_stays_so(client: Client) -> None:
    request = FleetRequest(large_fleet(), time_limit_s=600)
    pending = client.decisions.begin(request)
    assert pending["status"] == "queued" or pending["status"] == "running"
    assert client.decisions.cancel(pending["id"]) == {"id": pending["id"], "status": "cancelled"}
    with pytest.raises(Undecided, match="was cancelled"):
        client.decisions.decide(request)
    with pytest.raises(BadInput, match="is cancelled already"):
        client.decisions.cancel(pending["id"])
    (line,) = [line for line in client.decisions.ledger("big") if line["id"] == pending["id"]]
    assert line["status"] == "cancelled"


def test_the_same_key_with_another_fleet_is_refused(client: Client) -> None:
    client.decisions.decide(FleetRequest(FLEET, idempotency_key="deploy-17"))
    with pytest.raises(KeyReused, match="deploy-17"):
        client.decisions.decide(FleetRequest(large_fleet(), idempotency_key="deploy-17"))


def test_options_reach_the_service(client: Client) -> None:
    request = FleetRequest(FLEET, time_limit_s=7, gap=0.25, seed=3, allow_stale=True)
    settings = client.decisions.decide(request)["settings"]
    assert (settings["time_limit_s"], settings["gap"], settings["seed"]) == (7, 0.25, 3)
    with pytest.raises(BadInput, match="time_limit: must be less than or equal to 3600"):
        client.decisions.decide(FleetRequest(FLEET, time_limit_s=1e6))


def test_flaws_of_the_fleet_have_the_lines_of_its_file(client: Client) -> None:
    with pytest.raises(BadFleet, match=r"shop\.yaml:1:1: workloads: is missing"):
        client.decisions.decide(FleetRequest("fleet: shop\n", source="shop.yaml"))


def test_that_nothing_can_be_placed_is_a_decision(client: Client) -> None:
    text = (EXAMPLES / "impossible.yaml").read_text(encoding="utf-8")
    decision = client.decisions.decide(FleetRequest(text))
    assert decision["status"] == "infeasible"
    assert {conflict["rule"] for conflict in decision["conflict"]} == {"places", "flows"}


def test_decisions_that_are_not_there_are_told_with_the_service_s_hint(client: Client) -> None:
    client.decisions.decide(FleetRequest(FLEET))
    with pytest.raises(UnknownDecision, match="there is no decision 'nope'; the newest is"):
        client.decisions.find("nope")
    for wanted in ("a/b?c#d", "..", ""):
        with pytest.raises(UnknownDecision):
            client.decisions.find(wanted)


def test_the_ledger_goes_on_over_pages(client: Client) -> None:
    ids = [client.decisions.decide(FleetRequest(FLEET.replace("shop", "paged"), seed=seed))["id"] for seed in range(3)]
    assert [line["id"] for line in client.decisions.ledger("paged")] == ids[::-1]
    assert len(list(client.decisions.ledger())) > 3


def test_every_page_is_read(proxy: FaultProxy, client: Client) -> None:
    line = {"id": "x", "fleet": "f", "created_at": "", "catalog_version": 1, "status": "open", "usd_per_month": None}
    page = {"decisions": [line], "next_cursor": "second"}
    proxy.misbehave(instead(Answer(200, {"content-type": "application/json"}, json.dumps(page).encode())))
    last = {"decisions": [line], "next_cursor": None}
    proxy.misbehave(instead(Answer(200, {"content-type": "application/json"}, json.dumps(last).encode())))
    with client_of(proxy.url) as asking:
        assert len(list(asking.decisions.ledger("f"))) == 2
    assert [asked.path for asked in proxy.asked] == ["/v1/decisions?fleet=f", "/v1/decisions?fleet=f&cursor=second"]


def test_a_decision_is_explained_and_replayed(client: Client) -> None:
    decision = client.decisions.decide(FleetRequest(FLEET))
    explained = client.decisions.explanation(decision["id"], "web")
    assert (explained["decision"], explained["workload"]) == (decision["id"], "web")
    assert any(other["refused"] for other in explained["alternatives"])
    assert any(other["difference_usd_per_month"] for other in explained["alternatives"])
    replayed = client.decisions.replay(decision["id"])
    assert (replayed["method"], replayed["holds"], replayed["differences"]) == ("solved_again", True, [])
    with pytest.raises(BadInput, match="has no workload 'wbe', did you mean 'web'"):
        client.decisions.explanation(decision["id"], "wbe")


def test_what_policies_cost_is_asked_for(client: Client) -> None:
    client.policies.put("priced", GDPR)
    fleet = (EXAMPLES / "residency.yaml").read_text(encoding="utf-8").replace("policies/gdpr.yaml", "priced.yaml")
    decision = client.decisions.decide(FleetRequest(fleet))
    costs = client.decisions.policy_costs(decision["id"])
    assert costs["decision"] == decision["id"]
    assert {cost["policy"] for cost in costs["policies"]} == {"gdpr@1", "no-us-parent@1"}
    assert costs["without_all"]["policy"] is None
    with pytest.raises(BadInput, match="time_limit"):
        client.decisions.policy_costs(decision["id"], 3600)
    bare = client.decisions.decide(FleetRequest(FLEET))
    with pytest.raises(BadInput, match="without policies"):
        client.decisions.policy_costs(bare["id"])


def test_what_limits_cost_is_asked_for(client: Client) -> None:
    workload = "{{name: {}, resources: {{vcpus: 2, memory_gib: 8}}, capacity: {{types: [on_demand, spot]}}}}"
    limits = "limits: {spot_share: [{workloads: [a, b], max_fraction: 0.5}]}"
    fleet = f"fleet: limited\nworkloads: [{workload.format('a')}, {workload.format('b')}]\n{limits}"
    decision = client.decisions.decide(FleetRequest(fleet))
    costs = client.decisions.limit_costs(decision["id"], 1.5)
    assert costs["decision"] == decision["id"]
    (share,) = [cost for cost in costs["limits"] if cost["rule"] == "spot_share"]
    assert (share["unit"], share["used"], share["most"]) == ("point", 50.0, 50.0)
    assert share["one_step"] is not None
    assert share["usd_per_unit"] == pytest.approx(share["one_step"]["saving"] / 50)
    assert 0 < costs["without_all"]["saving"] <= costs["without_all"]["at_most"]


def test_a_request_in_the_queue_has_no_explanation(client: Client) -> None:
    pending = client.decisions.begin(FleetRequest(large_fleet(), time_limit_s=600))
    try:
        with pytest.raises(UnknownDecision, match="is not decided"):
            client.decisions.explanation(pending["id"], "w0")
        until(lambda: client.decisions.find(pending["id"])["status"] == "running", AT_MOST_S)
    finally:
        client.decisions.cancel(pending["id"])
