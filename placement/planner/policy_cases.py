"""The cases of a folder are run, file by file; a case passes if it makes no difference."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from placement.domain.errors import BadFleet, BadInput
from placement.domain.region import Region
from placement.fleet_file import to_document
from placement.planner.case_differences import Differences
from placement.planner.given_fleet import read_given
from placement.policy_file import check_classes, read_policies
from placement.policy_file.cases import Case, is_case_file, read_cases
from placement.residency.evaluation import Evaluation

if TYPE_CHECKING:
    from placement.policy_file import PolicyDocument

_ENDINGS = (".yaml", ".yml", ".json")


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
    found = [path for path in every if path.is_file() and is_case_file(path)]
    if not found:
        why = "it has no key `cases`" if folder.is_file() else "no YAML or JSON file there has the key `cases`"
        raise BadInput(f"{folder} holds no cases for policies: {why}")
    return found


def run_cases(path: Path, market: Sequence[Region], today: date) -> Iterator[CaseResult]:
    """Run the cases of one file; `market` are the regions that are there beside its own.

    BadPolicies where the file, or one of the policy files that it names, cannot be read.
    """
    file = read_cases(path, {region.provider for region in market})
    own = {region.id for region in file.regions}
    regions = (*(region for region in market if region.id not in own), *file.regions)
    policies = read_policies(file.policies, file.as_of or today, {region.provider for region in regions})
    for case in file.cases:
        run = _Run(case, str(path), policies, regions, case.as_of or file.as_of or today)
        yield CaseResult(path, case.line, case.name, tuple(run.differences()))


@dataclass(frozen=True)
class _Run:
    case: Case
    source: str
    policies: "PolicyDocument"
    regions: Sequence[Region]
    as_of: date

    def differences(self) -> Iterator[str]:
        try:
            document = read_given(self.case.given, self.source)
            check_classes(document, self.policies)
        except BadFleet as bad:
            yield from self._of_error([str(flaw) for flaw in bad.flaws])
            return
        if self.case.error is not None:
            yield f"the given fleet can be read, and should be refused with {self.case.error!r}"
            return
        documents = {workload["name"]: workload for workload in to_document(document.fleet)["workloads"]}
        evaluation = Evaluation(self.policies.policies, self.regions, self.as_of)
        admissible = evaluation.compiled(document.fleet, documents)
        for expected in self.case.expected:
            yield from Differences(expected, admissible, self.regions, self.as_of).told()

    def _of_error(self, flaws: Sequence[str]) -> Iterator[str]:
        """The fleet was refused: as it should be, or in other words, or it should not."""
        if self.case.error is None:
            yield from (f"the given fleet cannot be read: {flaw}" for flaw in flaws)
        elif not any(self.case.error in flaw for flaw in flaws):
            yield from (f"the given fleet is refused, but not with {self.case.error!r}: {flaw}" for flaw in flaws)
