"""A service principal logs in by its secret or by a federated token, and what it is answered is never recorded.

Importing this needs the SDKs.
"""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any

from azure.identity import ClientSecretCredential, WorkloadIdentityCredential

from placement.domain.provider import Surroundings
from providers.azure.access import CLIENT, LOGIN_HOST, SECRET, TENANT, TOKEN_FILE, Credential, address
from providers.azure.sdk_calls import in_words, transport
from providers.fetch import Fetcher


@dataclass(frozen=True)
class _Replayed:
    """A recording does not care who asks for it."""

    token: str = "replayed"

    def get_token(self, *_: str, **__: Any) -> Any:
        return self


def credential_of(
    stack: ExitStack, source: str, fetch: Fetcher, surroundings: Surroundings, sleep: Callable[[float], None]
) -> Credential:
    """Logs in when it is first asked for a token; it ends with the stack."""
    if surroundings.replay_from:
        return _Replayed()
    environment = surroundings.environment
    login = address(environment, LOGIN_HOST)
    login = login if "://" in login else f"https://{login}"
    unrecorded = replace(surroundings, record_into=None)
    own = stack.enter_context(Fetcher(source, [login], unrecorded, fetch.limits, sleep=sleep))
    usual: dict[str, Any] = {
        "authority": login,
        "disable_instance_discovery": True,
        "transport": transport(stack, own),
        "retry_total": 0,
    }
    tenant, client = environment[TENANT], environment[CLIENT]
    with in_words(source, "logging in"):
        if environment.get(SECRET):
            return ClientSecretCredential(tenant, client, environment[SECRET], **usual)
        file = environment[TOKEN_FILE]
        return WorkloadIdentityCredential(tenant_id=tenant, client_id=client, token_file_path=file, **usual)
