"""A fleet in the form in which it is written, without what needs no saying: reading it gives an equal fleet."""

from dataclasses import MISSING, Field, fields
from enum import Enum
from typing import Any

from placement.domain.fleet import CurrentPlacement, Dataset, Fleet, Flow, Job, Limits, Service, Workload

Written = dict[str, Any]
"""Ready for JSON: texts, numbers, booleans, lists and mappings."""


def to_document(fleet: Fleet) -> Written:
    """The fleet file's keys and values, in the order of the documentation; defaults are left out."""
    document: Written = {"fleet": fleet.name}
    if fleet.policies:
        document["policies"] = list(fleet.policies)
    document["workloads"] = [_workload(workload) for workload in fleet.workloads]
    document["datasets"] = [_dataset(dataset) for dataset in fleet.datasets]
    document["flows"] = [_flow(flow) for flow in fleet.flows]
    document["affinity"] = [_plain(group) for group in fleet.affinity]
    document["anti_affinity"] = [_plain(group) for group in fleet.anti_affinity]
    document["limits"] = _limits(fleet.limits)
    return {key: value for key, value in document.items() if value}


def _workload(workload: Workload) -> Written:
    document = _facts(workload, but=("labels", "run", "spread", "current"))
    if workload.labels:
        document["labels"] = dict(workload.labels)
    if isinstance(workload.run, Job):
        document["job"] = _facts(workload.run)
    elif workload.run != Service():
        document["service"] = _facts(workload.run)
    if workload.spread is not None:
        # Even an empty one says something: without it the replicas stay in one region.
        document["spread"] = _facts(workload.spread)
    match workload.current:
        case ():
            pass
        case (CurrentPlacement(region, replicas, None, None),) if replicas == workload.replicas:
            document["current"] = region
        case parts:
            document["current"] = [_facts(part) for part in parts]
    return document


def _dataset(dataset: Dataset) -> Written:
    document = _facts(dataset, but=("copies",))
    if dataset.movable and dataset.copies != 1:
        document["copies"] = dataset.copies
    return document


def _flow(flow: Flow) -> Written:
    return {"from": flow.src, "to": flow.dst} | _facts(flow, but=("src", "dst"))


def _limits(limits: Limits) -> Written:
    document = _facts(limits, but=("pool_exposure_max_fraction",))
    if limits.pool_exposure_max_fraction is not None:
        document["pool_exposure"] = {"max_fraction": _plain(limits.pool_exposure_max_fraction)}
    return document


def _facts(fact: Any, but: tuple[str, ...] = ()) -> Written:
    """The fields of a dataclass that differ from their defaults."""
    return {
        field.name: _plain(value)
        for field in fields(fact)
        if field.name not in but and (value := getattr(fact, field.name)) != _default(field)
    }


def _default(field: Field[Any]) -> Any:
    return field.default if field.default_factory is MISSING else field.default_factory()


def _plain(value: Any) -> Any:
    match value:
        case Enum():
            return value.value
        case tuple():
            return [_plain(part) for part in value]
        case float() if value.is_integer():
            return int(value)
        case None | bool() | int() | float() | str():
            return value
        case _:
            return _facts(value)
