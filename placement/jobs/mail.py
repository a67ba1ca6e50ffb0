"""Mail is sent with the standard library, here and nowhere else."""

import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import parseaddr
from ipaddress import ip_address
from mimetypes import guess_type
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from placement.domain.errors import BadInput
from placement.jobs.undelivered import Undelivered

_TIMEOUT_S = 20.0
_EXAMPLE = "smtp://USER:PASSWORD@HOST:587?from=placement@example.com&to=finance@example.com"


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail goes, from whom and to whom."""

    host: str
    port: int
    tls: bool
    """From the first byte on; otherwise as soon as the server offers it."""
    user: str
    password: str
    sender: str
    recipients: tuple[str, ...]

    def send(self, subject: str, text: str, attachments: Sequence[tuple[str, bytes]], key: str) -> None:
        """One mail to all recipients; raises Undelivered. The same key gives the same Message-ID."""
        mail = EmailMessage()
        mail["Subject"], mail["From"], mail["To"] = subject, self.sender, ", ".join(self.recipients)
        mail["Message-ID"] = f"<{key}@{self.sender.rpartition('@')[2]}>"
        mail.set_content(text)
        for name, content in attachments:
            main, _, sub = (guess_type(name)[0] or "application/octet-stream").partition("/")
            mail.add_attachment(content, maintype=main, subtype=sub, filename=name)
        try:
            with self._connected() as server:
                server.send_message(mail)
        except (OSError, smtplib.SMTPException) as failure:
            raise Undelivered(f"the mail server {self.host} did not take it: {_said(failure)}") from None

    def _connected(self) -> smtplib.SMTP:
        trusted = ssl.create_default_context()
        if self.tls:
            server: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, timeout=_TIMEOUT_S, context=trusted)
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=_TIMEOUT_S)
        try:
            server.ehlo_or_helo_if_needed()
            private = self.tls
            if not private and server.has_extn("starttls"):
                server.starttls(context=trusted)
                private = True
            if self.user:
                if not private and not _is_here(self.host):
                    raise Undelivered(f"the mail server {self.host} offers no TLS: no password is sent in the clear")
                server.login(self.user, self.password)
        except BaseException:
            server.close()
            raise
        return server


def mail_server(url: str) -> MailServer:
    """From `smtp://` or `smtps://`; raises BadInput, which does not show the URL: it may hold a password."""
    try:
        parts = urlsplit(url)
        port = parts.port or (465 if parts.scheme == "smtps" else 25)
        asked = parse_qs(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    except ValueError:
        raise BadInput(f"the address of the mail server cannot be read; write {_EXAMPLE}") from None
    return _checked(parts, port, asked)


def _checked(parts: SplitResult, port: int, asked: dict[str, list[str]]) -> MailServer:
    strange = sorted({*asked} - {"from", "to"})
    senders, recipients = asked.get("from", []), asked.get("to", [])
    if not parts.hostname or parts.path.strip("/") or strange or len(senders) != 1 or not recipients:
        wrong = f" ({', '.join(strange)} means nothing)" if strange else ""
        raise BadInput(f"a mail server needs its host, one from= and a to= for each recipient{wrong}; write {_EXAMPLE}")
    for address in (*senders, *recipients):
        if parseaddr(address)[1] != address or "@" not in address[1:-1] or not address.isascii() or " " in address:
            raise BadInput(f"{address[:80]!r} is no address of mail; write one such as finance@example.com")
    user, password = (unquote(word or "") for word in (parts.username, parts.password))
    return MailServer(parts.hostname, port, parts.scheme == "smtps", user, password, senders[0], tuple(recipients))


def _said(failure: Exception) -> str:
    if isinstance(failure, smtplib.SMTPResponseException):
        said = failure.smtp_error.decode(errors="replace") if isinstance(failure.smtp_error, bytes) else "refused"
        return f"{failure.smtp_code} {said[:200]}"
    if isinstance(failure, smtplib.SMTPRecipientsRefused):
        return f"it refused {', '.join(failure.recipients)}"
    return type(failure).__name__


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
