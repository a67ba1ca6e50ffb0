"""Cases for policies are run: what is admitted is compared with what should be, and a difference says which and why."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from placement.domain.errors import BadDocument, BadInput
from placement.domain.region import Region
from placement.fleet_file import FleetDocument, parse_fleet, to_document
from placement.policy_file import check_classes, read_policies
from placement.policy_file.cases import Case, CaseFile, Expected, is_case_file, read_cases
from placement.residency.evaluation import Evaluation
from placement.residency.places import parse_place

if TYPE_CHECKING:
    from placement.policy_file import PolicyDocument
    from placement.residency.admissible import Admissible

_ENDINGS = (".yaml", ".yml", ".json")
_NEEDS = {"vcpus": 1, "memory_gib": 1}
"""Of a workload whose case is not about resources."""


@dataclass(frozen=True, slots=True)
class CaseResult:
    """How one case ended."""

    file: Path
    line: int
    name: str
    differences: tuple[str, ...]
    """Empty: it passed."""


def case_files(folder: Path) -> list[Path]:
    """All files with cases in a folder and within its folders, in the order of their names."""
    if not folder.exists():
        raise BadInput(f"there is no folder {folder}")
    every = [folder] if folder.is_file() else sorted(p for p in folder.rglob("*") if p.suffix.lower() in _ENDINGS)
    found = [path for path in every if is_case_file(path)]
    if not found:
        raise BadInput(f"{folder} holds no cases for policies: no YAML or JSON file there has the key `cases`")
    return found


def run_cases(path: Path, market: Sequence[Region], today: date) -> Iterator[CaseResult]:
    """Run the cases of one file; `market` are the regions that are there beside its own."""
    file = read_cases(path)
    own = {region.id for region in file.regions}
    regions = (*(region for region in market if region.id not in own), *file.regions)
    for case in file.cases:
        as_of = case.as_of or file.as_of or today
        policies = read_policies(file.policies, as_of)
        yield CaseResult(path, case.line, case.name, tuple(_differences(file, case, policies, regions, as_of)))


def _differences(
    file: CaseFile, case: Case, policies: "PolicyDocument", regions: Sequence[Region], as_of: date
) -> Iterator[str]:
    try:
        document = _fleet(case)
        check_classes(document, policies)
    except BadDocument as bad:
        yield from (f"the given fleet cannot be read: {flaw.key or flaw.source}: {flaw.reason}" for flaw in bad.flaws)
        return
    documents = {workload["name"]: workload for workload in to_document(document.fleet)["workloads"]}
    admissible = Evaluation(policies.policies, regions, as_of).compiled(document.fleet, documents)
    for expected in case.expected:
        if expected.subject not in admissible.subjects:
            yield f"{expected.subject}: is neither a workload nor a dataset of the given fleet"
            continue
        yield from _of_subject(expected, admissible, regions, as_of)


def _of_subject(expected: Expected, admissible: "Admissible", regions: Sequence[Region], as_of: date) -> Iterator[str]:
    name, mask = expected.subject, admissible.mask(expected.subject)
    try:
        only_in = None if expected.only_in is None else _regions(expected.only_in, regions, as_of)
        inside, outside = _regions(expected.admitted, regions, as_of), _regions(expected.refused, regions, as_of)
    except ValueError as unknown:
        yield f"{name}: {unknown}"
        return
    if expected.nowhere:
        only_in = set()
    wrongly = sorted(set(np.flatnonzero(mask).tolist()) - only_in) if only_in is not None else []
    wrongly += sorted(r for r in outside if mask[r])
    missing = sorted(r for r in (only_in or set()) | inside if not mask[r])
    for r in wrongly:
        yield f"{name}: {_shown(regions[r])} is admitted, and should not be"
    for r in missing:
        reasons = "; ".join(str(reason) for reason in admissible.reasons(name, r))
        yield f"{name}: {_shown(regions[r])} is refused, and should not be: {reasons}"
    if expected.because is not None:
        refused = outside or set(range(len(regions))) - (only_in or inside)
        for r in sorted(refused - set(wrongly)):
            told = [f"{reason.policy} {reason.code}" for reason in admissible.reasons(name, r)]
            if expected.because not in told:
                yield f"{name}: {_shown(regions[r])} is refused by {', '.join(told)}, not by {expected.because}"


def _fleet(case: Case) -> FleetDocument:
    """The given piece as a whole fleet: what the case is not about is filled in."""
    given: dict[str, Any] = {"fleet": "given", **case.given}
    given["workloads"] = [_with_needs(workload) for workload in given.get("workloads") or [{"name": "bystander"}]]
    given.setdefault("flows", [])
    given["flows"] = [_with_volume(flow) for flow in given["flows"]]
    given["datasets"] = [_with_size(dataset) for dataset in given.get("datasets", [])]
    return parse_fleet(json.dumps(given), case.name)


def _with_needs(workload: Any) -> Any:
    return {"resources": _NEEDS, **workload} if isinstance(workload, Mapping) else workload


def _with_volume(flow: Any) -> Any:
    return {"gb_per_month": 1, **flow} if isinstance(flow, Mapping) else flow


def _with_size(dataset: Any) -> Any:
    if not isinstance(dataset, Mapping):
        return dataset
    return {"size_gb": 1, **({} if "at" in dataset else {"movable": True}), **dataset}


def _regions(words: Iterable[str], regions: Sequence[Region], as_of: date) -> set[int]:
    """The positions of the regions that lie in any of the places; ValueError for a word without any."""
    providers = {region.provider for region in regions}
    found: set[int] = set()
    for word in words:
        inside = parse_place(word, providers, {region.id for region in regions}).mask(regions, as_of)
        if not inside.any():
            raise ValueError(f"no region lies in {word!r}; add one under `regions`")
        found.update(np.flatnonzero(inside).tolist())
    return found


def _shown(region: Region) -> str:
    return f"{region.id} ({region.subdivision or region.country})"
