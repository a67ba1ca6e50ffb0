"""A sheet is read file by file; what is wrong with it and what is odd about it gathers in one place."""

from collections.abc import Collection, Hashable, Mapping
from pathlib import Path
from typing import Generic, TypeVar

from placement.domain.offering import InstanceType
from placement.domain.region import Region
from providers.sheets import cells
from providers.sheets.cells import Column
from providers.sheets.table import Flaws, Table

Name = tuple[str, str]
"""(provider, region) or (provider, instance type)."""
Fact = TypeVar("Fact")

PROVIDER = Column("provider", cells.name)
REGION = Column("region", cells.name)
INSTANCE_TYPE = Column("instance_type", cells.text)
OBSERVED_ON = Column("observed_on", cells.day)
NOTE = Column("source", cells.text, blank="", required=False)
_MOST_EXAMPLES = 3


class Sheet:
    """The folder, and what was read of it so far."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.flaws = Flaws()
        self.warnings: list[str] = []
        self.regions: Mapping[Name, Region] = {}
        self.instance_types: Mapping[Name, InstanceType] = {}
        self.all_regions_read = self.all_instance_types_read = False
        """False where rows could not be read, so that a name which is not there may be in one of them."""

    def table(self, name: str, *columns: Column, required: bool = True) -> Table:
        """The file `name` with these columns."""
        return Table(self.folder, name, columns, self.flaws, required=required)

    def close(self, table: Table, *, needed: bool = False) -> None:
        """Warn of columns that were not read; note a file without rows where some are `needed`."""
        self.warn(table.file, "columns that no sheet has were not read", table.extra_columns)
        if needed and not table.has_rows and table.complete:
            table.flaw(None, "", "has no rows")

    def warn(self, file: str, what: str, cases: Collection[str]) -> None:
        """One line for all cases of a kind, with the first few of them."""
        if cases:
            shown = ", ".join(list(cases)[:_MOST_EXAMPLES])
            more = f" and {len(cases) - _MOST_EXAMPLES} more" if len(cases) > _MOST_EXAMPLES else ""
            self.warnings.append(f"{file}: {what}: {shown}{more}")

    def has_region(self, table: Table, line: int, name: Name) -> bool:
        """Whether the sheet describes this region; a flaw if it does not."""
        if name not in self.regions and self.all_regions_read:
            table.flaw(line, "region", f"{':'.join(name)} is not in the sheet's regions")
        return name in self.regions

    def has_instance_type(self, table: Table, line: int, name: Name) -> bool:
        """Whether the sheet describes this instance type; a flaw if it does not."""
        if name not in self.instance_types and self.all_instance_types_read:
            table.flaw(line, "instance_type", f"{' '.join(name)} is not in the sheet's instance_types")
        return name in self.instance_types


class Found(Generic[Fact]):
    """The facts of one file by key; a row that is there twice counts once, two that disagree are a flaw."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.facts: dict[Hashable, Fact] = {}
        self.lines: dict[Hashable, int] = {}

    def add(self, line: int, key: Hashable, fact: Fact) -> None:
        """Keep the fact of this line, unless another line has said it."""
        known = self.facts.setdefault(key, fact)
        if known is fact:
            self.lines[key] = line
        elif known != fact:
            self.table.flaw(line, "", f"differs from line {self.lines[key]}, which is about the same")
