"""Who asks Azure Resource Manager, and where: what the environment says, or a credential that was given."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Protocol

from placement.domain.errors import Unconfigured
from placement.domain.provider import Surroundings

if TYPE_CHECKING:
    from providers.azure.arm import Arm
    from providers.fetch import Fetcher

PRICES_URL = "PLACEMENT_AZURE_PRICES_URL"
ARM_URL = "PLACEMENT_AZURE_ARM_URL"
LOGIN_HOST = "AZURE_AUTHORITY_HOST"
SUBSCRIPTION = "AZURE_SUBSCRIPTION_ID"
TENANT, CLIENT = "AZURE_TENANT_ID", "AZURE_CLIENT_ID"
SECRET, TOKEN_FILE = "AZURE_CLIENT_SECRET", "AZURE_FEDERATED_TOKEN_FILE"

_DEFAULTS = {
    PRICES_URL: "https://prices.azure.com",
    ARM_URL: "https://management.azure.com",
    LOGIN_HOST: "https://login.microsoftonline.com",
}


class Credential(Protocol):
    """What the SDKs ask for tokens: any credential of azure-identity is one."""

    def get_token(self, *scopes: str, **options: Any) -> Any:
        """An AccessToken for the scopes."""


def address(environment: Mapping[str, str], name: str) -> str:
    """The address that a setting names, or the usual one."""
    return (environment.get(name) or _DEFAULTS[name]).rstrip("/")


def lacking(environment: Mapping[str, str], *, with_credential: bool) -> str:
    """Which settings lack for asking Azure Resource Manager, in words; empty if none does.

    `with_credential`: there is a credential already, or none is needed since nobody is asked.
    """
    names = [SUBSCRIPTION] if with_credential else [SUBSCRIPTION, TENANT, CLIENT]
    lacks = [name for name in names if not environment.get(name)]
    if not with_credential and not (environment.get(SECRET) or environment.get(TOKEN_FILE)):
        lacks.append(f"{SECRET} (or {TOKEN_FILE})")
    return ", ".join(lacks)


def limit_of(surroundings: Surroundings) -> frozenset[str] | None:
    """The regions to ask about, in the lower case of the price list; None means all."""
    named = surroundings.regions("azure")
    return frozenset(name.lower() for name in named) if named else None


def asking(
    source: str,
    fetch: "Fetcher",
    surroundings: Surroundings,
    sleep: Callable[[float], None],
    given: Credential | None,
) -> "AbstractContextManager[Arm]":
    """Azure Resource Manager, for the time of a `with` block; raises Unconfigured without the SDKs."""
    try:
        from providers.azure.arm import opened
    except ModuleNotFoundError as missing:
        if (missing.name or "").split(".")[0] != "azure":
            raise
        raise Unconfigured(f"{source}: install cloud-placement[azure]") from None
    return opened(source, fetch, surroundings, sleep, given)
