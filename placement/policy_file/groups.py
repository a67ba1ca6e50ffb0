"""A group of one's own has a name that means nothing else, and members that may come and go."""

from placement.domain.policy import GroupMember
from placement.policy_file.dates import read_validity
from placement.policy_file.known import Known
from placement.policy_file.names import named
from placement.policy_file.words import Words
from placement.residency.groups import CONTINENTS, is_group
from placement.residency.iso import countries, subdivisions
from placement.residency.places import has_wildcards
from placement.written.fields import Fields
from placement.written.nodes import Items, KeyPath, Node, Scalar, Table, described

Group = tuple[str, tuple[GroupMember, ...]]

_WANTED = "a list of place words, other groups, or mappings of place, valid_from, valid_to"


def read_groups(fields: Fields, words: Words) -> tuple[Group, ...]:
    """`groups`, in the order in which they were written."""
    groups: list[Group] = []
    for found in named(fields, "groups", f"a mapping of names, each to {_WANTED}"):
        taken = _taken(found.name, words.known)
        if taken is not None:
            words.notes.at(found.line, found.column, found.path, taken)
        groups.append((found.name, _members(words, found.path, found.value)))
    return tuple(groups)


def _taken(name: str, known: Known) -> str | None:
    """Why a group cannot have this name."""
    if ":" in name or has_wildcards(name):
        return f"{name[:80]!r} reads as a pattern of regions; use letters, digits and hyphens, such as our-regions"
    if is_group(name):
        what = "a group that is known already"
    elif name.lower() in CONTINENTS:
        what = "a continent"
    elif name.upper() in countries():
        what = "the code of a country"
    elif name.upper() in subdivisions():
        what = "the code of a part of a country"
    elif name.lower() in known.providers:
        what = "a provider"
    elif name.lower() in known.partitions:
        what = "a partition"
    else:
        return None
    return f"{name!r} is {what}; choose another name, such as our-{name.lower()}"


def _members(words: Words, path: KeyPath, node: Node) -> tuple[GroupMember, ...]:
    if isinstance(node, Scalar) and isinstance(node.value, str):
        parts: list[tuple[KeyPath, Node]] = [(path, node)]
    elif isinstance(node, Items):
        parts = [((*path, index), item) for index, item in enumerate(node.items)]
    else:
        words.notes.on(node, path, f"must be {_WANTED}, but is {described(node)}")
        return ()
    if not parts:
        words.notes.on(node, path, "needs 1 at least, but has 0")
    members: list[GroupMember] = []
    seen: set[GroupMember] = set()
    for at, part in parts:
        member = _member(words, at, part)
        if member is None:
            continue
        if member in seen:
            words.notes.on(part, at, f"{member.place!r} stands in this list twice")
        seen.add(member)
        members.append(member)
    return tuple(members)


def _member(words: Words, path: KeyPath, node: Node) -> GroupMember | None:
    if isinstance(node, Scalar) and isinstance(node.value, str):
        word = words.place(node, path)
        return None if word is None else GroupMember(word)
    if not isinstance(node, Table):
        hint = "; put it in quotes" if isinstance(node, Scalar) and node.value is not None else ""
        reason = f"must be a place word, another group, or a mapping of place, valid_from, valid_to{hint}"
        words.notes.on(node, path, reason)
        return None
    with Fields(words.notes, node, path) as fields:
        place = fields.node_of("place")
        word = None if place is None else words.place(place, (*path, "place"))
        if place is None:
            words.notes.on(node, (*path, "place"), "is missing; it must be a place word or another group")
        since, until = read_validity(fields)
    return None if word is None else GroupMember(word, since, until)
