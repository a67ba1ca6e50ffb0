"""A fleet's policies are found in the store by name: `policies/gdpr.yaml` of its file is what is stored as `gdpr`."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from placement.domain.errors import BadFleet, Flaw, UnknownDocument
from placement.policy_file import PolicyDocument, check_classes, parse_policies
from placement.residency.spelling import did_you_mean
from placement.written.notes import all_of

if TYPE_CHECKING:
    from placement.fleet_file import FleetDocument
    from placement.store.documents import StoredDocument
    from placement.store.repository import Store

_SUFFIXES = (".yaml", ".yml", ".json")
_MOST_SUGGESTIONS = 50


@dataclass(frozen=True, slots=True)
class StoredPolicies:
    """Policies that were read from the store."""

    document: PolicyDocument
    """Its sources are the stored names."""
    revisions: tuple[tuple[str, int], ...]
    """(name, revision) of what was read, in the order of the fleet."""


def policies_of(
    store: "Store", fleet_document: "FleetDocument", as_of: date, providers: Collection[str] = ()
) -> StoredPolicies | None:
    """The stored policies that the fleet names; None if it names none.

    `providers` are those of the catalog. Raises BadFleet, with the fleet's lines, for names that are not stored, those
    that stand twice and classes that none of them defines; BadPolicies where they do not read together.
    """
    if not fleet_document.fleet.policies:
        return None
    stored = {each.name: each for each in store.documents("policy")}
    read = _read(_named(fleet_document, stored), as_of, providers)
    check_classes(fleet_document, read.document)
    return read


def standing_policies(
    stored: "Sequence[StoredDocument]", names: Collection[str], as_of: date, providers: Collection[str] = ()
) -> StoredPolicies:
    """All that is stored, or what has these names, whether or not a fleet names it: what holds for a cluster.

    Raises UnknownDocument for a name that is not stored, BadPolicies where they do not read together.
    """
    found = {each.name: each for each in stored}
    for name in names:
        if name not in found:
            raise UnknownDocument(f"no policies are stored as {name[:80]!r}{did_you_mean(name, found)}")
    return _read([found[name] for name in sorted(names or found)], as_of, providers)


def all_policies(store: "Store", as_of: date, providers: Collection[str] = ()) -> PolicyDocument | None:
    """All stored policies together; None if there are none. Raises BadPolicies where they do not read together."""
    stored = store.documents("policy")
    return standing_policies(stored, (), as_of, providers).document if stored else None


def stored_name(entry: str) -> str:
    """The name that an entry of a fleet's `policies` has in the store."""
    last = entry.rpartition("/")[2]
    for suffix in _SUFFIXES:
        if last.endswith(suffix):
            return last.removesuffix(suffix)
    return last


def missing_policies(fleet_document: "FleetDocument", stored: Collection[str]) -> list[Flaw]:
    """An entry for each policy that the fleet names and that is not stored, where it stands in the fleet."""
    flaws: list[Flaw] = []
    for index, entry in enumerate(fleet_document.fleet.policies):
        name = stored_name(entry)
        if name not in stored:
            near = did_you_mean(name, stored) if len(flaws) < _MOST_SUGGESTIONS else ""
            some = near or ("" if stored else ", nor are any others")
            flaws.append(fleet_document.flaw_at(("policies", index), f"no policies are stored as {name[:80]!r}{some}"))
    return flaws


def _named(fleet_document: "FleetDocument", stored: "dict[str, StoredDocument]") -> "list[StoredDocument]":
    flaws = missing_policies(fleet_document, stored)
    first: dict[str, int] = {}
    for index, entry in enumerate(fleet_document.fleet.policies):
        name = stored_name(entry)
        if (same := first.setdefault(name, index)) != index:
            reason = f"{name[:80]!r} is named by policies[{same}] already; name it once"
            flaws.append(fleet_document.flaw_at(("policies", index), reason))
    if flaws:
        raise all_of(flaws, BadFleet)
    return [stored[name] for name in first]


def _read(named: "Sequence[StoredDocument]", as_of: date, providers: Collection[str]) -> StoredPolicies:
    texts = [(each.name, each.content_json) for each in named]
    document = parse_policies([(name, text) for name, text in texts if text is not None], as_of, providers)
    return StoredPolicies(document, tuple((each.name, each.revision) for each in named))
