"""The places and machines that a fleet names are those of the catalog."""

import re
from collections.abc import Iterable, Iterator
from fnmatch import translate

from placement.domain.errors import BadFleet, Flaw
from placement.domain.fleet import Fleet, Globs
from placement.fleet_file.document import FleetDocument
from placement.market.catalog import Catalog
from placement.residency.places import has_wildcards, parse_place, unknown_region
from placement.residency.spelling import did_you_mean
from placement.written.nodes import KeyPath
from placement.written.notes import all_of, in_order

_MOST_SUGGESTIONS = 100


def check_places(document: FleetDocument, catalog: Catalog) -> list[str]:
    """Warnings about patterns and instance types that match nothing in the catalog, each with line and column.

    BadFleet, with line and column, for regions and place words that are not known.
    """
    check = _Check(catalog)
    fleet = document.fleet
    flaws = [
        document.flaw_at(path, reason)
        for path, region in _regions(fleet)
        if (reason := check.region(region)) is not None
    ]
    odd: list[Flaw] = []
    for path, word in _place_words(fleet):
        try:
            reason = check.place(word)
        except ValueError as error:
            check.suggestions += 1
            flaws.append(document.flaw_at(path, str(error)))
        else:
            if reason is not None:
                odd.append(document.flaw_at(path, reason))
    for path, name in _instance_types(fleet):
        reason = check.instance_type(name)
        if reason is not None:
            odd.append(document.flaw_at(path, reason))
    if flaws:
        raise all_of(flaws, BadFleet)
    return [str(flaw) for flaw in sorted(odd, key=in_order)]


class _Check:
    """Asks the catalog about one name at a time, and about each name once."""

    def __init__(self, catalog: Catalog) -> None:
        self.regions = catalog.region_index
        self.providers = catalog.providers
        self.types = {instance_type.name for instance_type in catalog.instance_types}
        self.suggestions = 0
        self.known: dict[str, str | None] = {}

    def region(self, region: str) -> str | None:
        if region in self.regions:
            return None
        return unknown_region(region, self.regions if self._may_suggest() else ())

    def place(self, word: str) -> str | None:
        """What is odd about a place word; ValueError if it is not known."""
        key = f"place {word}"
        if key not in self.known:
            place = parse_place(word, self.providers, self.regions, suggest=self.suggestions < _MOST_SUGGESTIONS)
            self.known[key] = None
            if place.is_pattern and not _any_matches(place.word, self.regions):
                self.known[key] = f"no region matches {word[:60]!r}"
        return self.known[key]

    def instance_type(self, name: str) -> str | None:
        key = f"type {name}"
        if key not in self.known:
            self.known[key] = None
            if has_wildcards(name):
                if not _any_matches(name, self.types):
                    self.known[key] = f"no instance type matches {name[:60]!r}"
            elif name not in self.types:
                near = did_you_mean(name, self.types) if self._may_suggest() else ""
                self.known[key] = f"there is no instance type {name[:60]!r}{near}"
        return self.known[key]

    def _may_suggest(self) -> bool:
        """Looking for the nearest of thousands takes milliseconds, and a document may have thousands of bad names."""
        self.suggestions += 1
        return self.suggestions <= _MOST_SUGGESTIONS


def _any_matches(pattern: str, names: Iterable[str]) -> bool:
    match = re.compile(translate(pattern)).match
    return any(match(name) for name in names)


def _regions(fleet: Fleet) -> Iterator[tuple[KeyPath, str]]:
    for w, workload in enumerate(fleet.workloads):
        for index, part in enumerate(workload.current):
            yield ("workloads", w, "current", index, "region"), part.region
        for index, region in enumerate(workload.failover):
            yield ("workloads", w, "failover", index), region
    for d, dataset in enumerate(fleet.datasets):
        for index, region in enumerate(dataset.at):
            yield ("datasets", d, "at", index), region
        for index, region in enumerate(dataset.backups):
            yield ("datasets", d, "backups", index), region
    for index, quota in enumerate(fleet.limits.quotas):
        yield ("limits", "quotas", index, "region"), quota.region


def _place_words(fleet: Fleet) -> Iterator[tuple[KeyPath, str]]:
    for w, workload in enumerate(fleet.workloads):
        yield from _globs(workload.places, ("workloads", w, "places"))
    for d, dataset in enumerate(fleet.datasets):
        yield from _globs(dataset.places, ("datasets", d, "places"))


def _instance_types(fleet: Fleet) -> Iterator[tuple[KeyPath, str]]:
    for w, workload in enumerate(fleet.workloads):
        yield from _globs(workload.instance_types, ("workloads", w, "instance_types"))
        for index, part in enumerate(workload.current):
            if part.instance_type is not None:
                yield ("workloads", w, "current", index, "instance_type"), part.instance_type


def _globs(globs: Globs, path: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    for key, words in (("allow", globs.allow), ("deny", globs.deny)):
        for index, word in enumerate(words):
            yield (*path, key, index), word
