"""A service is asked over HTTP: what the command line and pipelines use.

Answers are the documents that the command line prints with `--json`, typed. Whatever goes wrong is a PlacementError, in
the service's words where it has some.
"""

from placement.client.address import Address, address_of
from placement.client.client import Client
from placement.client.decisions import FleetRequest
from placement.client.named import Revision
from placement.client.patience import Patience

__all__ = ["Address", "Client", "FleetRequest", "Patience", "Revision", "address_of"]
