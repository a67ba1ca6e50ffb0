from dataclasses import replace

import pytest

from placement.client import address_of
from placement.domain.errors import BadInput
from tests.client.asking import client_of

KEY = "plc_s3cret-of-the-pipeline"


@pytest.mark.parametrize(
    "url",
    [
        "localhost:8080",
        "placement.example",
        "",
        "https://",
        "ftp://placement.example",
        "http://127.0.0.1:port",
        "http://127.0.0.1:99999",
        "http://127.0.0.1:0",
        "http://[::1",
        "https://placement.example/?fleet=shop",
        "https://placement.example/#top",
        "https://placement example",
        "https://placement.example\n",
    ],
)
def test_what_is_no_address_is_refused_with_what_would_be_one(url: str) -> None:
    with pytest.raises(BadInput, match=r"--server: .* (address|port)") as refused:
        address_of(url, {})
    assert "https://HOST" in str(refused.value)


@pytest.mark.parametrize("url", ["https://me:pa55word@placement.example", "me:pa55word@placement.example"])
def test_a_password_in_the_address_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(BadInput) as refused:
        address_of(url, {})
    assert "pa55word" not in str(refused.value)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080", "http://[::1]:8080", "http://localhost", "https://p.example"])
def test_a_key_goes_by_https_or_stays_on_this_machine(url: str) -> None:
    assert address_of(url, {"PLACEMENT_API_KEY": f" {KEY}\n"}).key == KEY


@pytest.mark.parametrize("url", ["http://placement.example", "http://192.0.2.1:8080", "http://localhost.example"])
def test_a_key_is_never_sent_in_the_clear(url: str) -> None:
    with pytest.raises(BadInput, match="write https://") as refused:
        address_of(url, {"PLACEMENT_API_KEY": KEY}, "PLACEMENT_SERVER")
    assert str(refused.value).startswith("PLACEMENT_SERVER: ")
    assert KEY not in str(refused.value)
    assert address_of(url, {}).key is None


@pytest.mark.parametrize("key", ["two words", "line\nbreak", "schlüssel"])
def test_a_key_with_other_characters_is_refused_and_not_shown(key: str) -> None:
    with pytest.raises(BadInput, match="PLACEMENT_API_KEY") as refused:
        address_of("https://placement.example", {"PLACEMENT_API_KEY": key})
    assert key not in str(refused.value)


def test_neither_an_address_nor_a_client_shows_its_key() -> None:
    address = address_of("https://placement.example", {"PLACEMENT_API_KEY": KEY})
    assert KEY not in repr(address)
    assert KEY not in repr(replace(address, url="https://other.example"))


def test_the_slash_at_the_end_and_a_path_before_the_service_change_nothing() -> None:
    assert address_of("https://acme.example/placement/", {}).url == "https://acme.example/placement"


@pytest.mark.parametrize("variable", ["PLACEMENT_CA_FILE", "SSL_CERT_FILE"])
def test_the_authorities_are_named_by_the_environment(variable: str) -> None:
    assert address_of("https://placement.example", {variable: "ca.pem"}).ca_file == "ca.pem"


def test_the_own_variable_counts_more_than_the_usual_one() -> None:
    named = {"PLACEMENT_CA_FILE": "own.pem", "SSL_CERT_FILE": "system.pem"}
    assert address_of("https://placement.example", named).ca_file == "own.pem"


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "ALL_PROXY"])
def test_a_proxy_that_is_none_is_refused_without_its_password(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, "gopher://me:pa55word@proxy.example")
    with pytest.raises(BadInput, match="http://HOST:PORT") as refused:
        client_of("https://placement.example")
    assert "pa55word" not in str(refused.value)
