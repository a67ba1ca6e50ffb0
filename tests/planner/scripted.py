"""A source that says what a test gives it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from placement.domain.provider import Fact
from placement.domain.sweep import SourceKind
from tests.store.market import DUBLIN, FRANKFURT, LARGE, SMALL

DESCRIBED: Sequence[Fact] = (FRANKFURT, DUBLIN, LARGE, SMALL)


@dataclass(frozen=True)
class Scripted:
    """Says its script in order; an exception is raised where it stands."""

    script: Sequence[Fact | BaseException]
    name: str = "cloud"
    provider: str = "aws"
    kind: SourceKind = SourceKind.API
    cadence: timedelta = timedelta(minutes=10)

    def facts(self) -> Iterator[Fact]:
        for fact in self.script:
            if isinstance(fact, BaseException):
                raise fact
            yield fact


def saying(*facts: Fact | BaseException, **others: Any) -> Scripted:
    """A source that describes two regions and two instance types, and then says this."""
    return Scripted((*DESCRIBED, *facts), **others)
