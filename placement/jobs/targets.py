"""Where reports are delivered to: folders, webhooks and mail."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from placement.domain.errors import BadInput
from placement.jobs.undelivered import Undelivered
from placement.report_file.output import save

if TYPE_CHECKING:
    from placement.jobs.mail import MailServer

Files = Callable[[str], tuple[str, bytes]]
"""Name and content of the report's file in a format."""


class Target(Protocol):
    """One place that reports are delivered to."""

    @property
    def id(self) -> str:
        """The same for the same place, without its secrets."""

    def deliver(self, month: str, figures: Mapping[str, Any], files: Files) -> None:
        """A month, or a week such as `2026W43`. Raises Undelivered.

        What is delivered twice, after a crash, is there once, or can be told by its key.
        """


@dataclass(frozen=True, slots=True)
class Folder:
    """Files by format; one that is delivered again replaces itself."""

    path: Path
    formats: tuple[str, ...]

    @property
    def id(self) -> str:
        """By its path."""
        return f"folder:{_digest(str(self.path.absolute()))}"

    def deliver(self, month: str, figures: Mapping[str, Any], files: Files) -> None:
        """Each file whole or not at all."""
        for form in self.formats:
            name, content = files(form)
            try:
                save(content, self.path / name)
            except OSError as failure:
                raise Undelivered(f"{self.path / name}: {failure.strerror or failure}") from None


@dataclass(frozen=True, slots=True)
class Webhook:
    """JSON with a summary as `text`, as Slack and Mattermost show it, and the figures as `report`."""

    url: str
    """Often a secret: it is neither logged nor stored."""

    @property
    def id(self) -> str:
        """By its URL."""
        return f"webhook:{_digest(self.url)}"

    def deliver(self, month: str, figures: Mapping[str, Any], files: Files) -> None:
        """The same `Idempotency-Key` each time."""
        from placement.jobs.webhook import post

        post(self.url, {"text": summary(figures), "report": figures}, f"placement-report-{month}")


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail with the summary as its text and files by format."""

    server: "MailServer"
    formats: tuple[str, ...]

    @property
    def id(self) -> str:
        """By its server, sender and recipients."""
        server = self.server
        return f"mail:{_digest(' '.join((server.host, f'{server.port}', server.sender, *server.recipients)))}"

    def deliver(self, month: str, figures: Mapping[str, Any], files: Files) -> None:
        """The same `Message-ID` each time."""
        text = summary(figures)
        attached = [files(form) for form in self.formats]
        self.server.send(text.partition(":")[0], text, attached, f"placement-report-{month}")


def targets_of(words: Sequence[str], formats: Sequence[str]) -> tuple[Target, ...]:
    """From `folder:PATH`, `https://...` and `smtp://...`; raises BadInput."""
    from placement.report_file.output import format_named

    chosen = tuple(format_named(name).name for name in formats)
    return tuple(_target(word, chosen) for word in words)


def _target(word: str, formats: tuple[str, ...]) -> Target:
    if word.startswith("folder:") and len(word) > len("folder:"):
        path = Path(word.removeprefix("folder:"))
        if not path.is_dir():
            raise BadInput(f"reports cannot be delivered to {path}: there is no such folder; make it first")
        return Folder(path, formats)
    if word.startswith(("https://", "http://")):
        if not _has_host(word):
            raise BadInput("the address of a webhook cannot be read; write https://HOST/...")
        return Webhook(word)
    if word.startswith(("smtp://", "smtps://")):
        from placement.jobs.mail import mail_server

        return Mail(mail_server(word), formats)
    kinds = "folder:PATH, https://... or smtp://..."
    raise BadInput(f"{word.partition(':')[0][:40]!r} is no place for reports; write {kinds}")


def summary(figures: Mapping[str, Any]) -> str:
    """The month, or what there is of it, in some lines."""
    usd = figures["usd"]
    so_far = "" if figures["closed"] else f" up to {figures['until'][:10]}"
    share = f" ({100 * usd['saved'] / usd['baseline']:.1f}%)" if usd["baseline"] else ""
    costs = f"cost {usd['actual']:z,.2f} USD, saved {usd['saved']:z,.2f}{share}"
    lines = [
        f"Placement report {figures['month']}{so_far}: {costs}",
        f"missed {usd['missed']:z,.2f} against hindsight, policies cost {usd['compliance']:z,.2f}",
    ]
    lines += [f"{group['fleet']}: {group['actual_usd']:z,.2f}" for group in figures["by_fleet"][:5]]
    return "\n".join((*lines, "estimates by the prices of the time, not an invoice"))


def _has_host(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:16]
