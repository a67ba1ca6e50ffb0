"""What the SDKs send goes through a Fetcher, and what goes wrong in them is said in our words.

Importing this needs the SDKs.
"""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from azure.core.exceptions import AzureError, HttpResponseError
from azure.core.pipeline.transport import RequestsTransport

from placement.domain.errors import CollectionFailed
from providers.fetch import Fetcher
from providers.sdk_transport import session


def transport(stack: ExitStack, fetch: Fetcher) -> RequestsTransport:
    """What an SDK sends by; it ends with the stack."""
    own = stack.enter_context(session(fetch))
    # A .netrc would put its own word in the place of the token.
    own.trust_env = False
    return RequestsTransport(session=own, session_owner=False)


@contextmanager
def in_words(source: str, what: str) -> Iterator[None]:
    """Whatever goes wrong becomes CollectionFailed, with a code and none of the SDK's own words."""
    try:
        yield
    except CollectionFailed:
        raise
    except (AzureError, ValueError, TypeError, KeyError, AttributeError) as error:
        cause: BaseException | None = error
        while cause is not None:
            if isinstance(cause, CollectionFailed):
                raise cause from None
            cause = cause.__cause__ or cause.__context__
        raise CollectionFailed(f"{source}: {what}: {_short(error)}") from None


def _short(error: Exception) -> str:
    if code := re.search(r"\bAADSTS\d+\b", str(error)):
        return f"refused with {code[0]}"
    if isinstance(error, HttpResponseError) and error.status_code:
        code_name = str(getattr(error.error, "code", "") or "")
        return f"status {error.status_code}" + (f" {code_name}" if code_name.isalnum() else "")
    return type(error).__name__
