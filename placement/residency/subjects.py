"""A subject is what policies judge: a workload or a dataset, all that it does, and with data of which classes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from placement.domain.fleet import Dataset, Fleet, Workload
from placement.domain.policy import Activity
from placement.residency.activities import at_ends, of_dataset, of_workload
from placement.residency.inheritance import Inherited, inherit

Kind: TypeAlias = Literal["workload", "dataset"]

Classes: TypeAlias = frozenset[str]


@dataclass(frozen=True, slots=True)
class Subject:
    """A workload or dataset, or a pod that stands for a workload."""

    name: str
    kind: Kind
    does: tuple[tuple[Activity, Classes], ...]
    """Each activity with the classes of its data; transit and deliver once for each set of classes."""
    classes: Classes
    """All that it has: its own and the inherited ones."""
    labels: Mapping[str, str] = field(default_factory=dict)
    paths: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """How a class came here: the class, its origin, and the way to the subject; empty or left out for its own."""

    def path(self, name: str) -> tuple[str, ...]:
        """The way of a class, empty for one of its own."""
        return self.paths.get(name, ())


def subjects_of(fleet: Fleet) -> tuple[Subject, ...]:
    """The workloads, then the datasets, in the order of the fleet."""
    inherited = inherit(fleet)
    flows = _on_flows(fleet, inherited)
    return (
        *(_subject(w, "workload", of_workload(w), dict(w.labels), inherited, flows) for w in fleet.workloads),
        *(_subject(d, "dataset", of_dataset(d), {}, inherited, flows) for d in fleet.datasets),
    )


def _subject(
    fact: Workload | Dataset,
    kind: Kind,
    activities: Iterable[Activity],
    labels: Mapping[str, str],
    inherited: Inherited,
    flows: Mapping[str, Mapping[tuple[Activity, Classes], None]],
) -> Subject:
    classes = inherited.classes[fact.name]
    does = (*((activity, classes) for activity in activities), *flows[fact.name])
    return Subject(fact.name, kind, does, classes, labels, inherited.paths(fact.name))


def _on_flows(fleet: Fleet, inherited: Inherited) -> Mapping[str, Mapping[tuple[Activity, Classes], None]]:
    """What each end of the flows does, once for each set of classes."""
    found: dict[str, dict[tuple[Activity, Classes], None]] = {name: {} for name in inherited.classes}
    for flow, classes in zip(fleet.flows, inherited.of_flows, strict=True):
        for end, activity in at_ends(flow):
            found[end][activity, classes] = None
    return found


def as_if(subject: Subject, activity: Activity) -> Subject:
    """The subject doing nothing but this: as it does it now, or with all of its classes where it does not."""
    now = tuple((done, classes) for done, classes in subject.does if done is activity)
    return replace(subject, does=now or ((activity, subject.classes),))
