"""Source `gcp-risk`: what became of spot machines, and what they cost, in the last weeks, for some machine types.

Google answers for one type in one zone at a time, so only the types that PLACEMENT_GCP_RISK_TYPES names are asked for.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from placement.domain.errors import CollectionFailed, Unconfigured
from placement.domain.provider import Fact, Surroundings
from placement.domain.sweep import SourceKind
from providers.gcp.access import PROVIDER, connected
from providers.gcp.advice import Histories, hints, interruption, past_prices
from providers.gcp.machines import Machine, Machines, read_machines
from providers.gcp.places import read_places
from providers.limits import Limits

if TYPE_CHECKING:
    from providers.gcp.clients import Clients

TYPES = "PLACEMENT_GCP_RISK_TYPES"
ZONES = "PLACEMENT_GCP_RISK_ZONES"
CALLS = "PLACEMENT_GCP_RISK_CALLS"
OBTAINABILITY = "PLACEMENT_GCP_OBTAINABILITY"
_USUAL_TYPES = (
    "c3-standard-4,c3-standard-8,c4-standard-4,c4-standard-8,e2-standard-2,e2-standard-4,e2-standard-8,"
    "n2-standard-2,n2-standard-4,n2-standard-8,n2d-standard-4,n4-standard-4,n4-standard-8,t2d-standard-4"
)
_USUAL_CALLS = 1000


@dataclass(frozen=True)
class Question:
    """One machine type in one region, and the zones to ask for."""

    region: str
    machine: Machine
    zones: tuple[str, ...]


@dataclass(frozen=True)
class Risk:
    """The capacity advice. A type of which Google keeps no history has no figure: silence is never low risk."""

    surroundings: Surroundings
    credentials: Any | None = field(default=None, repr=False)
    """Of google-auth, instead of those that the environment names."""
    limits: Limits | None = None
    sleep: Callable[[float], None] = time.sleep
    name: str = f"{PROVIDER}-risk"
    provider: str = PROVIDER
    kind: SourceKind = SourceKind.API
    cadence: timedelta = timedelta(days=1)

    def facts(self) -> Iterator[Fact]:
        """The regions and types that were asked about, then figures, past prices and hints; see Source."""
        most_calls = self._most_calls()
        with connected(self.name, self.surroundings, self.credentials, self.limits, self.sleep) as clients:
            now = self.surroundings.clock()
            places = read_places(clients, self.surroundings.regions(self.provider))
            yield from places.said
            questions = self._questions(read_machines(clients, places.regions))
            hinting = self.surroundings.environment.get(OBTAINABILITY) == "1"
            calls = sum(len(question.zones) + hinting for question in questions)
            if calls > most_calls:
                words = f"would ask {calls:,} times, more than {most_calls:,}"
                raise CollectionFailed(f"{self.name}: {words}; name fewer in {TYPES} or {ZONES}, or raise {CALLS}")
            yield from places.regions.values()
            types = {question.machine.name: question.machine for question in questions}
            yield from (machine.instance_type() for machine in types.values())
            for histories in clients.each(lambda question: _histories(clients, question), questions):
                yield from interruption(histories, now)
                yield from past_prices(histories, now)
            if hinting:
                for question, answer in zip(
                    questions, clients.each(lambda q: _advice(clients, q), questions), strict=True
                ):
                    yield from hints(question.region, question.machine.name, answer, now)

    def _most_calls(self) -> int:
        said = self.surroundings.environment.get(CALLS) or str(_USUAL_CALLS)
        if not said.isdecimal():
            raise Unconfigured(f"{self.name}: set {CALLS} to a whole number, not to {said!r}")
        return int(said)

    def _questions(self, machines: Machines) -> list[Question]:
        wanted = _globs(self.surroundings.environment.get(TYPES) or _USUAL_TYPES)
        named = _globs(self.surroundings.environment.get(ZONES, ""))
        found = []
        for (region, name), zones in sorted(machines.zones.items()):
            if not _fits(name, wanted):
                continue
            chosen = tuple(zone for zone in zones if _fits(zone, named)) or zones[:1]
            found.append(Question(region, machines.by_name[name], chosen))
        if not found:
            raise CollectionFailed(f"{self.name}: no machine type of the regions is called {', '.join(wanted)}")
        return found


def _histories(clients: "Clients", question: Question) -> Histories:
    name = question.machine.name
    answers = tuple(clients.capacity_history(question.region, zone, name) for zone in question.zones)
    return Histories(question.region, name, answers)


def _advice(clients: "Clients", question: Question) -> Any | None:
    return clients.capacity(question.region, question.machine.name)


def _globs(listed: str) -> list[str]:
    return [word.strip() for word in listed.split(",") if word.strip()]


def _fits(name: str, globs: list[str]) -> bool:
    return any(fnmatchcase(name, glob) for glob in globs)
