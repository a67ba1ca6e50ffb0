"""What workloads, datasets and flows do with data in a region, as one table.

| | does | where |
|---|---|---|
| workload | compute, process-memory, logs, keys, control-plane, support | in its regions |
| workload with state | store | in its regions |
| dataset | store, keys | in each of its regions |
| dataset of several copies | replicate | in each of its regions |
| flow | transit | at both of its ends, with the classes that it carries |
| flow to the internet | deliver instead | at its source, with the classes that it carries |

Nothing does backup by itself: whether backups may be kept in a region is asked of `Admissible.allowed`.
"""

from collections.abc import Callable, Collection

from placement.domain.fleet import INTERNET, Dataset, Flow, Workload
from placement.domain.policy import Activity

ACTIVITIES = tuple(Activity)
"""In the order of all arrays."""

BY_WORKLOADS: tuple[tuple[Activity, Callable[[Workload], bool]], ...] = (
    (Activity.COMPUTE, lambda workload: True),
    (Activity.STORE, lambda workload: workload.state_gb > 0),
    (Activity.PROCESS_MEMORY, lambda workload: True),
    (Activity.LOGS, lambda workload: True),
    (Activity.KEYS, lambda workload: True),
    (Activity.CONTROL_PLANE, lambda workload: True),
    (Activity.SUPPORT, lambda workload: True),
)

BY_DATASETS: tuple[tuple[Activity, Callable[[Dataset], bool]], ...] = (
    (Activity.STORE, lambda dataset: True),
    (Activity.REPLICATE, lambda dataset: dataset.copies > 1),
    (Activity.KEYS, lambda dataset: True),
)

OF_FLOWS = frozenset((Activity.TRANSIT, Activity.DELIVER))
"""Done with the classes of flows; all else is done with all classes of the workload or dataset."""


def of_workload(workload: Workload) -> tuple[Activity, ...]:
    """What the workload does in its regions, flows apart."""
    return tuple(activity for activity, does in BY_WORKLOADS if does(workload))


def of_dataset(dataset: Dataset) -> tuple[Activity, ...]:
    """What the dataset does in its regions, flows apart."""
    return tuple(activity for activity, does in BY_DATASETS if does(dataset))


def at_ends(flow: Flow) -> tuple[tuple[str, Activity], ...]:
    """Which end of the flow does what."""
    if flow.dst == INTERNET:
        return () if flow.src == INTERNET else ((flow.src, Activity.DELIVER),)
    ends = (flow.dst,) if flow.src == INTERNET else (flow.src, flow.dst)
    return tuple((end, Activity.TRANSIT) for end in ends)


def is_judged(activity: Activity, named: Collection[Activity]) -> bool:
    """Whether a policy that names these activities judges this one: no names mean all but deliver."""
    return activity in named if named else activity is not Activity.DELIVER
