"""What a fleet fixes must be lawful where it is: data that cannot be moved, backups, fail-over regions, copies."""

from collections.abc import Iterator

import numpy as np

from placement.domain.fleet import Dataset, Fleet
from placement.domain.policy import Activity
from placement.planner.minimal import minimal
from placement.residency.admissible import Admissible
from placement.residency.region_table import Mask


def refusals(judged: Admissible, fleet: Fleet) -> Iterator[str]:
    """What cannot be, whatever is chosen for the rest, in words.

    Regions that the market does not have are passed over.
    """
    position = {region.id: index for index, region in enumerate(judged.regions)}
    for workload in fleet.workloads:
        for region in workload.failover:
            if region in position:
                reasons = judged.reasons(workload.name, position[region])
                yield from (f"{workload.name} fails over to {region}, but {reason}" for reason in reasons[:1])
    for dataset in fleet.datasets:
        for region in () if dataset.movable else dataset.at:
            if region in position:
                reasons = judged.reasons(dataset.name, position[region])
                yield from (f"{dataset.name} lies in {region}, but {reason}" for reason in reasons[:1])
        for region in dataset.backups:
            if region in position:
                reasons = judged.reasons_to(Activity.BACKUP, dataset.name, position[region])
                yield from (f"{dataset.name} is backed up in {region}, but {reason}" for reason in reasons[:1])
        yield from _copies(judged, dataset, position)


def _copies(judged: Admissible, dataset: Dataset, position: dict[str, int]) -> Iterator[str]:
    """Copies that policies want and that may lie nowhere where they are wanted, or are not there."""
    here = np.zeros(len(judged.regions), np.bool_)
    here[[position[region] for region in dataset.at if region in position]] = True
    every = judged.mask(dataset.name).copy()
    apart = []
    for wanted in judged.copies(dataset.name):
        why = _why_not(judged, dataset, wanted.mask, here)
        if why:
            yield f"{dataset.name} has no copy where one is wanted: {wanted.words}, but {why}"
        else:
            every &= wanted.mask
            apart.append(wanted.words)
    if dataset.copies == 1 and len(apart) > 1 and not every.any():
        yield f"{dataset.name} has 1 copy, which cannot lie everywhere: {' and '.join(apart)}; say copies: {len(apart)}"


def _why_not(judged: Admissible, dataset: Dataset, wanted: Mask, here: Mask) -> str:
    if not wanted.any():
        return "the market has no region there"
    if not (wanted & judged.mask(dataset.name)).any():
        return " and ".join(rule.words for rule in minimal(judged.rules(dataset.name), wanted))
    if not dataset.movable and not (wanted & here).any():
        return f"it lies in {', '.join(dataset.at)} and cannot be moved; say movable: true if it can"
    return ""
