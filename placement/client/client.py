"""A client asks one service, for the time of a `with` block."""

import os
import time
from collections.abc import Callable, Mapping
from types import TracebackType

from placement.client.address import Address, address_of
from placement.client.decisions import Decisions
from placement.client.market import Market
from placement.client.named import Fleets, Policies
from placement.client.patience import Patience
from placement.client.wire import Wire


class Client:
    """What can be asked of a service, by what it is about."""

    def __init__(
        self, address: Address, patience: Patience | None = None, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        """Raises BadInput for an address that cannot be used; whether anybody is there shows when it is asked."""
        self.address = address
        self._wire = Wire(address, patience, sleep)
        self.decisions = Decisions(self._wire)
        self.market = Market(self._wire)
        self.policies = Policies(self._wire)
        self.fleets = Fleets(self._wire)

    @classmethod
    def at(cls, url: str, environment: Mapping[str, str] | None = None) -> "Client":
        """The client of the service at `url`.

        The key is PLACEMENT_API_KEY of the environment, the authorities are PLACEMENT_CA_FILE or SSL_CERT_FILE.
        Raises BadInput.
        """
        return cls(address_of(url, os.environ if environment is None else environment, "the address"))

    def __enter__(self) -> "Client":
        self._wire.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._wire.__exit__(kind, error, trace)
