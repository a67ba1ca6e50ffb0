"""A pod's shape is read as a fleet of one workload: the annotations are pieces of a fleet file, and read as such.

| annotation | in a fleet file |
|---|---|
| `placement.dev/capacity-types` | `capacity.types`, but all if left out |
| `placement.dev/places`, `instance-types` | the same; a list by itself is what is allowed |
| `placement.dev/service`, `job`, `hours-per-month`, `state-gb`, `failover` | the same |
| `placement.dev/datasets`, `flows` | the same; an end left out is the pod, others may be regions and workloads |

Lists may be written without brackets: `aws, EU`.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from placement.domain.errors import BadFleet
from placement.domain.fleet import INTERNET, Fleet
from placement.domain.offering import CAPACITY_TYPES
from placement.fleet_file import FleetDocument
from placement.fleet_file.agreement import check_agreement
from placement.fleet_file.demand import read_fleet_of
from placement.kubernetes.names import OWN
from placement.kubernetes.shape import BadPod, PodShape, VolumeFacts
from placement.kubernetes.written import items, listed, number, table, text, tree, words
from placement.written.nodes import Entry, Node, Scalar, Table
from placement.written.notes import Notes

_WORDS = {"capacity-types": ("capacity", "types"), "failover": ("failover",)}
_GLOBS = {"places": "places", "instance-types": "instance_types"}
_VALUES = {"service": "service", "job": "job", "hours-per-month": "hours_per_month", "state-gb": "state_gb"}
_PARTS = ("datasets", "flows")
_MOST_PARTS = 32
"""A scheduler waits while they are judged."""

ANNOTATIONS = frozenset((*_WORDS, *_GLOBS, *_VALUES, *_PARTS))
"""Those that are pieces of a fleet file, without the prefix."""

_KEYS: Mapping[str, str] = {
    **{f"workloads[0].{'.'.join(path)}": name for name, path in _WORDS.items()},
    **{f"workloads[0].{key}": name for name, key in {**_GLOBS, **_VALUES}.items()},
    **{name: name for name in _PARTS},
}
"""Which annotation a key of the fleet came from."""


def demand_of(shape: PodShape) -> FleetDocument:
    """The fleet; raises BadPod with what is wrong with the annotations."""
    source = f"pod {shape.workload}"
    notes = Notes(source, BadFleet)
    given = dict(shape.annotations)
    try:
        root = _fleet(shape, given)
        fleet = read_fleet_of(root, notes)
        check_agreement(fleet, root, notes)
        _check_places(shape, fleet, notes)
        notes.settle()
    except BadFleet as error:
        raise in_words(error, shape) from None
    return FleetDocument(fleet, source, root=root)


def _check_places(shape: PodShape, fleet: Fleet, notes: Notes) -> None:
    """Only volumes are made where the pod goes; other data lie where they lie."""
    made = {volume.name for volume in shape.volumes if volume.follows}
    for index, dataset in enumerate(fleet.datasets):
        if dataset.movable and dataset.name not in made:
            notes.at(
                None, None, ("datasets", index, "movable"), "data do not move with a pod; say where they lie in `at`"
            )


def in_words(error: BadFleet, shape: PodShape) -> BadPod:
    """The flaws of the fleet as what is wrong with the annotations that it was made of."""
    first, *rest = error.flaws
    told = said_of(first.key, first.reason, dict(shape.annotations)) or first.reason
    return BadPod(told + (f"; and {len(rest)} more flaws" if rest else ""))


def said_of(key: str, reason: str, given: Mapping[str, str]) -> str:
    """What is wrong with the fleet of one pod, at a key of it, as what is wrong with the annotation that says so.

    Empty where none of those that are given does.
    """
    for start, name in _KEYS.items():
        if key.startswith(start) and name in given:
            within = key.removeprefix(start).removeprefix(".")
            return f"{OWN}{name}: {f'{within}: ' if within else ''}{reason}"
    return ""


def unreadable(given: Mapping[str, str]) -> list[str]:
    """What is wrong with each annotation that is no YAML, or no list where one is meant."""
    found = []
    for name in sorted(ANNOTATIONS.intersection(given)):
        try:
            if name in _PARTS:
                items(name, given)
            else:
                words(name, given) if name in (*_WORDS, *_GLOBS) else tree(name, given)
        except BadPod as bad:
            found.append(str(bad))
    return found


@dataclass(frozen=True, slots=True)
class Pieces:
    """What a pod's shape adds to a fleet."""

    workload: Table
    datasets: list[Node]
    """Its own, its volumes, and regions that its flows lead to."""
    flows: list[Node]


