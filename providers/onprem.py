"""On-premises, negotiated and other clouds' prices come as a price sheet: a folder of CSV files.

The files are `regions`, `instance_types`, `prices` and `egress`, and where there is something to say
`interruption`, `storage` and `attestations`, each `.csv` or `.csv.gz`; the modules of `providers.sheets` list
the columns. A row that cannot be used is an error with file, line and reason, and a sheet with errors gives
nothing at all.

`placement catalog load DIR` loads one; `placement collect onprem` sweeps all those that PLACEMENT_SHEETS names.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from importlib.resources import files
from pathlib import Path

from placement.domain.errors import BadSheet, Flaw, Unconfigured
from placement.domain.garbage import collector_waits
from placement.domain.provider import Fact, Notice, Source, Surroundings
from placement.domain.sweep import SourceKind, Sweep
from providers.sheets.egress import tariffs
from providers.sheets.places import read_instance_types, read_regions
from providers.sheets.rates import interruption, prices, storage
from providers.sheets.sheet import Sheet

PROVIDER = "onprem"
SHEETS = "PLACEMENT_SHEETS"
"""Names the folders of price sheets, divided as in PATH."""


def sources(surroundings: Surroundings) -> Sequence[Source]:
    """The price sheets that PLACEMENT_SHEETS names, each a source with the name of its folder."""
    folders = [Path(name) for name in surroundings.environment.get(SHEETS, "").split(os.pathsep) if name.strip()]
    return [PriceSheets(folder) for folder in folders] or [NoSheets()]


@dataclass(frozen=True, slots=True)
class NoSheets:
    """Where no sheet is named."""

    name: str = PROVIDER
    provider: str = PROVIDER
    kind: SourceKind = SourceKind.SHEET
    cadence: timedelta = timedelta(days=1)

    def facts(self) -> Iterator[Fact]:
        """Raises Unconfigured."""
        raise Unconfigured(f"{PROVIDER}: set {SHEETS} to the folders of price sheets, or: placement catalog load DIR")


class PriceSheets:
    """The price sheet in `folder`; the name of its source is the folder's unless another is given."""

    provider = PROVIDER
    kind = SourceKind.SHEET
    cadence = timedelta(minutes=5)

    def __init__(self, folder: Path, source: str | None = None) -> None:
        self.folder = folder
        self.name = source or folder.resolve().name

    @classmethod
    def sample(cls) -> "PriceSheets":
        """The sheet that comes with the program, as source `sample`."""
        return cls(sample_folder(), "sample")

    def facts(self) -> Iterator[Fact]:
        """All that the sheet says; raises BadSheet before the first fact where any row or file cannot be used."""
        sweep = self.sweep()
        for facts in (
            sweep.regions,
            sweep.instance_types,
            sweep.prices,
            sweep.egress,
            sweep.interruption,
            sweep.storage,
        ):
            yield from facts
        yield from map(Notice, sweep.warnings)

    def sweep(self) -> Sweep:
        """All that the sheet says; raises BadSheet with every flaw where any row or file cannot be used."""
        if not self.folder.is_dir():
            what = "is not a folder" if self.folder.exists() else "does not exist"
            needed = "regions.csv, instance_types.csv, prices.csv and egress.csv"
            reason = f"{what}; a price sheet is a folder with {needed}"
            raise BadSheet([Flaw(str(self.folder), None, None, "", reason)])
        with collector_waits():
            return self._read(Sheet(self.folder))

    def _read(self, sheet: Sheet) -> Sweep:
        # The other files are about the regions and instance types of these two.
        read_regions(sheet)
        read_instance_types(sheet)
        sweep = Sweep(
            source=self.name,
            kind=SourceKind.SHEET,
            regions=tuple(sheet.regions.values()),
            instance_types=tuple(sheet.instance_types.values()),
            prices=prices(sheet),
            egress=tariffs(sheet),
            interruption=interruption(sheet),
            storage=storage(sheet),
            warnings=sheet.warnings,
        )
        sheet.flaws.refuse(self.name)
        return sweep


def sample_folder() -> Path:
    """The price sheet that comes with the program."""
    return Path(str(files("providers") / "sample"))
