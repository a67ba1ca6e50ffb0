"""Whatever is sent or set, no secret of it stands in the log or in an answer, not even at the most talkative level."""

import base64
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from placement.domain.access import Scope
from placement.planner.keys import issue_key
from placement.store.repository import Store
from tests.api.issuing import Issuer, by_hand, ec_key, issuing, rsa_key
from tests.api.serving import listener
from tests.cli.running import EXECUTABLE

AT_MOST_S = 60.0
PASSWORD = "pa55word-of-the-database"
BODY = {"resources": {"vcpus": 4, "memory_gib": 16}, "secret-in-a-body": "b0dy-secret"}


class Told:
    """What the process said in all, once it has ended."""

    out = ""


@contextmanager
def _serving(database: str, told: Told, **environment: str) -> Iterator[str]:
    variables = {name: value for name, value in os.environ.items() if not name.startswith("PLACEMENT_")}
    settings = {"PLACEMENT_DATABASE_URL": database, "PLACEMENT_LOG_LEVEL": "debug", "PYTHONASYNCIODEBUG": "1"}
    with subprocess.Popen(
        [EXECUTABLE, "serve", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=variables | settings | environment,
    ) as process:
        try:
            assert process.stdout is not None
            while not (line := process.stdout.readline()).startswith("listening on "):
                assert line, "it did not start"
                told.out += line
            yield line.split()[2].rstrip(",")
        finally:
            process.terminate()
            told.out += process.communicate(timeout=AT_MOST_S)[0]


def test_no_secret_of_a_request_is_told(sample_file: Path, tmp_path: Path) -> None:
    database = Path(shutil.copy(sample_file, tmp_path / "placement.db"))
    now, told, answers = datetime.now(UTC), Told(), ""
    store = Store.open(f"sqlite:///{database}")
    made = [issue_key(store, name, (Scope.READ,), None, now, "cli:me") for name in ("good", "revoked")]
    store.revoke_key(made[1][0].id, now, "cli:me")
    store.close()
    with issuing() as issuer:
        sent = _credentials(issuer, now.timestamp(), *(token for _, token in made))
        with (
            _serving(
                f"sqlite:///{database}",
                told,
                PLACEMENT_OIDC=issuer.setting(),
                PLACEMENT_GUESS_RATE_LIMIT="9/minute",
                PLACEMENT_DECIDE_RATE_LIMIT="2/minute",
            ) as url,
            httpx.Client(base_url=url, trust_env=False, timeout=AT_MOST_S) as client,
        ):
            statuses = set()
            for credential in sent.values():
                for answer in _asked(client, credential):
                    answers += f"{answer.headers}{answer.text}"
                    statuses.add(answer.status_code)
    assert {200, 401, 403, 422, 429} <= statuses
    for secret in _secrets(sent):
        assert secret not in told.out
        assert secret not in answers
    assert told.out.count('"status": 401') >= 9
    assert "oidc:127.0.0.1" in told.out


def _credentials(issuer: Issuer, at: float, good: str, revoked: str) -> dict[str, str]:
    """`Authorization` headers, each with something in it that nobody else should learn."""
    basic = base64.b64encode(b"me:basic-pa55word").decode()
    return {
        "good key": f"Bearer {good}",
        "revoked key": f"Bearer {revoked}",
        "unknown key": "Bearer plc_unknown-secret-of-somebody",
        "long key": f"Bearer plc_{'long-secret-' * 50}",
        "two words": "Bearer plc_first-word plc_second-word",
        "basic": f"Basic {basic}",
        "good token": f"Bearer {issuer.token(at)}",
        "token without a rule": f"Bearer {issuer.token(at, repository='evil/shop')}",
        "expired token": f"Bearer {issuer.token(at - 3600)}",
        "token for another": f"Bearer {issuer.token(at, aud='another')}",
        "forged token": f"Bearer {issuer.token(at, key=rsa_key('mine'), kid='rsa')}",
        "unsigned token": f"Bearer {by_hand({'alg': 'none'}, issuer.claims(at), b'none')}",
        "token by an unknown key": f"Bearer {issuer.token(at, key=ec_key('mine'), kid='unknown')}",
        "guess after guesses": "Bearer plc_one-guess-too-many",
    }


def _asked(client: httpx.Client, credential: str) -> list[httpx.Response]:
    headers = {"Authorization": credential, "Idempotency-Key": "idempotency-s3cret", "Cookie": "session=c00kie-secret"}
    return [
        client.get("/v1/regions", headers=headers, params={"provider": "query-s3cret"}),
        client.post("/v1/quotes", headers=headers, json=BODY),
        client.post("/v1/decisions", headers=headers, json=BODY),
        client.get("/v1/nothing", headers=headers),
    ]


def _secrets(sent: dict[str, str]) -> set[str]:
    """Each credential, its parts, and what else was sent; of a token also its signature alone."""
    found = {"idempotency-s3cret", "c00kie-secret", "query-s3cret", "b0dy-secret"}
    for credential in sent.values():
        for word in credential.split()[1:]:
            found |= {word, word[:24], *(part for part in word.split(".") if len(part) > 20)}
    return found


def test_no_password_of_the_database_is_told() -> None:
    with listener() as closed:
        port = closed.getsockname()[1]
    told = Told()
    with (
        _serving(f"postgresql://me:{PASSWORD}@127.0.0.1:{port}/prices", told) as url,
        httpx.Client(base_url=url, trust_env=False, timeout=AT_MOST_S) as client,
    ):
        answers = [client.get(path) for path in ("/readyz", "/v1/regions", "/v1/collections", "/metrics")]
        answers.append(client.get("/v1/regions", headers={"Authorization": "Bearer plc_key"}))
    assert {answer.status_code for answer in answers} == {503}
    assert "database" in told.out
    assert PASSWORD not in told.out + "".join(f"{answer.headers}{answer.text}" for answer in answers)


@pytest.mark.parametrize("broken", ["PLACEMENT_PORT", "PLACEMENT_OIDC", "PLACEMENT_RATE_LIMIT"])
def test_settings_that_are_refused_are_not_repeated(broken: str) -> None:
    secret = "value-s3cret"
    environment = {"PLACEMENT_DATABASE_URL": f"postgresql://me:{PASSWORD}@127.0.0.1/prices", broken: secret}
    program = "from api.settings import from_environment; from_environment()"
    ended = subprocess.run(
        [sys.executable, "-c", program], env=os.environ | environment, capture_output=True, text=True, timeout=AT_MOST_S
    )
    assert ended.returncode == 1
    assert broken in ended.stderr
    assert PASSWORD not in ended.stderr
    # Issuers are no secret, and are shown as they were written.
    assert (secret in ended.stderr) is (broken == "PLACEMENT_OIDC")
