"""
Everything that can go wrong, in one tree.

* PlacementError
  + BadInput               what the user gave cannot be used
    - BadDocument          a text, with the place of every flaw in it
      . BadFleet           a fleet file or document
      . BadPolicies        a file of policies
      . BadSheet           a price sheet
    - UnknownDecision      no decision has that id
    - UnknownDocument      no policies or fleet of that name are stored
    - Conflicting          what is stored is not what the change was made for
    - KeyReused            an idempotency key came with two requests
  + StoreError             the database cannot be used
    - StoreOutdated        the database has another schema than this program
    - StoreBusy            another process holds the database
  + EmptyCatalog           no market was loaded yet
  + CollectionFailed       a source did not give all of its answer; nothing was stored
    - Unconfigured         the environment lacks what the source needs
    - CoverageLost         a sweep lacks too much of what the source offered before
    - SweepRunning         another sweep of the provider has not finished
  + ServiceError           a service that was asked did not do it
    - ServiceUnreachable   nobody answers at its address, or nobody to be trusted
    - NotTheService        something else answers there
    - AccessRefused        it wants a key, or another one
    - ServiceBusy          it wants to be asked later than anybody waits
    - Undecided            a request for a decision ended without one

That a fleet cannot be placed is an answer, not an error: see `Decision.status`.
"""

from collections.abc import Sequence
from dataclasses import dataclass


class PlacementError(Exception):
    """Something went wrong that the user should know about."""


class BadInput(PlacementError):
    """What was given cannot be used."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing wrong with a document: where, what, and what would be right."""

    source: str
    """File name, or what the document is called where it has none."""
    line: int | None
    column: int | None
    key: str
    """Path of keys, such as `workloads[2].resources.vcpus`; empty for the document as a whole."""
    reason: str

    def __str__(self) -> str:
        where = ":".join(str(part) for part in (self.source, self.line, self.column) if part is not None)
        return f"{where}: {self.key}: {self.reason}" if self.key else f"{where}: {self.reason}"


class BadDocument(BadInput):
    """A document cannot be used; `flaws` says where and why."""

    def __init__(self, flaws: Sequence[Flaw]) -> None:
        self.flaws = tuple(flaws)
        super().__init__("\n".join(str(flaw) for flaw in self.flaws))


class BadFleet(BadDocument):
    """The fleet cannot be read."""


class BadPolicies(BadDocument):
    """The policies cannot be read, or contradict each other."""


class BadSheet(BadDocument):
    """The price sheet cannot be loaded; nothing was changed."""


class UnknownDecision(BadInput):
    """There is no such decision."""


class UnknownDocument(BadInput):
    """Nothing is stored by this name."""


class Conflicting(BadInput):
    """What is stored is not what the change was made for."""

    def __init__(self, kind: str, name: str, revision: int | None) -> None:
        self.kind, self.name, self.revision = kind, name, revision
        is_now = "is not there" if revision is None else f"is at revision {revision}"
        super().__init__(f"the {kind} {name!r} {is_now}; read it again, and make the change anew")


class KeyReused(BadInput):
    """The idempotency key belongs to another request."""

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(f"the idempotency key {key!r} came with another request before; give each request its own")


class StoreError(PlacementError):
    """The database cannot be used."""


class StoreOutdated(StoreError):
    """The database has another schema than this program."""


class StoreBusy(StoreError):
    """The database is in use by another process."""


class EmptyCatalog(PlacementError):
    """No market has been loaded yet."""


class CollectionFailed(PlacementError):
    """A source did not give all of its answer; what it said before stays."""


class Unconfigured(CollectionFailed):
    """The environment lacks what the source needs, such as credentials."""


class CoverageLost(CollectionFailed):
    """The sweep lacks too much of what the source offered before to be believed."""


class SweepRunning(CollectionFailed):
    """Another sweep of the same provider has not finished."""


class ServiceError(PlacementError):
    """The service that was asked did not do it."""


class ServiceUnreachable(ServiceError):
    """Nobody answers at the service's address, or nobody who can be trusted."""


class NotTheService(ServiceError):
    """What answers at the address is no placement service."""


class AccessRefused(ServiceError):
    """The service wants a key, or one that opens more."""


class ServiceBusy(ServiceError):
    """The service wants to be asked later than anybody waits here."""


class Undecided(ServiceError):
    """The request for a decision has ended without one."""
