"""An answer is what a service said in whole: a document of the form that was asked for, or it is no service."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec

from placement.domain.errors import NotTheService
from placement.domain.retry_after import pause_s

Form = TypeVar("Form")
_JSON = ("application/json", "application/problem+json")


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, read to its end."""

    asked: str
    """What was asked, such as `GET https://placement.example/v1/catalog`; its query is left out."""
    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes

    @property
    def pause_s(self) -> float | None:
        """After how many seconds the service wants to be asked again; None: it does not say."""
        return pause_s(self.headers.get("retry-after", ""), datetime.now(UTC))

    def json(self) -> Any:
        """The body; raises NotTheService where it is no JSON."""
        media = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media not in _JSON:
            raise self.strange(f"{media[:80] or 'something without a type'} instead of JSON")
        try:
            return msgspec.json.decode(self.body)
        except (msgspec.DecodeError, ValueError, RecursionError):
            raise self.strange("JSON that is broken") from None

    def document(self, form: type[Form]) -> Form:
        """The document, with all that it says; raises NotTheService where it lacks what its form has."""
        found = self.json()
        try:
            msgspec.convert(found, form)
        except msgspec.ValidationError as error:
            raise self.strange(f"another document than this program knows ({error})") from None
        # What was converted lacks the members that this release does not know.
        known: Form = found
        return known

    def strange(self, what: str) -> NotTheService:
        """The error for an answer that no service of this release would give."""
        return NotTheService(
            f"{self.asked} is answered with {what}, status {self.status}: this is no placement service, or one of "
            "another release; name the address at which placement serve listens"
        )
