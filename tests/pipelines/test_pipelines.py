"""The example pipelines do what they say: their steps run against a real service that trusts the pipelines' tokens."""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from api.settings import Settings
from placement.cli.main import run
from placement.client import Client
from tests.api.deciding import Process, running
from tests.api.issuing import Issuer, issuing
from tests.api.serving import listener
from tests.cli.running import EXAMPLES
from tests.client.asking import client_of
from tests.pipelines.steps import CONTEXTS, PIPELINES, Checkout, Ended, document
from tests.providers.wire.faults import Script

pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, ("bash", "curl", "jq"))), reason="the example pipelines need bash, curl and jq"
)
SHA = "4f1d7c9a2b3e"


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with issuing() as running_issuer:
        yield running_issuer


@pytest.fixture(scope="module")
def service(issuer: Issuer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    url = f"sqlite:///{tmp_path_factory.mktemp('market') / 'placement.db'}"
    assert run(["--database", url, "catalog", "load", "--sample"]) == 0
    with running(url, "serve", "--port", "0", PLACEMENT_OIDC=issuer.setting()) as served:
        yield served


@pytest.fixture
def token(issuer: Issuer) -> str:
    return issuer.token(datetime.now(UTC).timestamp())


@pytest.fixture
def client(service: Process, token: str) -> Iterator[Client]:
    with client_of(service.url, key=token) as asking:
        yield asking


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


Pipeline = Callable[..., Ended]


@pytest.fixture
def github(checkout: Checkout, service: Process, token: str, tmp_path: Path) -> Iterator[Pipeline]:
    """The steps of GitHub's workflow, with the variables that its runner sets."""
    steps = [step["run"] for step in document("github-actions.yaml")["jobs"]["deploy"]["steps"] if "run" in step]
    with Script().running() as tokens:
        tokens.json("/token?api-version=2.0&audience=placement", json.dumps({"value": token}))

        def run_steps(sha: str = SHA, server: str = service.url) -> Ended:
            ended = checkout.run(
                steps,
                PLACEMENT_SERVER=server,
                ACTIONS_ID_TOKEN_REQUEST_URL=f"{tokens.url}/token?api-version=2.0",
                ACTIONS_ID_TOKEN_REQUEST_TOKEN="of-the-runner",
                GITHUB_STEP_SUMMARY=str(tmp_path / "summary.md"),
                GITHUB_REPOSITORY="acme/shop",
                GITHUB_SHA=sha,
            )
            summary = tmp_path / "summary.md"
            shown = summary.read_text(encoding="utf-8") if summary.exists() else ""
            return Ended(ended.code, shown, ended.out + ended.err)

        yield run_steps


@pytest.fixture
def gitlab(checkout: Checkout, service: Process, token: str) -> Pipeline:
    """The job of GitLab's pipeline, with the variables that its runner sets."""
    lines = document("gitlab-ci.yaml")["deploy"]["script"]

    def run_job(sha: str = SHA, server: str = service.url) -> Ended:
        variables = {"CI_PROJECT_PATH": "acme/shop-in-gitlab", "CI_COMMIT_SHA": sha}
        ended = checkout.run(["\n".join(lines)], PLACEMENT_SERVER=server, PLACEMENT_API_KEY=token, **variables)
        artifact = checkout.folder / "placement.md"
        shown = artifact.read_text(encoding="utf-8") if artifact.exists() else ""
        return Ended(ended.code, shown, ended.out + ended.err)

    return run_job


@pytest.fixture(params=["github", "gitlab"])
def pipeline(request: pytest.FixtureRequest) -> Pipeline:
    found: Pipeline = request.getfixturevalue(request.param)
    return found


def _decision(checkout: Checkout) -> Any:
    return json.loads((checkout.folder / "decision.json").read_text(encoding="utf-8"))


def test_each_part_of_the_decision_is_deployed_where_it_says(pipeline: Pipeline, checkout: Checkout) -> None:
    ended = pipeline()
    assert ended.code == 0, ended.err
    decision = _decision(checkout)
    wanted = {
        (
            part["region"].replace(":", "-"),
            f"{placed['workload']}-{part['capacity_type'].replace('_', '-')}",
            part["replicas"],
            part["instance_type"],
        )
        for placed in decision["placements"]
        for part in placed["assignments"]
    }
    assert len(wanted) == 3
    applied = [call for call in checkout.asked_of_kubectl() if "apply" in call["words"]]
    assert {_deployed(call) for call in applied} == wanted
    for call in applied:
        labels = json.loads(call["given"])["metadata"]["labels"]
        assert labels == {"placement.dev/fleet": "shop", "placement.dev/decision": decision["id"]}


def _deployed(call: dict[str, Any]) -> tuple[str, str, int, str]:
    manifest = json.loads(call["given"])
    spec, name = manifest["spec"], manifest["metadata"]["name"]
    selector = spec["template"]["spec"]["nodeSelector"]
    assert name.endswith(f"-{selector['karpenter.sh/capacity-type']}")
    assert spec["selector"]["matchLabels"] == spec["template"]["metadata"]["labels"] == {"placement.dev/part": name}
    context = call["words"][call["words"].index("--context") + 1]
    return context, name, spec["replicas"], selector["node.kubernetes.io/instance-type"]


def test_what_an_earlier_decision_left_is_removed_at_last(pipeline: Pipeline, checkout: Checkout) -> None:
    assert pipeline().code == 0
    words = [call["words"] for call in checkout.asked_of_kubectl()]
    deletions = [each for each in words if "delete" in each]
    assert [each[1] for each in deletions] == list(CONTEXTS)
    selector = f"placement.dev/fleet=shop,placement.dev/decision!={_decision(checkout)['id']}"
    assert all(each[-1] == selector for each in deletions)
    assert words[-len(deletions) :] == deletions
    assert sum("rollout" in each for each in words) == 3


def test_what_was_decided_is_shown_to_people(pipeline: Pipeline, checkout: Checkout) -> None:
    shown = pipeline().out
    decision = _decision(checkout)
    assert f"### shop: {decision['cost_usd_per_month']['total']:.2f} USD a month, optimal" in shown
    assert f"Decision {decision['id']}" in shown
    (part,) = decision["placements"][1]["assignments"]
    assert f"| worker | {part['region']} | {part['instance_type']} | spot | 6 |" in shown


def test_a_commit_is_decided_once(pipeline: Pipeline, checkout: Checkout, client: Client) -> None:
    def made() -> str:
        assert pipeline(sha="once").code == 0
        return str(_decision(checkout)["id"])

    first = made()
    known = {line["id"] for line in client.decisions.ledger("shop")}
    assert made() == first
    assert {line["id"] for line in client.decisions.ledger("shop")} == known
    assert pipeline(sha="another").code == 0
    assert _decision(checkout)["id"] not in known


def test_rules_that_cannot_hold_fail_the_job_in_their_own_words(pipeline: Pipeline, checkout: Checkout) -> None:
    shutil.copy(EXAMPLES / "impossible.yaml", checkout.folder / "deploy" / "fleet.yaml")
    ended = pipeline(sha="impossible")
    assert ended.code == 2
    assert "### impossible cannot be placed: these rules cannot hold together" in ended.out
    assert "- places of ledger: only in DE" in ended.out
    assert checkout.asked_of_kubectl() == []


def test_a_service_that_is_away_fails_the_job_and_changes_nothing(pipeline: Pipeline, checkout: Checkout) -> None:
    with listener() as bound:
        url = f"http://127.0.0.1:{bound.getsockname()[1]}"
    ended = pipeline(server=url)
    assert ended.code == 1
    assert "No placement: the job's log says why" in ended.out
    assert "cannot be reached" in ended.err
    assert checkout.asked_of_kubectl() == []


def test_a_cluster_that_refuses_fails_the_job_before_anything_is_removed(
    pipeline: Pipeline, checkout: Checkout
) -> None:
    kubectl = checkout.folder.parent / "bin" / "kubectl"
    text = kubectl.read_text(encoding="utf-8")
    kubectl.write_text(f"{text}\nif 'apply' in words: sys.exit(3)\n", encoding="utf-8")
    assert pipeline().code != 0
    assert not any("delete" in call["words"] for call in checkout.asked_of_kubectl())


def test_the_token_is_masked_and_written_nowhere(github: Pipeline, checkout: Checkout, token: str) -> None:
    ended = github()
    said = [line for line in ended.err.splitlines() if token in line]
    assert said == [f"::add-mask::{token}"]
    files = [file for file in checkout.folder.rglob("*") if file.is_file()]
    assert not any(token.encode() in file.read_bytes() for file in files)
    assert token not in ended.out


def test_the_files_ask_for_tokens_and_store_no_secret() -> None:
    workflow, job = document("github-actions.yaml"), document("gitlab-ci.yaml")["deploy"]
    assert workflow["permissions"]["id-token"] == "write"
    assert job["id_tokens"] == {"PLACEMENT_API_KEY": {"aud": "placement"}}
    for settings in (workflow["env"], job["variables"]):
        assert settings["PLACEMENT_SERVER"].startswith("https://")
    assert "secrets" not in json.dumps([workflow, job], default=str)


def test_the_rules_in_its_guide_are_rules() -> None:
    guide = (PIPELINES / "README.md").read_text(encoding="utf-8")
    (rules,) = re.findall(r"```yaml\n(.*?)```", guide, re.DOTALL)
    found = Settings(oidc=rules).oidc
    assert [issuer.url for issuer in found] == ["https://token.actions.githubusercontent.com", "https://gitlab.com"]
