"""A service of AWS in one region answers whole, page by page, or fails the source; messages hold codes, no answers."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from placement.domain.errors import CollectionFailed, Unconfigured
from providers.aws.settings import HOW_TO_SIGN

_MOST_PAGES = 2000


class ApiRefused(CollectionFailed):
    """AWS says no; `code` is its word for why."""

    def __init__(self, words: str, code: str) -> None:
        self.code = code
        super().__init__(words)


@dataclass(frozen=True)
class Api:
    """A client of botocore, whose words are turned into ours."""

    source: str
    client: Any

    def ask(self, operation: str, **arguments: Any) -> dict[str, Any]:
        """One answer; `operation` is the method's name. Raises CollectionFailed, as ApiRefused where AWS says no."""
        from botocore.exceptions import (  # type: ignore[import-untyped]
            BotoCoreError,
            ClientError,
            NoCredentialsError,
            PartialCredentialsError,
        )
        from botocore.parsers import ResponseParserError  # type: ignore[import-untyped]

        words = f"{self.source}: {self._name(operation)} in {self.client.meta.region_name}"
        try:
            answer: dict[str, Any] = getattr(self.client, operation)(**arguments)
            return answer
        except ClientError as refused:
            code = str(refused.response.get("Error", {}).get("Code") or "no reason")
            raise ApiRefused(f"{words} is refused: {code}", code) from None
        except (NoCredentialsError, PartialCredentialsError):
            raise Unconfigured(f"{self.source}: the credentials are not complete; {HOW_TO_SIGN}") from None
        except (BotoCoreError, ResponseParserError, OSError) as wrong:
            raise CollectionFailed(f"{words} fails: {type(wrong).__name__}") from None

    def rows(self, operation: str, key: str, **arguments: Any) -> Iterator[Any]:
        """All that the pages of an answer list under `key`.

        A page may be empty, and the last token may be an empty text. A token that comes again would go round for
        ever: it fails the source, as does a page without the list.
        """
        seen: set[str] = set()
        for _ in range(_MOST_PAGES):
            answer = self.ask(operation, **arguments)
            if key not in answer:
                raise CollectionFailed(f"{self.source}: an answer to {self._name(operation)} has no {key}")
            yield from answer[key]
            token = answer.get("NextToken")
            if not token:
                return
            if token in seen:
                raise CollectionFailed(f"{self.source}: {self._name(operation)} gives the same page again")
            seen.add(token)
            arguments["NextToken"] = token
        raise CollectionFailed(f"{self.source}: {self._name(operation)} does not end after {_MOST_PAGES} pages")

    def _name(self, operation: str) -> str:
        name: str = self.client.meta.method_to_api_mapping[operation]
        return name
