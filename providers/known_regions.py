"""Clouds name their regions and not their countries: where a region lies, and so which law holds, is a dated table.

A cloud's table is `regions.csv` in its package: region, country, city, continent, lat, lon, partition, subdivision,
operator, operator_country, parent_country, source, read_on; empty means unknown.
"""

import csv
from importlib.resources import files

from placement.domain.provider import Refusal
from placement.domain.region import Region

UNKNOWN = "no country is known for the region"


def known_regions(package: str, provider: str) -> dict[str, Region]:
    """The regions in the table of `package`, by name."""
    text = files(package).joinpath("regions.csv").read_text(encoding="utf-8")
    return {row["region"]: _region(provider, row) for row in csv.DictReader(text.splitlines())}


def unknown_region(name: str) -> Refusal:
    """What is said of a region that the cloud has and the table lacks: nothing in it can be called lawful."""
    return Refusal(UNKNOWN, name)


def _region(provider: str, row: dict[str, str]) -> Region:
    return Region(
        provider,
        row["region"],
        row["country"],
        city=row["city"] or None,
        continent=row["continent"] or None,
        lat=float(row["lat"]) if row["lat"] else None,
        lon=float(row["lon"]) if row["lon"] else None,
        partition=row["partition"] or None,
        subdivision=row["subdivision"] or None,
        operator=row["operator"] or None,
        operator_country=row["operator_country"] or None,
        parent_country=row["parent_country"] or None,
    )
