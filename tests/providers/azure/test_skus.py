"""With credentials, sizes are what the subscription's SKUs say, and the token stays at Azure Resource Manager."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from placement.domain.errors import CollectionFailed, Unconfigured
from placement.domain.offering import InstanceType
from placement.domain.provider import Notice, Surroundings
from providers.azure.access import ARM_URL, CLIENT, LOGIN_HOST, PRICES_URL, SECRET, SUBSCRIPTION, TENANT, TOKEN_FILE
from providers.azure.market import AzureMarket
from tests.providers.azure import fake_arm
from tests.providers.azure.cloud import FakeCredential
from tests.providers.azure.fake_arm import FakeArm, restriction, sku
from tests.providers.azure.fake_retail import FakeRetail
from tests.providers.azure.rows import NOVEMBER, machine
from tests.providers.azure.serving import Reply, serving
from tests.providers.azure.telling import QUICK, d2, market, of, prices, refusals
from tests.providers.conformance import NOW
from tests.providers.conformance import SECRET as HIDDEN

D2 = "Standard_D2s_v5"
SAYS: Mapping[str, Any] = {"vCPUs": 2, "MemoryGB": 8, "CpuArchitectureType": "x64", "LowPriorityCapable": True}
TOKEN = f"token-{HIDDEN}"


def arm(*skus: dict[str, Any], **changes: Any) -> FakeArm:
    return FakeArm(TOKEN, list(skus), **changes)


def test_sizes_are_exactly_what_the_skus_say_also_of_series_that_no_table_knows() -> None:
    listed = arm(sku("Standard_Q6ps_v9", "eastus", vCPUs=6, MemoryGB=27.5, CpuArchitectureType="Arm64"))
    facts = market([machine("eastus", "Standard_Q6ps_v9", 0.3)], listed)
    assert of(facts, InstanceType) == [InstanceType("azure", "Standard_Q6ps_v9", 6, 27.5, "arm64")]


def test_regions_are_written_in_any_case_of_letters() -> None:
    row = machine("westus3", D2, 0.1)
    assert prices(market([row], arm(sku(D2, "WestUS3", **SAYS)), regions="westus3")) == {(D2, "on_demand"): 0.1}


def test_zones_in_no_order_make_no_difference() -> None:
    one, two = sku(D2, "eastus", **SAYS), sku(D2, "eastus", **SAYS)
    two["locationInfo"][0]["zones"].sort()
    assert market([d2()], arm(one)) == market([d2()], arm(two))


def test_constrained_cores_count_by_those_that_are_switched_on() -> None:
    name = "Standard_E8-4s_v5"
    listed = arm(sku(name, "eastus", vCPUs=8, vCPUsAvailable=4, MemoryGB=64))
    facts = market([d2(), machine("eastus", name, 0.5)], listed)
    assert [(size.vcpus, size.memory_gib) for size in of(facts, InstanceType)] == [(4, 64)]


def test_a_restriction_of_the_location_keeps_the_size_from_being_offered() -> None:
    facts = market([d2()], arm(sku(D2, "eastus", (restriction("Location", "EastUS"),), **SAYS)))
    assert not prices(facts)
    assert refusals(facts) == {"not available to this subscription": f"eastus {D2} on_demand"}


def test_a_restriction_of_the_location_elsewhere_does_not() -> None:
    assert prices(market([d2()], arm(sku(D2, "eastus", (restriction("Location", "westus2"),), **SAYS))))


def test_a_restriction_of_zones_alone_does_not() -> None:
    assert prices(market([d2()], arm(sku(D2, "eastus", (restriction("Zone", "eastus", ("2",)),), **SAYS))))


def test_a_size_that_is_priced_and_not_among_the_skus_is_not_offered() -> None:
    facts = market([d2(), machine("eastus", "Standard_D4s_v5", 0.2)], arm(sku(D2, "eastus", **SAYS)))
    assert list(prices(facts)) == [(D2, "on_demand")]
    assert refusals(facts) == {"not offered in its region": "eastus Standard_D4s_v5 on_demand"}


@pytest.mark.parametrize("says", [{}, {"vCPUs": 2}, {"vCPUs": "two", "MemoryGB": 8}, {"vCPUs": 0, "MemoryGB": 8}])
def test_a_sku_without_vcpus_and_memory_is_refused_and_not_filled_in(says: dict[str, Any]) -> None:
    facts = market([d2()], arm(sku(D2, "eastus", **says)))
    assert list(refusals(facts)) == ["its SKU does not say its vCPUs and memory"]


def test_low_priority_capable_makes_no_spot_offering_and_none_for_the_b_series() -> None:
    name = "Standard_B2s_v2"
    listed = arm(sku(name, "eastus", **SAYS), sku(D2, "eastus", **SAYS))
    assert (D2, "spot") not in prices(market([d2()], listed))
    facts = market([d2(), machine("eastus", name, 0.07, NOVEMBER, " Spot")], listed)
    assert list(prices(facts)) == [(D2, "on_demand")]
    assert list(refusals(facts)) == ["burstable sizes cannot be spot"]


def test_a_sku_that_says_it_cannot_be_spot_is_not() -> None:
    rows = [d2(), machine("eastus", D2, 0.02, NOVEMBER, " Spot")]
    facts = market(rows, arm(sku(D2, "eastus", **{**SAYS, "LowPriorityCapable": False})))
    assert list(prices(facts)) == [(D2, "on_demand")]
    assert list(refusals(facts)) == ["its SKU cannot be spot"]


def test_skus_count_gpus_and_the_table_names_them() -> None:
    name = "Standard_NC48ads_A100_v4"
    rows = [d2(), machine("eastus", name, 7.0)]
    agreeing = market(rows, arm(sku(name, "eastus", vCPUs=48, MemoryGB=440, GPUs=2)))
    assert [(s.gpu_count, s.gpu_model, s.gpu_memory_gib) for s in of(agreeing, InstanceType)] == [(2, "A100", 160)]
    other = market(rows, arm(sku(name, "eastus", vCPUs=48, MemoryGB=440, GPUs=3)))
    assert [(s.gpu_count, s.gpu_model, s.gpu_memory_gib) for s in of(other, InstanceType)] == [(3, "A100", None)]


def test_the_bearer_token_does_not_follow_a_next_link_to_another_host() -> None:
    shown: list[str] = []

    def elsewhere(path: str, headers: Mapping[str, str], _: bytes) -> Reply:
        shown.append(headers.get("authorization", ""))
        return 200, {"value": []}

    with serving(elsewhere) as url:
        listed = arm(*(sku(D2, "eastus", **SAYS) for _ in range(3)), page_size=2, next_link=f"{url}/steal?$skip=2")
        with pytest.raises(CollectionFailed, match="azure: an answer leads away from Azure Resource Manager"):
            market([d2()], listed)
    assert not shown


def test_a_next_link_that_leads_round_and_round_ends() -> None:
    def round_and_round(path: str, headers: Mapping[str, str], _: bytes) -> Reply:
        return 200, {"value": [sku(D2, "eastus", **SAYS)], "nextLink": f"http://{headers['host']}{path}"}

    with pytest.raises(CollectionFailed, match="azure: the SKUs of eastus have more pages than can be right"):
        market([d2()], round_and_round)


@pytest.mark.parametrize(
    ("status", "document", "words"),
    [
        (403, {"error": {"code": "AuthorizationFailed", "message": TOKEN}}, "status 403 AuthorizationFailed"),
        (401, {"error": {"code": "InvalidAuthenticationToken", "message": TOKEN}}, "status 401 InvalidAuth"),
        (409, {"error": {"code": "MissingSubscriptionRegistration", "message": TOKEN}}, "status 409 MissingSub"),
        (404, {"error": {"code": f"<{TOKEN}>"}}, "status 404$"),
        (200, [], "the SKUs of eastus: "),
        (200, {"value": [{"locations": 5, "name": "x", "resourceType": "virtualMachines"}]}, "azure: "),
    ],
)
def test_where_resource_manager_fails_the_whole_sweep_does_and_shows_no_secret(
    status: int, document: Any, words: str
) -> None:
    asked: list[str] = []

    def answer(path: str, _: Mapping[str, str], __: bytes) -> Reply:
        asked.append(path)
        return status, document

    with pytest.raises(CollectionFailed, match=words) as failed:
        market([d2()], answer)
    assert HIDDEN not in str(failed.value)
    assert len(asked) == 1


def test_only_the_fetcher_tries_again() -> None:
    asked: list[str] = []

    def busy(path: str, _: Mapping[str, str], __: bytes) -> Reply:
        asked.append(path)
        return 503, {}

    with pytest.raises(CollectionFailed, match=f"answers with status 503, {QUICK.tries} times in a row"):
        market([d2()], busy)
    assert len(asked) == QUICK.tries


def test_the_token_is_asked_for_resource_manager_alone() -> None:
    scopes: list[str] = []
    with serving(FakeRetail([d2()]).answer) as retail, serving(arm(sku(D2, "eastus", **SAYS)).answer) as url:
        settings = {PRICES_URL: retail, ARM_URL: url + "/", SUBSCRIPTION: fake_arm.SUBSCRIPTION}
        around = Surroundings({**settings, "PLACEMENT_AZURE_REGIONS": "eastus"}, lambda: NOW)
        list(AzureMarket(around, QUICK, lambda _: None, FakeCredential(scopes)).facts())
    assert set(scopes) == {f"{url}/.default"}


def test_a_subscription_without_credentials_is_not_asked_and_that_is_said() -> None:
    facts = market([d2()], environment={SUBSCRIPTION: fake_arm.SUBSCRIPTION, TENANT: "t"})
    assert prices(facts)
    words = f"azure: the subscription is not asked, without {CLIENT}, {SECRET} (or {TOKEN_FILE})"
    assert words in [notice.words for notice in of(facts, Notice)]


@pytest.mark.parametrize("how", [SECRET, TOKEN_FILE])
def test_logging_in_goes_through_the_fetcher_and_shows_no_secret(
    how: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "token").write_text(HIDDEN, encoding="utf-8")
    identity = {SUBSCRIPTION: "s", TENANT: "11111111-0000-0000-0000-000000000000", CLIENT: "client"}
    secret = {how: HIDDEN if how == SECRET else str(tmp_path / "token"), LOGIN_HOST: "127.0.0.1:9"}
    with pytest.raises(CollectionFailed) as failed:
        market([d2()], environment={**identity, **secret}, record_into=tmp_path / "tape")
    assert str(failed.value).startswith("azure: 127.0.0.1/")
    assert f"{QUICK.tries} times in a row" in str(failed.value)
    assert HIDDEN not in str(failed.value)
    recorded = [file for file in (tmp_path / "tape").rglob("*") if file.is_file()]
    assert recorded
    assert not any(HIDDEN.encode() in file.read_bytes() for file in recorded)
    assert capsys.readouterr() == ("", "")


def test_without_the_sdks_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "azure.mgmt.compute", None)
    monkeypatch.delitem(sys.modules, "providers.azure.arm", raising=False)
    with pytest.raises(Unconfigured, match=r"azure: install cloud-placement\[azure\]"):
        market([d2()], arm())


def test_discovery_imports_no_sdk_and_no_client() -> None:
    script = (
        "import sys, json; from placement.domain.provider import Surroundings; from providers.azure import sources;"
        "names = [s.name for s in sources(Surroundings())];"
        "print(json.dumps([names, sorted({'httpx', 'requests', 'azure', 'msal'} & sys.modules.keys())]))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [["azure", "azure-risk"], []]
