"""A fleet names its policy files by paths relative to itself, and classes that they must define."""

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Protocol

from placement.domain.errors import BadFleet, Flaw
from placement.domain.fleet import Dataset, Fleet, Workload
from placement.policy_file.document import PolicyDocument, read_policies
from placement.residency.spelling import did_you_mean
from placement.written.nodes import KeyPath
from placement.written.notes import all_of

_MOST_SUGGESTIONS = 50


class ReadFleet(Protocol):
    """A fleet that was read, as a fleet document is."""

    @property
    def fleet(self) -> Fleet:
        """What was read."""

    def flaw_at(self, path: KeyPath, reason: str) -> Flaw:
        """A flaw in the value at ("policies", 0)."""


def read_fleet_policies(
    document: ReadFleet, folder: Path, as_of: date, providers: Collection[str] = ()
) -> PolicyDocument:
    """The policies of a fleet whose file lies in the folder.

    BadFleet, with the fleet's line, for files that are not there; BadPolicies for what is wrong in them.
    """
    paths = _resolved(
        folder, document.fleet.policies, lambda index, reason: document.flaw_at(("policies", index), reason)
    )
    return read_policies(paths, as_of, providers)


def resolve(fleet_path: Path, names: Sequence[str]) -> list[Path]:
    """The policy files that a fleet file names; BadFleet for those that are not there."""
    source = str(fleet_path)
    return _resolved(
        fleet_path.parent, names, lambda index, reason: Flaw(source, None, None, f"policies[{index}]", reason)
    )


def check_classes(document: ReadFleet, policies: PolicyDocument) -> None:
    """BadFleet, with lines and columns, for classes that the fleet names and no policy file defines."""
    known = {each.name for each in policies.policies.classes}
    flaws: list[Flaw] = []
    for path, name in _named_classes(document.fleet):
        if name not in known:
            near = did_you_mean(name, known) if len(flaws) < _MOST_SUGGESTIONS else ""
            flaws.append(document.flaw_at(path, f"{_undefined(name, policies.sources)}{near}"))
    if flaws:
        raise all_of(flaws, BadFleet)


def _undefined(name: str, sources: Sequence[str]) -> str:
    if not sources:
        way = "`policies` in a fleet file, --policies with manifests"
        return f"the class {name[:80]!r} is not defined: no file of policies is named ({way})"
    return f"no class {name[:80]!r} is defined in {', '.join(sources[:3])}{' and others' if len(sources) > 3 else ''}"


def _named_classes(fleet: Fleet) -> Iterator[tuple[KeyPath, str]]:
    kinds: Sequence[tuple[str, Sequence[Workload | Dataset]]] = (
        ("workloads", fleet.workloads),
        ("datasets", fleet.datasets),
    )
    for kind, facts in kinds:
        for position, fact in enumerate(facts):
            for index, name in enumerate(fact.classification):
                yield (kind, position, "classification", index), name
    for position, flow in enumerate(fleet.flows):
        for index, name in enumerate(flow.declassify.classes if flow.declassify else ()):
            yield ("flows", position, "declassify", "classes", index), name


def _resolved(folder: Path, names: Sequence[str], flaw_at: Callable[[int, str], Flaw]) -> list[Path]:
    flaws: list[Flaw] = []
    paths: list[Path] = []
    first: dict[Path, int] = {}
    for index, name in enumerate(names):
        path = folder / name
        reason = _no_file(path, name, suggest=len(flaws) < _MOST_SUGGESTIONS)
        if reason is None and (same := first.setdefault(path.resolve(), index)) != index:
            reason = f"{name!r} is the same file as policies[{same}]; name it once"
        if reason is not None:
            flaws.append(flaw_at(index, reason))
        paths.append(path)
    if flaws:
        raise all_of(flaws, BadFleet)
    return paths


def _no_file(path: Path, name: str, *, suggest: bool) -> str | None:
    try:
        if path.is_file():
            return None
        if path.is_dir():
            return f"{name!r} is a folder; name a policy file in it"
        near = did_you_mean(path.name, (other.name for other in path.parent.iterdir())) if suggest else ""
    except OSError:
        near = ""
    return f"there is no policy file {name!r}; paths are relative to the fleet file{near}"
