"""On-premises, negotiated and other clouds' prices come as a price sheet: a folder of CSV files.

The files are `regions`, `instance_types`, `prices` and `egress`, and where there is something to say
`interruption`, `storage` and `attestations`, each `.csv` or `.csv.gz`; the modules of `providers.sheets` list
the columns. A row that cannot be used is an error with file, line and reason, and a sheet with errors gives
nothing at all.
"""

from importlib.resources import files
from pathlib import Path

from placement.domain.errors import BadSheet, Flaw
from placement.domain.garbage import collector_waits
from placement.domain.sweep import SourceKind, Sweep
from providers.sheets.egress import tariffs
from providers.sheets.places import read_instance_types, read_regions
from providers.sheets.rates import interruption, prices, storage
from providers.sheets.sheet import Sheet


class PriceSheets:
    """The price sheet in `folder`; the name of its source is the folder's unless another is given."""

    def __init__(self, folder: Path, source: str | None = None) -> None:
        self.folder = folder
        self.source = source or folder.resolve().name

    @classmethod
    def sample(cls) -> "PriceSheets":
        """The sheet that comes with the program, as source `sample`."""
        return cls(sample_folder(), "sample")

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
            source=self.source,
            kind=SourceKind.SHEET,
            regions=tuple(sheet.regions.values()),
            instance_types=tuple(sheet.instance_types.values()),
            prices=prices(sheet),
            egress=tariffs(sheet),
            interruption=interruption(sheet),
            storage=storage(sheet),
            warnings=sheet.warnings,
        )
        sheet.flaws.refuse(self.source)
        return sweep


def sample_folder() -> Path:
    """The price sheet that comes with the program."""
    return Path(str(files("providers") / "sample"))