def pieces_of(shape: PodShape, given: Mapping[str, str]) -> Pieces:
    """The pieces; `given` has the annotations. Raises BadPod for those that are no YAML and no list."""
    datasets, flows = (items(name, given) for name in _PARTS)
    if len(datasets) + len(flows) > _MOST_PARTS:
        raise BadPod(f"the pod has {len(datasets) + len(flows)} datasets and flows, {_MOST_PARTS} at most are judged")
    volumes = [volume for volume in shape.volumes if volume.at or volume.follows]
    hidden = {name for volume in shape.volumes if volume not in volumes for name in volume.classification}
    named = {name_of(node) for node in datasets} | {volume.name for volume in volumes}
    completed = [_completed(flow, shape.workload) for flow in flows]
    ends = {end: None for flow in completed for end in ends_of(flow) if _is_region(end) and end not in named}
    return Pieces(
        workload=_workload(shape, given, hidden),
        datasets=[*datasets, *map(_volume, volumes), *map(_region, ends)],
        flows=[*completed, *_traffic(shape.workload, volumes, completed)],
    )


def _fleet(shape: PodShape, given: Mapping[str, str]) -> Table:
    pieces = pieces_of(shape, given)
    workload = pieces.workload.entries
    if "capacity" not in workload:
        # A pod may use whatever node its tolerations and affinity admit.
        types = listed([text(kind.value) for kind in CAPACITY_TYPES])
        workload = {**workload, "capacity": Entry(table({"types": types}), 1, 1)}
    named = {shape.workload, *map(name_of, pieces.datasets)}
    return table(
        {
            "fleet": text(shape.workload),
            "workloads": listed([Table(workload, 1, 1)]),
            "datasets": listed(pieces.datasets),
            "flows": listed([flow for flow in pieces.flows if not _is_among_workloads(flow, named)]),
        }
    )


def _is_among_workloads(flow: Node, named: Collection[object]) -> bool:
    """Whether it leads from or to another workload, `namespace/name`: where that is, its own pods decide."""
    return any("/" in end and end not in named for end in ends_of(flow))


def _workload(shape: PodShape, given: Mapping[str, str], hidden: Iterable[str]) -> Table:
    written: dict[str, Node] = {
        "name": text(shape.workload),
        "labels": table({key: text(value) for key, value in shape.labels}),
        "resources": table({"vcpus": number(shape.vcpus), "memory_gib": number(shape.memory_gib)}),
        "classification": listed([text(name) for name in sorted({*shape.classification, *hidden})]),
    }
    if capacity := words("capacity-types", given):
        written["capacity"] = table({"types": capacity})
    if failover := words("failover", given):
        written["failover"] = failover
    for name, key in _GLOBS.items():
        if (globs := words(name, given)) is not None:
            written[key] = globs if isinstance(globs, Table) else table({"allow": globs})
    for name, key in _VALUES.items():
        if (value := tree(name, given)) is not None:
            written[key] = value
    return table(written)


def _volume(volume: VolumeFacts) -> Table:
    lies: dict[str, Node] = {"movable": Scalar(True, 1, 1)}
    if not volume.follows:
        lies = {"at": listed([text(region) for region in volume.at])}
    classes = listed([text(name) for name in volume.classification])
    said: dict[str, Node] = {"name": text(volume.name), "size_gb": number(volume.size_gb)}
    return table({**said, "classification": classes, **lies})


def _region(name: str) -> Table:
    """The far end of a flow that leads to a region."""
    return table({"name": text(name), "size_gb": number(0.0), "at": listed([text(name)])})


def _traffic(pod: str, volumes: Iterable[VolumeFacts], flows: Iterable[Node]) -> Iterable[Table]:
    """What a pod reads of its volumes, and that it writes into them, unless its flows say so."""
    said = {ends_of(flow) for flow in flows}
    for volume in volumes:
        if (volume.name, pod) not in said:
            gb = volume.size_gb if volume.gb_per_month is None else volume.gb_per_month
            yield _flow(volume.name, pod, gb)
        if not volume.read_only and (pod, volume.name) not in said:
            yield _flow(pod, volume.name, 0.0)


def _flow(src: str, dst: str, gb: float) -> Table:
    return table({"from": text(src), "to": text(dst), "gb_per_month": number(gb)})


def _completed(flow: Node, pod: str) -> Node:
    """Where one end is left out, it is the pod."""
    if not isinstance(flow, Table) or not {"from", "to"} - flow.entries.keys():
        return flow
    ends = {key: Entry(text(pod), flow.line, flow.column) for key in ("from", "to") if key not in flow.entries}
    return Table({**flow.entries, **ends}, flow.line, flow.column)


def ends_of(flow: Node) -> tuple[str, ...]:
    """Its ends that are there and are texts."""
    entries = flow.entries if isinstance(flow, Table) else {}
    values = (entries[key].value for key in ("from", "to") if key in entries)
    return tuple(node.value for node in values if isinstance(node, Scalar) and isinstance(node.value, str))


def _is_region(end: str) -> bool:
    return ":" in end and end != INTERNET


def name_of(dataset: Node) -> object:
    """Its name; None where it has none."""
    entry = dataset.entries.get("name") if isinstance(dataset, Table) else None
    return entry.value.value if entry and isinstance(entry.value, Scalar) else None
