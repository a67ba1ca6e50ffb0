"""Data keep their classes wherever they flow, unless the flow declassifies them with evidence.

    classes(v) = own(v) + sum over flows u -> v of (classes(u) - declassified(u -> v))

The least solution is found level by level: in round k every node learns the classes that reach it over k flows. So the
way by which a class first comes is a shortest one, and cycles end where nothing is new. A flow from the internet brings
no classes.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from placement.domain.fleet import INTERNET, Dataset, Fleet, Flow, Workload


@dataclass(frozen=True, eq=False)
class Inherited:
    """The classes of everything in a fleet, and how they came there."""

    classes: Mapping[str, frozenset[str]]
    """Of each workload and dataset, its own and those that it inherits."""
    of_flows: tuple[frozenset[str], ...]
    """Of the data on each flow, in the order of the fleet."""
    own: Mapping[str, frozenset[str]]
    _origins: Mapping[str, Mapping[str, str]]
    """Of each inherited class, by node and class: from whom it came."""

    def path(self, node: str, name: str) -> tuple[str, ...]:
        """The class, where it comes from, and the way to the node; empty for a class of its own."""
        if name in self.own[node]:
            return ()
        way = [node]
        while name not in self.own[way[-1]]:
            way.append(self._origins[way[-1]][name])
        return (name, *reversed(way))

    def paths(self, node: str) -> Mapping[str, tuple[str, ...]]:
        """The path of each class of the node, found when it is asked for."""
        return _Paths(self, node)


class _Paths(Mapping[str, tuple[str, ...]]):
    def __init__(self, inherited: Inherited, node: str) -> None:
        self._inherited, self._node = inherited, node

    def __getitem__(self, name: str) -> tuple[str, ...]:
        if name not in self._inherited.classes[self._node]:
            raise KeyError(name)
        return self._inherited.path(self._node, name)

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._inherited.classes[self._node]))

    def __len__(self) -> int:
        return len(self._inherited.classes[self._node])


def inherit(fleet: Fleet) -> Inherited:
    """The classes of a fleet's workloads, datasets and flows."""
    facts: Iterable[Workload | Dataset] = (*fleet.workloads, *fleet.datasets)
    own = {fact.name: frozenset(fact.classification) for fact in facts}
    names = sorted(frozenset[str]().union(*own.values()))
    bit = {name: 1 << index for index, name in enumerate(names)}
    have = {node: sum(bit[name] for name in classes) for node, classes in own.items()}
    sources = _spread(have, _passages(fleet.flows, bit))
    sets = _Sets(names)
    return Inherited(
        classes={node: sets[bits] for node, bits in have.items()},
        of_flows=tuple(sets[_on_flow(flow, have, bit)] for flow in fleet.flows),
        own=own,
        _origins={
            node: {name: source for bits, source in came for name in sets[bits]} for node, came in sources.items()
        },
    )


def _spread(
    have: dict[str, int], passages: Mapping[str, Sequence[tuple[str, int]]]
) -> Mapping[str, list[tuple[int, str]]]:
    """Let the classes flow until nothing is new; by node, which classes came from whom."""
    sources: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
    news = {node: bits for node, bits in have.items() if bits}
    while news:
        arrived: defaultdict[str, int] = defaultdict(int)
        for node in sorted(news):
            for target, stopped in passages.get(node, ()):
                new = news[node] & ~stopped & ~have[target]
                if new:
                    have[target] |= new
                    arrived[target] |= new
                    sources[target].append((new, node))
        news = arrived
    return sources


def _passages(flows: Iterable[Flow], bit: Mapping[str, int]) -> Mapping[str, list[tuple[str, int]]]:
    """By source: the target, and the classes that do not pass."""
    found: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
    for flow in flows:
        if INTERNET not in (flow.src, flow.dst):
            found[flow.src].append((flow.dst, _stopped(flow, bit)))
    return found


def _stopped(flow: Flow, bit: Mapping[str, int]) -> int:
    if flow.declassify is None:
        return 0
    if not flow.declassify.classes:
        return -1
    return sum(bit.get(name, 0) for name in set(flow.declassify.classes))


def _on_flow(flow: Flow, have: Mapping[str, int], bit: Mapping[str, int]) -> int:
    return 0 if flow.src == INTERNET else have[flow.src] & ~_stopped(flow, bit)


class _Sets(dict[int, frozenset[str]]):
    """Sets of classes by their bits; equal sets are one object."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__()
        self._names = names

    def __missing__(self, bits: int) -> frozenset[str]:
        rest, found = bits, []
        while rest:
            lowest = rest & -rest
            found.append(self._names[lowest.bit_length() - 1])
            rest ^= lowest
        self[bits] = frozenset(found)
        return self[bits]
