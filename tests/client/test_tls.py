"""A service by https is believed if an authority that this machine knows, or one that is named, says who it is."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from placement.client import Client, address_of
from placement.domain.errors import BadInput, PlacementError, ServiceUnreachable
from tests.api.certificates import Pair, certificate
from tests.api.deciding import Process
from tests.cli.running import EXECUTABLE
from tests.client.asking import Pauses, client_of

AT_MOST_S = 60.0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tls")


@pytest.fixture(scope="module")
def authority(folder: Path) -> Pair:
    return certificate(folder, "authority")


@pytest.fixture(scope="module")
def url(folder: Path, authority: Pair, market: Path) -> Iterator[str]:
    server = certificate(folder, "server", authority)
    options = ("--tls-certificate", server.certificate_file, "--tls-key", server.key_file, "--no-worker")
    with subprocess.Popen(
        [EXECUTABLE, "--database", f"sqlite:///{market}", "serve", "--port", "0", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={name: value for name, value in os.environ.items() if not name.startswith("PLACEMENT_")},
    ) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().split()[2].rstrip(",")
        finally:
            process.terminate()
            process.wait(AT_MOST_S)


def refused(client: Client) -> str:
    with client, pytest.raises(ServiceUnreachable) as error:
        client.market.catalog()
    return str(error.value)


@pytest.mark.parametrize("variable", ["PLACEMENT_CA_FILE", "SSL_CERT_FILE"])
def test_an_authority_that_is_named_is_believed(variable: str, url: str, authority: Pair) -> None:
    address = address_of(url, {variable: str(authority.certificate_file), "PLACEMENT_API_KEY": "plc_s3cret"})
    with Client(address) as client:
        assert client.market.catalog()["offerings"] > 0


def test_another_authority_is_not_believed_and_it_says_what_to_do(url: str, folder: Path) -> None:
    pauses = Pauses()
    other = certificate(folder, "other")
    for ca_file in (None, other.certificate_file):
        message = refused(client_of(url, pauses=pauses, ca_file=ca_file))
        assert "is not trusted here" in message
        assert "PLACEMENT_CA_FILE" in message
    assert pauses == []


def test_a_name_that_is_not_in_the_certificate_is_not_believed(url: str, authority: Pair) -> None:
    named = url.replace("127.0.0.1", "localhost")
    assert "not valid for 'localhost'" in refused(client_of(named, ca_file=authority.certificate_file))


def test_https_to_a_service_without_tls_is_told(process: Process) -> None:
    message = refused(client_of(process.url.replace("http:", "https:")))
    assert "TLS fails" in message
    assert "is this a service by https" in message


def test_http_to_a_service_with_tls_is_told(url: str) -> None:
    assert "does the service speak https?" in refused(client_of(url.replace("https:", "http:")))


@pytest.mark.parametrize("variable", ["PLACEMENT_CA_FILE", "SSL_CERT_FILE"])
@pytest.mark.parametrize(("content", "words"), [(None, "cannot be read: No such file"), ("garbage", "PEM form")])
def test_a_file_without_authorities_is_one_clear_error(
    content: str | None, words: str, variable: str, tmp_path: Path
) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    with pytest.raises(PlacementError, match=f"{variable}: {file}") as error:
        Client(address_of("https://127.0.0.1", {variable: str(file)}))
    assert isinstance(error.value, BadInput)
    assert words in str(error.value)
