"""Groups may have groups as members, but none may come back to itself; and some have other members than countries."""

from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice

from placement.policy_file.part import Part

_MOST_CYCLES = 100
"""Told at most."""

_MOST_STEPS = 8
"""Of a cycle, shown at most."""


def check_cycles(parts: Sequence[Part]) -> None:
    """Note each member that leads back to its own group."""
    home: dict[str, Part] = {}
    for part in parts:
        for name, _ in part.facts.groups:
            home.setdefault(name, part)
    for name, index, cycle in islice(_ways_back(_members(parts)), _MOST_CYCLES):
        way = " > ".join(_shortened([*cycle, cycle[0]]))
        reason = f"leads back to the group {cycle[0]!r}: {way}; leave one of these members out"
        home[name].flaw(("groups", name, index), reason)


def groups_beyond(parts: Sequence[Part], allowed: Callable[[str], bool]) -> Mapping[str, str]:
    """The groups that have, by whatever way, a member that is not allowed, and one such member of each."""
    members = _members(parts)
    above: defaultdict[str, list[str]] = defaultdict(list)
    found: dict[str, str] = {}
    for name, words in members.items():
        for word in words:
            if word in members:
                above[word].append(name)
            elif not allowed(word):
                found.setdefault(name, word)
    queue = deque(found)
    while queue:
        inner = queue.popleft()
        for name in above[inner]:
            if name not in found:
                found[name] = found[inner]
                queue.append(name)
    return found


def _members(parts: Sequence[Part]) -> dict[str, tuple[str, ...]]:
    members: dict[str, tuple[str, ...]] = {}
    for part in parts:
        for name, group in part.facts.groups:
            members.setdefault(name, tuple(member.place for member in group))
    return members


def _ways_back(members: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, int, list[str]]]:
    """(group, position of the member, the groups from that member down to the group)."""
    done: set[str] = set()
    for start in members:
        if start in done:
            continue
        trail, depth = [start], {start: 0}
        open_groups = [iter(enumerate(members[start]))]
        while trail:
            for index, member in open_groups[-1]:
                if member in depth:
                    yield trail[-1], index, trail[depth[member] :]
                elif member in members and member not in done:
                    depth[member] = len(trail)
                    trail.append(member)
                    open_groups.append(iter(enumerate(members[member])))
                    break
            else:
                open_groups.pop()
                finished = trail.pop()
                del depth[finished]
                done.add(finished)


def _shortened(names: list[str]) -> list[str]:
    return names if len(names) <= _MOST_STEPS else [*names[: _MOST_STEPS - 2], "...", names[-1]]
