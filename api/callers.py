"""Callers are known by what they show: a key, or a signed token."""

from api.caller import Caller
from api.errors import Unauthenticated
from api.keyring import Keyring
from api.oidc import Oidc, looks_signed
from api.rates import Rates

_LONGEST_KEY = 200


class Callers:
    """Looks keys and tokens up, and counts what was shown in vain."""

    def __init__(self, keyring: Keyring, oidc: Oidc | None, rates: Rates) -> None:
        self.keyring, self.oidc, self.rates = keyring, oidc, rates

    async def are_asked(self) -> bool:
        """Whether callers must show something at all; raises StoreError where nobody can tell."""
        return self.oidc is not None or await self.keyring.is_used()

    async def of(self, token: str, address: str) -> Caller:
        """Whose token this is, sent from the address.

        Raises Unauthenticated and TooManyRequests; where nobody can tell StoreError or IssuerUnreachable.
        """
        try:
            return await self._of(token, address)
        except Unauthenticated:
            self.rates.count_guess(address)
            raise

    async def _of(self, token: str, address: str) -> Caller:
        if self.oidc is not None and looks_signed(token):
            return await self.oidc.caller(token)
        if len(token) > _LONGEST_KEY:
            raise Unauthenticated(f"a key has {_LONGEST_KEY} characters at most")
        if not self.keyring.knows(token):
            # Past the limit the store is not asked about more guesses. Who was known goes on to be answered, and so
            # does a signed token, which no guess can be: many may share an address.
            self.rates.check_guesses(address)
        key = await self.keyring.key_of(token)
        if key is None:
            raise Unauthenticated("the key is not known, has expired or was revoked")
        return Caller(f"key:{key.id}", key)
