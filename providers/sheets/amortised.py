"""What a server of one's own costs an hour: its purchase over the years, its upkeep and its power, over what is used.

    usd per server and hour = (purchase / years + upkeep a year) / 8760 + watts / 1000 x overhead factor x usd per kWh
    usd per instance and hour = usd per server and hour / instances per server / utilisation

`utilisation` is the share of the servers' time that somebody uses and pays for; for prepaid capacity it is 1.
"""

import csv
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from placement.domain.errors import BadInput
from placement.domain.money import NanoUsd, exact, rate_in_usd
from providers.onprem import PriceSheets

HOURS_PER_YEAR = 8760


@dataclass(frozen=True, slots=True)
class Servers:
    """Equal servers at one site, each divided into equal instances."""

    region: str
    country: str
    instance_type: str
    vcpus: float
    """Of a server."""
    memory_gib: float
    """Of a server."""
    count: int
    purchase_usd: float
    """Of a server."""
    years: float
    watts: float
    """What a server draws on average."""
    usd_per_kwh: float
    upkeep_usd_per_year: float = 0.0
    """Of a server: space, network, staff, spares."""
    overhead_factor: float = 1.4
    """Power drawn by the site for each watt that a server draws."""
    instances_per_server: int = 1
    utilisation: float = 0.8
    capacity_type: str = "on_demand"
    architecture: str = "x86_64"

    def usd_per_hour(self) -> NanoUsd:
        """Of an instance, rounded half to even to 1e-9 USD; raises BadInput for figures that make no price."""
        for name in ("years", "count", "instances_per_server", "vcpus", "memory_gib"):
            if getattr(self, name) <= 0:
                raise BadInput(f"{name.replace('_', ' ')} must be above 0, not {getattr(self, name):g}")
        for name in ("purchase_usd", "watts", "usd_per_kwh", "upkeep_usd_per_year"):
            if getattr(self, name) < 0:
                raise BadInput(f"{name.replace('_', ' ')} is negative")
        if not 0 < self.utilisation <= 1:
            raise BadInput(f"utilisation is a share above 0 and up to 1, not {self.utilisation:g}")
        if self.overhead_factor < 1:
            raise BadInput(f"the overhead factor of power is at least 1, not {self.overhead_factor:g}")
        fixed = (exact(self.purchase_usd) / exact(self.years) + exact(self.upkeep_usd_per_year)) / HOURS_PER_YEAR
        power = exact(self.watts) / 1000 * exact(self.overhead_factor) * exact(self.usd_per_kwh)
        usd = (fixed + power) / self.instances_per_server / exact(self.utilisation)
        nano_usd = NanoUsd(round(usd * 1_000_000_000))
        if nano_usd == 0:
            raise BadInput("these figures make a price of 0; nothing is free")
        return nano_usd


def add_to_sheet(servers: Servers, folder: Path, usd_per_gb_out: float, today: date) -> NanoUsd:
    """Write the servers into the price sheet in `folder`, which is made if it is not there; returns the price.

    Raises BadInput where the sheet has this instance type there already, BadSheet where it can then not be read; the
    folder is as before then.
    """
    usd_per_hour = servers.usd_per_hour()
    with tempfile.TemporaryDirectory() as scratch:
        draft = Path(scratch) / folder.resolve().name
        if folder.exists():
            shutil.copytree(folder, draft)
        else:
            draft.mkdir()
        for name, row, key in _rows(servers, usd_per_hour, usd_per_gb_out, today):
            _add(draft / f"{name}.csv", row, key)
        PriceSheets(draft).sweep()
        folder.mkdir(parents=True, exist_ok=True)
        for file in draft.glob("*.csv"):
            partial = folder / f".{file.name}.partial"
            shutil.copyfile(file, partial)
            partial.replace(folder / file.name)
    return usd_per_hour


Row = Mapping[str, object]


def _rows(
    servers: Servers, usd_per_hour: NanoUsd, usd_per_gb_out: float, today: date
) -> Iterable[tuple[str, Row, tuple[str, ...]]]:
    """(file, row, the columns that name what it is about)"""
    parts, provider = servers.instances_per_server, "onprem"
    yield (
        "regions",
        {"provider": provider, "region": servers.region, "country": servers.country},
        ("provider", "region"),
    )
    kind = {
        "provider": provider,
        "instance_type": servers.instance_type,
        "vcpus": f"{servers.vcpus / parts:g}",
        "memory_gib": f"{servers.memory_gib / parts:g}",
        "architecture": servers.architecture,
    }
    yield "instance_types", kind, ("provider", "instance_type")
    price = {
        "provider": provider,
        "region": servers.region,
        "instance_type": servers.instance_type,
        "capacity_type": servers.capacity_type,
        "usd_per_hour": f"{rate_in_usd(usd_per_hour):.9f}",
        "observed_on": today.isoformat(),
        "estimated": "true",
        "capacity": servers.count * parts,
        "source": f"amortised: {servers.purchase_usd:g} USD over {servers.years:g} years, {servers.watts:g} W",
    }
    yield "prices", price, ("provider", "region", "instance_type", "capacity_type")
    egress = {
        "provider": provider,
        "src": "*",
        "dst": "internet",
        "tier_from_gb": 0,
        "usd_per_gb": f"{usd_per_gb_out:.9f}",
        "observed_on": today.isoformat(),
    }
    yield "egress", egress, ("provider", "src", "dst", "tier_from_gb")


def _add(file: Path, row: Row, key: tuple[str, ...]) -> None:
    """Append the row. One about the same is kept, but for a price: that would be lost or doubled."""
    rows, header = [], list(row)
    if file.exists():
        with file.open(encoding="utf-8-sig", newline="") as text:
            reader = csv.DictReader(text)
            header = list(reader.fieldnames or header)
            rows = list(reader)
    text_row = {name: str(value) for name, value in row.items()}
    if any(all(known.get(name) == text_row[name] for name in key) for known in rows):
        if file.stem == "prices":
            raise BadInput(f"{file.name} has a price for {' '.join(text_row[name] for name in key)} already")
        return
    header += [name for name in row if name not in header]
    with file.open("w", encoding="utf-8", newline="") as text:
        writer = csv.DictWriter(text, header, lineterminator="\n", restval="")
        writer.writeheader()
        writer.writerows([*rows, text_row])
