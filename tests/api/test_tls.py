"""`placement serve` with a certificate answers by TLS, from 1.2 on, and by nothing else."""

import os
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from placement.cli.main import run
from tests.api.certificates import DAY, Pair, certificate, locked
from tests.cli.running import EXECUTABLE

AT_MOST_S = 60.0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tls")


@pytest.fixture(scope="module")
def authority(folder: Path) -> Pair:
    return certificate(folder, "authority")


@pytest.fixture(scope="module")
def server(folder: Path, authority: Pair) -> Pair:
    return certificate(folder, "server", authority)


@pytest.fixture(scope="module")
def client(folder: Path, authority: Pair) -> Pair:
    return certificate(folder, "client", authority)


@contextmanager
def _serving(database: Path, *options: object, **environment: str) -> Iterator[str]:
    """The address that a process of the service says it listens on."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith("PLACEMENT_")}
    with subprocess.Popen(
        [EXECUTABLE, "--database", f"sqlite:///{database}", "serve", "--port", "0", *map(str, options)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=variables | environment,
    ) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line.startswith("listening on "), process.communicate(timeout=AT_MOST_S)
            yield line.split()[2].rstrip(",")
        finally:
            process.terminate()
            process.communicate(timeout=AT_MOST_S)


@pytest.fixture(scope="module")
def url(sample_file: Path, server: Pair) -> Iterator[str]:
    options = ("--tls-certificate", server.certificate_file, "--tls-key", server.key_file)
    with _serving(sample_file, *options) as listening:
        yield listening


def _trusting(authority: Pair) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=authority.certificate_file)


def _get(url: str, context: ssl.SSLContext, path: str = "/v1/regions") -> httpx.Response:
    return httpx.get(url + path, verify=context, trust_env=False, timeout=AT_MOST_S)


def test_a_client_that_trusts_the_authority_is_answered(url: str, authority: Pair) -> None:
    assert url.startswith("https://127.0.0.1:")
    answer = _get(url, _trusting(authority))
    assert answer.status_code == 200
    assert answer.headers["strict-transport-security"] == "max-age=31536000"


def test_errors_too_tell_the_client_to_stay_with_tls(url: str, authority: Pair) -> None:
    answer = _get(url, _trusting(authority), "/nothing")
    assert answer.status_code == 404
    assert "strict-transport-security" in answer.headers


def test_a_client_that_does_not_trust_it_turns_away(url: str) -> None:
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        _get(url, ssl.create_default_context())


@pytest.mark.parametrize(("version", "good"), [("TLSv1_1", False), ("TLSv1_2", True), ("TLSv1_3", True)])
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_versions_before_1_2_are_not_spoken(version: str, good: bool, url: str, authority: Pair) -> None:
    context = _trusting(authority)
    # Old versions need old ciphers, on this side.
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = ssl.TLSVersion[version]
    if good:
        assert _get(url, context).status_code == 200
    else:
        with pytest.raises(httpx.ConnectError):
            _get(url, context)


def test_plain_http_gets_no_answer(url: str) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(url.replace("https:", "http:"), trust_env=False, timeout=AT_MOST_S)


def test_a_client_that_says_nothing_keeps_nobody_waiting(url: str, authority: Pair) -> None:
    host, _, port = url.removeprefix("https://").partition(":")
    with socket.create_connection((host, int(port)), timeout=AT_MOST_S):
        assert _get(url, _trusting(authority)).status_code == 200


def test_without_tls_nothing_is_promised(sample_file: Path) -> None:
    with _serving(sample_file) as plain:
        answer = httpx.get(f"{plain}/v1/regions", trust_env=False, timeout=AT_MOST_S)
    assert "strict-transport-security" not in answer.headers


def test_the_environment_names_the_files_and_whose_clients_are_answered(
    sample_file: Path, server: Pair, client: Pair, authority: Pair, folder: Path
) -> None:
    stranger = certificate(folder, "stranger", certificate(folder, "strangers"))
    variables = {
        "PLACEMENT_TLS_CERTIFICATE": str(server.certificate_file),
        "PLACEMENT_TLS_KEY": str(server.key_file),
        "PLACEMENT_TLS_CLIENT_CA": str(authority.certificate_file),
    }
    with _serving(sample_file, **variables) as url:
        known, unknown = _trusting(authority), _trusting(authority)
        known.load_cert_chain(client.certificate_file, client.key_file)
        unknown.load_cert_chain(stranger.certificate_file, stranger.key_file)
        assert _get(url, known).status_code == 200
        for refused in (unknown, _trusting(authority)):
            with pytest.raises((httpx.ReadError, httpx.ConnectError, httpx.RemoteProtocolError)):
                _get(url, refused)


def _refused(capsys: pytest.CaptureFixture[str], *options: object) -> str:
    assert run(["serve", "--port", "0", *map(str, options)]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.count("\n") == 1
    assert "Traceback" not in shown.err
    return shown.err.removeprefix("error: ")


def test_certificate_and_key_belong_together(server: Pair, client: Pair, capsys: pytest.CaptureFixture[str]) -> None:
    mine, mine_key = ("--tls-certificate", server.certificate_file), ("--tls-key", server.key_file)
    assert _refused(capsys, *mine).startswith("--tls-key is missing")
    assert _refused(capsys, *mine_key).startswith("--tls-certificate is missing")
    assert _refused(capsys, "--tls-client-ca", server.certificate_file).startswith("--tls-certificate is missing")
    words = _refused(capsys, *mine, "--tls-key", client.key_file)
    assert words.startswith(f"--tls-key: {client.key_file} is not the key of the first certificate in ")


def test_files_that_are_not_there_or_hold_something_else(
    server: Pair, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    letter, none = tmp_path / "letter.txt", tmp_path / "none.pem"
    letter.write_text("Dear server,", encoding="utf-8")
    good = {"--tls-certificate": server.certificate_file, "--tls-key": server.key_file}
    for file, words in ((none, "there is no file"), (tmp_path, "cannot be read"), (letter, "PEM form")):
        for option in (*good, "--tls-client-ca"):
            options = [part for pair in (good | {option: file}).items() for part in pair]
            refused = _refused(capsys, *options)
            assert refused.startswith(f"{option}: ")
            assert words in refused
            assert str(file) in refused


def test_a_certificate_that_has_ended_or_not_begun(
    server: Pair, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = certificate(folder, "old", begins=-2 * DAY, ends=-DAY)
    new = certificate(folder, "new", begins=DAY, ends=2 * DAY)
    for pair, words in ((old, "expired on"), (new, "is valid from")):
        options = ("--tls-certificate", pair.certificate_file, "--tls-key", pair.key_file)
        refused = _refused(capsys, *options)
        assert refused.startswith("--tls-certificate: ")
        assert words in refused
    mine = ("--tls-certificate", server.certificate_file, "--tls-key", server.key_file)
    assert _refused(capsys, *mine, "--tls-client-ca", old.certificate_file).startswith("--tls-client-ca: ")


def test_a_key_with_a_password_is_not_asked_for_it(server: Pair, capsys: pytest.CaptureFixture[str]) -> None:
    options = ("--tls-certificate", server.certificate_file, "--tls-key", locked(server, b"secret"))
    assert "is locked by a password" in _refused(capsys, *options)


def test_issuers_count_as_keys_for_other_addresses(sample_file: Path, server: Pair, authority: Pair) -> None:
    issuers = (
        '[{"issuer": "https://gitlab.com", "audience": "a", "rules": [{"claims": {"b": "c"}, "scopes": ["read"]}]}]'
    )
    files = ("--tls-certificate", server.certificate_file, "--tls-key", server.key_file)
    with _serving(sample_file, "--host", "0.0.0.0", *files, PLACEMENT_OIDC=issuers) as url:
        assert url.startswith("https://0.0.0.0:")
        answer = _get(url.replace("0.0.0.0", "127.0.0.1"), _trusting(authority))
    assert answer.status_code == 401


def _asked(url: str, authority: Pair, client: Pair | None = None) -> int:
    context = ssl.create_default_context(cafile=str(authority.certificate_file))
    if client is not None:
        context.load_cert_chain(client.certificate_file, client.key_file)
    return httpx.get(f"{url}/healthz", verify=context, timeout=AT_MOST_S, trust_env=False).status_code


def _replace(old: Pair, new: Pair) -> None:
    for before, after in ((old.certificate_file, new.certificate_file), (old.key_file, new.key_file)):
        after.replace(before)


def test_a_renewed_certificate_needs_no_restart(tmp_path: Path) -> None:
    (tmp_path / "next").mkdir()
    before, after = certificate(tmp_path, "authority"), certificate(tmp_path / "next", "authority")
    server = certificate(tmp_path, "server", before)
    options = ("--tls-certificate", server.certificate_file, "--tls-key", server.key_file)
    with _serving(tmp_path / "placement.db", *options) as url:
        trusting = ssl.create_default_context(cafile=str(before.certificate_file))
        with httpx.Client(base_url=url, verify=trusting, timeout=AT_MOST_S, trust_env=False) as open_before:
            assert open_before.get("/healthz").status_code == 200
            _replace(server, certificate(tmp_path / "next", "server", after))
            assert _asked(url, after) == 200
            with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
                _asked(url, before)
            assert open_before.get("/healthz").status_code == 200
        # What cannot be used changes nothing.
        server.key_file.write_text("no key", encoding="utf-8")
        assert _asked(url, after) == 200
        server.certificate_file.unlink()
        assert _asked(url, after) == 200
        _replace(server, certificate(tmp_path / "next", "again", before))
        assert _asked(url, before) == 200


def test_another_authority_of_clients_needs_no_restart(tmp_path: Path) -> None:
    (tmp_path / "next").mkdir()
    before, after = certificate(tmp_path, "authority"), certificate(tmp_path / "next", "authority")
    server = certificate(tmp_path, "server", before)
    old, new = certificate(tmp_path, "client", before), certificate(tmp_path / "next", "client", after)
    clients = tmp_path / "clients.pem"
    clients.write_bytes(before.certificate_file.read_bytes())
    options = ("--tls-certificate", server.certificate_file, "--tls-key", server.key_file, "--tls-client-ca", clients)
    with _serving(tmp_path / "placement.db", *options) as url:
        assert _asked(url, before, old) == 200
        clients.write_bytes(after.certificate_file.read_bytes())
        assert _asked(url, before, new) == 200
        with pytest.raises(httpx.TransportError):
            _asked(url, before, old)
