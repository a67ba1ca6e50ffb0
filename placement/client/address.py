"""An address is where a service is, whom it may prove itself by, and what shows it who asks."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from placement.domain.errors import BadInput
from placement.domain.loopback import is_loopback

KEY_VARIABLE = "PLACEMENT_API_KEY"
CA_VARIABLES = ("PLACEMENT_CA_FILE", "SSL_CERT_FILE")
"""The first that is set counts."""
_FORM = "write it as https://HOST or http://127.0.0.1:PORT"
_KEY = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True, slots=True)
class Address:
    """Where a service is, and what it is asked with."""

    url: str
    """Without a slash at its end, so that paths can follow."""
    host: str
    key: str | None = field(default=None, repr=False)
    """A key of the service or a token of a pipeline; never shown."""
    ca_file: str | None = None
    """Authorities that the service's certificate may be by, PEM; None: those that the system knows."""
    ca_variable: str = CA_VARIABLES[0]
    """Where the file was named."""

    @property
    def is_loopback(self) -> bool:
        """Whether what is sent there stays on this machine."""
        return is_loopback(self.host)


def address_of(url: str, environment: Mapping[str, str], named_by: str = "--server") -> Address:
    """The service at `url`, with the key and the authorities that the environment names.

    Raises BadInput for what is no address, for a key that cannot be one, and for one that would be sent in the clear.
    """
    parts = _parts(url, named_by)
    host = parts.hostname or ""
    key = environment.get(KEY_VARIABLE, "").strip() or None
    if key is not None and not _KEY.fullmatch(key):
        raise BadInput(f"{KEY_VARIABLE} holds a character that no key has; set it to the key and nothing else")
    if key is not None and parts.scheme == "http" and not is_loopback(host):
        raise BadInput(
            f"{named_by}: everybody on the way to {host} could read the key in {KEY_VARIABLE}, as http:// hides "
            "nothing; write https://, or unset the variable"
        )
    variable = next((name for name in CA_VARIABLES if environment.get(name)), None)
    return Address(
        url.rstrip("/"),
        host,
        key,
        environment[variable] if variable else None,
        variable or CA_VARIABLES[0],
    )


def _parts(url: str, named_by: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        # What is no port is told of only when it is asked for.
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        shown = "this" if "@" in url else f"{url[:80]!r}"
        raise BadInput(f"{named_by}: {shown} is no address of a service; {_FORM}")
    if "@" in parts.netloc:
        raise BadInput(f"{named_by}: names and passwords are not taken from an address; set {KEY_VARIABLE} to a key")
    if parts.query or parts.fragment or not url.isprintable() or " " in url:
        raise BadInput(f"{named_by}: {url[:80]!r} is more than the address of a service; {_FORM}")
    return parts
