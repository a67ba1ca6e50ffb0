"""Who asks, where, and how often; what goes wrong is told without a secret."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from placement.domain.errors import CollectionFailed, Unconfigured
from placement.domain.provider import Surroundings
from providers.gcp import sources
from providers.gcp.access import connected
from providers.gcp.market import Market
from tests.providers.conformance import LIMITS, NOW, SECRET
from tests.providers.gcp.cloud import GcpCloud
from tests.providers.gcp.market import PROJECT
from tests.providers.wire.faults import Answer, Asked, instead, status

USER = {"type": "authorized_user", "client_id": "me", "client_secret": SECRET, "refresh_token": SECRET}


def refusal(status_code: int, reason: str) -> Answer:
    """As Google words it, with what was sent."""
    error = {"code": status_code, "message": f"Invalid {SECRET}", "errors": [{"reason": reason, "message": SECRET}]}
    return Answer(status_code, {"content-type": "application/json"}, json.dumps({"error": error}).encode())


def failure(market: Market) -> str:
    with pytest.raises(CollectionFailed) as failed:
        list(market.facts())
    assert SECRET not in str(failed.value)
    return str(failed.value)


def unconfigured(environment: dict[str, str]) -> str:
    with pytest.raises(Unconfigured) as lacking:
        list(Market(Surroundings(environment)).facts())
    return str(lacking.value)


def test_discovery_imports_neither_the_sdk_nor_httpx() -> None:
    code = (
        "import sys; from placement.domain.provider import Surroundings; import providers.gcp;"
        "providers.gcp.sources(Surroundings());"
        "sys.exit(any(name.partition('.')[0] in ('google', 'grpc', 'httpx', 'requests') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_what_lacks_is_named(tmp_path: Path) -> None:
    for source in sources(Surroundings()):
        with pytest.raises(Unconfigured) as lacking:
            list(source.facts())
        assert str(lacking.value).startswith(f"{source.name}: set GOOGLE_CLOUD_PROJECT ")
        assert "GOOGLE_APPLICATION_CREDENTIALS" in str(lacking.value)
    assert "GOOGLE_APPLICATION_CREDENTIALS" not in unconfigured({"K_SERVICE": "shop"})
    assert "GOOGLE_CLOUD_PROJECT" not in unconfigured({"GOOGLE_CLOUD_PROJECT": PROJECT, "HOME": str(tmp_path)})


def test_without_the_sdk_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "google.auth.credentials", None)
    words = unconfigured({"GOOGLE_CLOUD_PROJECT": PROJECT, "K_SERVICE": "shop"})
    assert words == "gcp: install cloud-placement[gcp]"


@pytest.mark.parametrize("variable", ["GOOGLE_APPLICATION_CREDENTIALS", "CLOUDSDK_CONFIG", "HOME"])
def test_a_file_of_credentials_is_found_where_the_environment_says(tmp_path: Path, variable: str) -> None:
    places = {
        "GOOGLE_APPLICATION_CREDENTIALS": tmp_path / "any.json",
        "CLOUDSDK_CONFIG": tmp_path / "application_default_credentials.json",
        "HOME": tmp_path / ".config" / "gcloud" / "application_default_credentials.json",
    }
    file = places[variable]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(USER), encoding="utf-8")
    environment = {
        "GOOGLE_CLOUD_PROJECT": PROJECT,
        variable: str(file if variable.startswith("GOOGLE") else tmp_path),
    }
    with connected("gcp", Surroundings(environment), None, LIMITS, lambda _: None) as clients:
        assert clients._access.credentials.refresh_token == SECRET


@pytest.mark.parametrize("text", ["", "{}", json.dumps({"type": "authorized_user", "client_secret": SECRET}), None])
def test_a_file_without_credentials_is_named_and_not_shown(tmp_path: Path, text: str | None) -> None:
    file = tmp_path / "key.json"
    if text is not None:
        file.write_text(text, encoding="utf-8")
    words = unconfigured({"GOOGLE_CLOUD_PROJECT": PROJECT, "GOOGLE_APPLICATION_CREDENTIALS": str(file)})
    assert words.startswith(f"gcp: {file} holds no credentials that can be used")
    assert SECRET not in words


def test_the_metadata_server_is_asked_only_where_the_environment_says_that_there_is_one() -> None:
    environment = {"GOOGLE_CLOUD_PROJECT": PROJECT, "GCE_METADATA_HOST": "metadata.google.internal"}
    with connected("gcp", Surroundings(environment), None, LIMITS, lambda _: None) as clients:
        assert type(clients._access.credentials).__module__ == "google.auth.compute_engine.credentials"
    assert "GOOGLE_APPLICATION_CREDENTIALS" in unconfigured({"GOOGLE_CLOUD_PROJECT": PROJECT})


def test_the_token_goes_to_compute_and_the_key_to_billing(cloud: GcpCloud) -> None:
    list(cloud.market().facts())
    compute, billing = cloud.proxies
    assert {asked.headers["authorization"] for asked in compute.asked} == {f"Bearer token-{SECRET}"}
    assert {asked.headers["x-goog-api-key"] for asked in billing.asked} == {f"key-{SECRET}"}
    assert not any("x-goog-api-key" in asked.headers for asked in compute.asked)
    assert not any("authorization" in asked.headers for asked in billing.asked)
    assert not any(SECRET in asked.path for asked in (*compute.asked, *billing.asked))


def test_without_a_key_the_token_goes_to_billing_too(cloud: GcpCloud) -> None:
    list(cloud.market(Surroundings({"PLACEMENT_GCP_BILLING_KEY": ""}, lambda: NOW)).facts())
    assert {asked.headers["authorization"] for asked in cloud.proxies[1].asked} == {f"Bearer token-{SECRET}"}


def test_billing_is_asked_over_rest_where_the_sdk_would_use_grpc(cloud: GcpCloud) -> None:
    list(cloud.market().facts())
    assert {asked.path.split("?")[0] for asked in cloud.proxies[1].asked} == {"/v1/services/6F81-5844-456A/skus"}


def test_an_address_needs_its_scheme_without_which_the_sdk_would_choose_one(cloud: GcpCloud) -> None:
    bare = cloud.proxies[0].url.removeprefix("http://")
    words = failure(cloud.market(Surroundings({"PLACEMENT_GCP_COMPUTE_URL": bare})))
    assert "is not an address of http or https" in words


@pytest.mark.parametrize("code", [429, 503])
def test_the_sdk_does_not_try_again_by_itself(cloud: GcpCloud, code: int) -> None:
    for proxy in cloud.proxies:
        proxy.misbehave(status(code), times=99)
    failure(cloud.market())
    assert len(cloud.proxies[0].asked) == LIMITS.tries


@pytest.mark.parametrize("reason", ["rateLimitExceeded", "userRateLimitExceeded"])
def test_a_403_of_an_exceeded_rate_is_asked_again(cloud: GcpCloud, reason: str) -> None:
    pauses: list[float] = []
    cloud.proxies[0].misbehave(instead(refusal(403, reason)))
    cloud.proxies[1].misbehave(instead(refusal(403, reason)))
    assert list(cloud.market(sleep=pauses.append).facts())
    assert len(pauses) == 2


def test_a_403_of_the_newer_form_is_asked_again(cloud: GcpCloud) -> None:
    details = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "RATE_LIMIT_EXCEEDED"}]
    body = json.dumps({"error": {"code": 403, "details": details}}).encode()
    cloud.proxies[1].misbehave(instead(Answer(403, {}, body)))
    assert list(cloud.market().facts())


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (refusal(403, "accessNotConfigured"), "gcp: list regions: is answered with status 403 accessNotConfigured"),
        (refusal(403, f"because {SECRET}"), "gcp: list regions: is answered with status 403"),
        (Answer(403, {}, b"[1]"), "gcp: list regions: "),
        (Answer(403, {}, b'{"error": "no"}'), "gcp: list regions: is not answered with the document"),
        (refusal(404, "notFound"), "gcp: list regions: is answered with status 404 notFound"),
        (refusal(401, "authError"), "gcp: list regions: the credentials are refused: RefreshError"),
    ],
)
def test_a_final_no_is_told_in_a_word_and_not_asked_again(cloud: GcpCloud, answer: Answer, words: str) -> None:
    cloud.proxies[0].misbehave(instead(answer), times=99)
    assert failure(cloud.market()).startswith(words)
    assert len(cloud.proxies[0].asked) == 1


def test_only_an_unknown_word_is_kept_back(cloud: GcpCloud) -> None:
    cloud.proxies[0].misbehave(instead(refusal(403, f"{SECRET} x")))
    assert failure(cloud.market()) == "gcp: list regions: is answered with status 403"


@pytest.mark.parametrize("body", [b"nothing", b'{"items": "all"}', b"\xff\xfe"])
def test_an_answer_of_another_form_fails_the_sweep(cloud: GcpCloud, body: bytes) -> None:
    def regions(asked: Asked) -> bool:
        return "/regions" in asked.path

    cloud.proxies[0].misbehave(instead(Answer(200, {"content-type": "application/json"}, body)), only=regions)
    assert failure(cloud.market()) == "gcp: list regions: is not answered with the document that was asked for"


def test_a_recording_needs_no_credentials(cloud: GcpCloud, tmp_path: Path) -> None:
    recorded = list(cloud.market(Surroundings(clock=lambda: NOW, record_into=tmp_path)).facts())
    replaying = Surroundings(cloud.environment, lambda: NOW, replay_from=tmp_path)
    assert list(Market(replaying, limits=LIMITS).facts()) == recorded
