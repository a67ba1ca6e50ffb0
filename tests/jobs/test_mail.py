"""Reports by mail: a real server over loopback, and no password where others could read it."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from placement.domain.errors import BadInput
from placement.jobs.mail import mail_server
from placement.jobs.targets import Mail, targets_of
from placement.jobs.undelivered import Undelivered

FIGURES = {
    "month": "2026-10",
    "closed": True,
    "usd": {"actual": 10.0, "saved": -1.0, "baseline": 9.0, "missed": 1.0, "compliance": 0.0},
    "by_fleet": [{"fleet": "Äpfel", "actual_usd": 10.0}],
}


class Postbox:
    """Keeps what it gets, or refuses it."""

    def __init__(self, answer: str = "250 OK") -> None:
        self.answer, self.got, self.logins = answer, list[EmailMessage](), list[tuple[bytes, bytes]]()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        found = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(found, EmailMessage)
        assert envelope.rcpt_tos == ["finance@example.com", "ann@example.com"]
        self.got.append(found)
        return self.answer

    def login(self, server: Any, session: Any, envelope: Any, mechanism: str, data: LoginPassword) -> AuthResult:
        self.logins.append((data.login, data.password))
        return AuthResult(success=data.password == b"s3cr:t", handled=False)


@contextmanager
def serving(postbox: Postbox, **options: Any) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(postbox, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        controller.stop()


def delivered(address: str, user: str = "") -> None:
    url = f"smtp://{user}{address}?from=placement@example.com&to=finance@example.com&to=ann@example.com"
    (target,) = targets_of((url,), ("html", "xlsx"))
    assert "s3cr" not in target.id
    target.deliver("2026-10", FIGURES, lambda form: (f"placement-2026-10.{form}", f"a {form} file".encode()))


def test_a_mail_has_the_summary_and_the_files() -> None:
    postbox = Postbox()
    with serving(postbox) as address:
        delivered(address)
        delivered(address)
    first, second = postbox.got
    assert first["Subject"] == "Placement report 2026-10"
    assert first["Message-ID"] == second["Message-ID"] == "<placement-report-2026-10@example.com>"
    body = first.get_body()
    assert body is not None
    assert "Äpfel: 10.00" in body.get_content()
    files = {part.get_filename(): part for part in first.iter_attachments()}
    assert files["placement-2026-10.html"].get_content_type() == "text/html"
    assert files["placement-2026-10.xlsx"].get_payload(decode=True) == b"a xlsx file"


def test_who_must_log_in_does() -> None:
    postbox = Postbox()
    options = {"authenticator": postbox.login, "auth_require_tls": False}
    with serving(postbox, **options) as address:
        delivered(address, "ann:s3cr%3At@")
        assert postbox.logins == [(b"ann", b"s3cr:t")]
        with pytest.raises(Undelivered, match="535") as failure:
            delivered(address, "ann:s3cret@")
    assert "s3cret" not in str(failure.value)
    assert len(postbox.got) == 1


def test_a_mail_that_is_refused_is_tried_again_later() -> None:
    with (
        serving(Postbox("452 4.2.2 the box is full")) as address,
        pytest.raises(Undelivered, match="the box is full"),
    ):
        delivered(address)


def test_a_server_that_is_not_there_is_named() -> None:
    with pytest.raises(Undelivered, match="did not take it: ConnectionRefusedError"):
        delivered("127.0.0.1:1")


def test_no_password_goes_to_another_machine_in_the_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    postbox = Postbox()
    options = {"authenticator": postbox.login, "auth_require_tls": False}
    with serving(postbox, **options) as address:
        server = mail_server(f"smtp://ann:s3cret@{address}?from=a@b&to=c@d")
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(2, 1, 6, "", ("127.0.0.1", server.port))])
        with pytest.raises(Undelivered, match="offers no TLS: no password is sent in the clear"):
            replace(server, host="mail.example.com").send("s", "t", (), "key")
    assert postbox.logins == []


@pytest.mark.parametrize(
    "url",
    [
        "smtp://?from=a@b&to=c@d",
        "smtp://host",
        "smtp://host?from=a@b",
        "smtp://host?from=a@b&from=e@f&to=c@d",
        "smtp://host?from=a@b&to=c@d&cc=e@f",
        "smtp://host:port?from=a@b&to=c@d",
        "smtp://host?from=a@b&to=nobody",
        "smtp://host?from=a@b&to=c@d%0aBcc:e@f",
        "smtp://host/inbox?from=a@b&to=c@d",
        "smtp://ann:s3cret@host?from",
    ],
)
def test_an_address_that_cannot_be_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(BadInput) as failure:
        mail_server(url)
    assert "s3cret" not in str(failure.value)
    assert "example.com" in str(failure.value)


def test_ports_follow_the_scheme() -> None:
    assert mail_server("smtp://h?from=a@b&to=c@d").port == 25
    assert mail_server("smtps://h?from=a@b&to=c@d").port == 465
    assert mail_server("smtps://h:2465?from=a@b&to=c@d").tls
    assert isinstance(targets_of(("smtps://h?from=a@b&to=c@d",), ("html",))[0], Mail)
