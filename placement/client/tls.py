"""By which authorities a service may prove who it is."""

import ssl

import httpx

from placement.client.address import Address
from placement.domain.errors import BadInput


def context_of(address: Address) -> ssl.SSLContext | bool:
    """For a service by https; raises BadInput for a file that holds no certificates."""
    if not address.url.startswith("https:"):
        # The context takes longer to make than many an answer does to arrive.
        return False
    if address.ca_file is None:
        return httpx.create_ssl_context()
    try:
        return ssl.create_default_context(cafile=address.ca_file)
    except ssl.SSLError:
        reason = "holds no certificates in PEM form"
    except OSError as error:
        reason = f"cannot be read: {error.strerror or error}"
    raise BadInput(f"{address.ca_variable}: {address.ca_file} {reason}; name a file with the authority's certificate")
