"""How AWS is asked: with whose credentials, at which addresses, and what of it is ever kept."""

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest

from placement.domain.errors import CollectionFailed, Unconfigured
from placement.domain.provider import Surroundings
from placement.domain.sweep import Price
from providers.aws import sources
from providers.aws.settings import endpoint_url, has_credentials
from tests.providers.aws.cloud import AwsCloud
from tests.providers.aws.market import EU, US
from tests.providers.conformance import NOW, SECRET

UNSIGNED = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_SESSION_TOKEN": ""}


@pytest.fixture
def role(cloud: AwsCloud, tmp_path: Path) -> dict[str, str]:
    """Settings of a role with a web identity, as a pod has them."""
    token = tmp_path / "token"
    token.write_text(f"web identity {SECRET}")
    arn = "arn:aws:iam::123456789012:role/prices"
    return {**UNSIGNED, "AWS_ROLE_ARN": arn, "AWS_WEB_IDENTITY_TOKEN_FILE": str(token), "PLACEMENT_AWS_REGIONS": EU}


def test_naming_the_sources_imports_neither_the_sdk_nor_a_http_client() -> None:
    code = (
        "import sys; from placement.domain.provider import Surroundings; from providers.aws import sources; "
        "assert [s.name for s in sources(Surroundings())] == ['aws', 'aws-spot', 'aws-risk']; "
        "print(sorted({m.split('.')[0] for m in sys.modules} & {'boto3', 'botocore', 'httpx', 'anyio'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("source", ["aws", "aws-spot"])
def test_where_the_sdk_is_not_installed_it_says_what_to_install(
    cloud: AwsCloud, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    monkeypatch.setitem(sys.modules, "botocore.session", None)
    with pytest.raises(Unconfigured, match=rf"^{source}: install cloud-placement\[aws\]$"):
        cloud.facts(source)


@pytest.mark.parametrize(
    ("environment", "present"),
    [
        ({}, False),
        ({"AWS_ACCESS_KEY_ID": ""}, False),
        ({"AWS_ACCESS_KEY_ID": "a"}, True),
        ({"AWS_PROFILE": "work"}, True),
        ({"AWS_ROLE_ARN": "a"}, False),
        ({"AWS_ROLE_ARN": "a", "AWS_WEB_IDENTITY_TOKEN_FILE": "t"}, True),
        ({"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/c"}, True),
        ({"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://c"}, True),
        ({"AWS_EC2_METADATA_DISABLED": "true"}, False),
        ({"AWS_EC2_METADATA_DISABLED": "false"}, True),
    ],
)
def test_credentials_are_there_where_the_environment_says_so(environment: dict[str, str], present: bool) -> None:
    assert has_credentials(environment) is present


def test_the_metadata_service_is_not_asked_unless_we_are_said_to_run_on_ec2(
    cloud: AwsCloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr("botocore.credentials.InstanceMetadataProvider.load", lambda self: asked.append("metadata"))
    config = tmp_path / "config"
    config.write_text("[profile empty]\nregion = eu-central-1\n")
    files = {"AWS_CONFIG_FILE": str(config), "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none")}
    with pytest.raises(Unconfigured, match="aws-spot: the credentials are not complete; set AWS_ACCESS_KEY_ID"):
        cloud.facts("aws-spot", **UNSIGNED, **files, AWS_PROFILE="empty")
    assert not asked
    with pytest.raises(Unconfigured):
        cloud.facts("aws-spot", **UNSIGNED, **files, AWS_PROFILE="empty", AWS_EC2_METADATA_DISABLED="false")
    assert asked


def test_a_profile_gives_the_credentials(cloud: AwsCloud, tmp_path: Path) -> None:
    file = tmp_path / "credentials"
    file.write_text(f"[work]\naws_access_key_id = AKIAWORK\naws_secret_access_key = {SECRET}\n")
    files = {"AWS_SHARED_CREDENTIALS_FILE": str(file), "AWS_CONFIG_FILE": str(tmp_path / "none")}
    cloud.facts("aws-spot", **UNSIGNED, **files, AWS_PROFILE="work", PLACEMENT_AWS_REGIONS=EU)
    assert all("Credential=AKIAWORK/" in asked.headers["authorization"] for asked in cloud.ec2.asked)


def test_a_profile_that_is_not_there_is_named_as_what_lacks(cloud: AwsCloud, tmp_path: Path) -> None:
    none = str(tmp_path / "none")
    with pytest.raises(Unconfigured, match="aws: the profile in AWS_PROFILE is not there"):
        cloud.facts("aws", **UNSIGNED, AWS_PROFILE="gone", AWS_CONFIG_FILE=none, AWS_SHARED_CREDENTIALS_FILE=none)


def test_half_a_key_is_named_as_what_lacks(cloud: AwsCloud) -> None:
    with pytest.raises(
        Unconfigured, match="aws-spot: the credentials are not complete; set AWS_ACCESS_KEY_ID"
    ) as failed:
        cloud.facts("aws-spot", AWS_SECRET_ACCESS_KEY="")
    assert SECRET not in str(failed.value)


def test_a_role_with_a_web_identity_is_assumed_through_the_same_rules(cloud: AwsCloud, role: dict[str, str]) -> None:
    assert any(isinstance(fact, Price) for fact in cloud.facts("aws-spot", **role))
    assert b"Action=AssumeRoleWithWebIdentity" in cloud.ec2.asked[0].body
    assert cloud.ec2.asked[0].headers["user-agent"]
    assert len([asked for asked in cloud.ec2.asked if b"AssumeRole" in asked.body]) == 1


def test_what_is_asked_for_credentials_is_not_recorded(cloud: AwsCloud, role: dict[str, str], tmp_path: Path) -> None:
    tape = tmp_path / "tape"
    recorded = cloud.facts_in(Surroundings(role, lambda: NOW, record_into=tape), "aws-spot")
    assert any(b"AssumeRole" in asked.body for asked in cloud.ec2.asked)
    answers = [gzip.decompress(file.read_bytes()) for file in tape.rglob("*.body.gz")]
    assert any(b"DescribeSpotPriceHistoryResponse" in answer for answer in answers)
    assert not any(b"AssumeRole" in answer for answer in answers)
    asked = len(cloud.ec2.asked)
    assert cloud.facts_in(Surroundings(role, lambda: NOW, replay_from=tape), "aws-spot") == recorded
    assert len(cloud.ec2.asked) == asked


def test_a_recording_is_replayed_without_credentials(cloud: AwsCloud, tmp_path: Path) -> None:
    recorded = cloud.facts_in(Surroundings({}, lambda: NOW, record_into=tmp_path), "aws-spot")
    without = {**UNSIGNED, "AWS_PROFILE": "gone"}
    replayed = cloud.facts_in(Surroundings(without, lambda: NOW, replay_from=tmp_path), "aws-spot")
    assert replayed == recorded


def test_answers_of_two_regions_at_one_address_are_kept_apart_in_a_recording(cloud: AwsCloud, tmp_path: Path) -> None:
    cloud.facts_in(Surroundings({}, lambda: NOW, record_into=tmp_path), "aws-spot")
    addresses = [json.loads(file.read_text())["url"] for file in tmp_path.rglob("*.json")]
    assert {address.partition("#")[2] for address in addresses} == {US, EU}
    assert {asked.path for asked in cloud.ec2.asked} == {"/"}


def test_a_token_file_that_is_not_there_fails_the_sweep(cloud: AwsCloud, role: dict[str, str]) -> None:
    Path(role["AWS_WEB_IDENTITY_TOKEN_FILE"]).unlink()
    with pytest.raises(CollectionFailed, match="aws-spot: DescribeRegions in us-east-1 fails: FileNotFoundError"):
        cloud.facts("aws-spot", **role)


def test_an_endpoint_of_a_service_wins_over_that_of_all() -> None:
    both = {"AWS_ENDPOINT_URL": "http://all", "AWS_ENDPOINT_URL_EC2": "http://ec2"}
    assert endpoint_url(both, "ec2") == "http://ec2"
    assert endpoint_url(both, "pricing") == "http://all"
    assert endpoint_url({**both, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}, "ec2") is None
    assert endpoint_url({}, "ec2") is None


@pytest.mark.parametrize(
    ("environment", "region"),
    [
        ({}, "us-east-1"),
        ({"AWS_DEFAULT_REGION": EU}, EU),
        ({"AWS_DEFAULT_REGION": "ca-west-1", "AWS_REGION": EU}, EU),
    ],
)
def test_what_is_the_same_everywhere_is_asked_in_the_region_that_is_set(
    cloud: AwsCloud, environment: dict[str, str], region: str
) -> None:
    cloud.facts("aws-spot", **environment, PLACEMENT_AWS_REGIONS=EU)
    assert f"/{region}/ec2/" in cloud.ec2.asked[0].headers["authorization"]


def test_by_default_the_public_addresses_are_asked(tmp_path: Path) -> None:
    """A replay without a recording names what it would have asked."""
    surroundings = Surroundings({}, replay_from=tmp_path)
    listed, _, risk = sources(surroundings)
    with pytest.raises(
        CollectionFailed, match=r"https://pricing\.us-east-1\.amazonaws\.com/offers/v1\.0/aws/AmazonEC2/"
    ):
        list(listed.facts())
    with pytest.raises(CollectionFailed, match=r"https://spot-bid-advisor\.s3\.amazonaws\.com/spot-advisor-data\.json"):
        list(risk.facts())


def test_each_region_is_asked_at_its_own_endpoint(cloud: AwsCloud, tmp_path: Path) -> None:
    surroundings = Surroundings({"AWS_ENDPOINT_URL": ""}, lambda: NOW, replay_from=tmp_path)
    with pytest.raises(CollectionFailed, match=r"POST https://ec2\.us-east-1\.amazonaws\.com/"):
        cloud.facts_in(surroundings, "aws-spot")
