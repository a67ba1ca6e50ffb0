"""What Google calls its accelerators, in machine types and in the billing catalogue: a dated table."""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Accelerator:
    """A GPU that machine types are built with."""

    name: str
    """In machine types: nvidia-l4."""
    model: str
    """As requests ask for it: L4."""
    memory_gib: float
    """Of one."""
    whole_slice: bool
    """Its price covers the GPU's share of the machine: vCPUs, memory and disks."""


@cache
def accelerators() -> dict[str, Accelerator]:
    """By the name in machine types."""
    return {row["accelerator"]: _accelerator(row) for row in _rows()}


@cache
def accelerator_of_sku() -> dict[str, Accelerator]:
    """By the words of the billing catalogue: Nvidia L4."""
    return {row["sku"]: _accelerator(row) for row in _rows()}


def _rows() -> list[dict[str, str]]:
    text = files(__package__).joinpath("accelerators.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def _accelerator(row: dict[str, str]) -> Accelerator:
    return Accelerator(row["accelerator"], row["model"], float(row["memory_gib"]), row["priced_by"] == "slice")
