"""A map of regions as SVG: where anything lies, the more the larger, among all places that could be had.

Degrees are drawn as they are, two units each. Outlines of land are crude and our own (land.csv): they are there to be
recognised, and say nothing about borders. What the map shows stands in a table beside it.
"""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import hypot, sqrt

from api.dashboard.region_rows import RegionRow
from placement.domain.region import Region

_SCALE = 2.0
"""Units a degree."""
_WORLD = (-180.0, -58.0, 180.0, 82.0)
"""West, south, east, north."""
_LEAST_WIDTH, _RATIO, _MARGIN = 150.0, 2.3, 12.0
"""Degrees shown at least from west to east; width by height; degrees around what is shown."""
_SMALLEST, _LARGEST = 8.0, 15.0
"""Radii, in units of a map that is 720 wide."""
_GRID = 30
_FULL_WIDTH = 720.0


@dataclass(frozen=True, slots=True)
class Mark:
    """Regions so near to each other that they are one mark."""

    number: int
    x: float
    y: float
    radius: float
    regions: tuple[RegionRow, ...]


@dataclass(frozen=True, slots=True)
class Map:
    """What the template draws."""

    view: str
    land: tuple[str, ...]
    grid: tuple[str, ...]
    sold: tuple[tuple[float, float], ...]
    """Places that could be had."""
    unit: float
    """Of a map that is not zoomed into, in units of this one."""
    marks: tuple[Mark, ...]
    numbers: dict[str, int]
    """By region: its mark."""


def drawn(rows: Sequence[RegionRow], regions: Iterable[Region]) -> Map:
    """The map of regions in use; those without coordinates are in the table only."""
    placed = [(row, *point) for row in rows if (point := _point(row.region)) is not None]
    west, south, east, north = _shown([(x / _SCALE, -y / _SCALE) for _, x, y in placed])
    unit = (east - west) * _SCALE / _FULL_WIDTH
    marks = _marks(placed, unit)
    return Map(
        view=f"{west * _SCALE:g} {-north * _SCALE:g} {(east - west) * _SCALE:g} {(north - south) * _SCALE:g}",
        land=tuple(_outlines()),
        grid=tuple(_grid()),
        sold=tuple(sorted({point for region in regions if (point := _point(region)) is not None})),
        unit=unit,
        marks=marks,
        numbers={row.id: mark.number for mark in marks for row in mark.regions},
    )


def _marks(placed: Sequence[tuple[RegionRow, float, float]], unit: float) -> tuple[Mark, ...]:
    """The dearest regions first; each takes in what it would cover."""
    dearest = max((row.compute_usd_per_month for row, _, _ in placed), default=0.0)
    groups: list[tuple[float, float, float, list[RegionRow]]] = []
    for row, x, y in placed:
        share = row.compute_usd_per_month / dearest if dearest else 0.0
        radius = (_SMALLEST + (_LARGEST - _SMALLEST) * sqrt(share)) * unit
        near = next((group for group in groups if hypot(group[0] - x, group[1] - y) < group[2] + radius * 0.6), None)
        if near is None:
            groups.append((x, y, radius, [row]))
        else:
            near[3].append(row)
    return tuple(Mark(n, x, y, radius, tuple(found)) for n, (x, y, radius, found) in enumerate(groups, 1))


def _shown(points: Sequence[tuple[float, float]]) -> tuple[float, float, float, float]:
    """West, south, east and north of the part that holds all points, of the map's shape, inside the world."""
    west, south, east, north = _WORLD
    if points:
        longitudes, latitudes = [lon for lon, _ in points], [lat for _, lat in points]
        width = max(
            max(longitudes) - min(longitudes) + 2 * _MARGIN,
            (max(latitudes) - min(latitudes) + 2 * _MARGIN) * _RATIO,
            _LEAST_WIDTH,
        )
        width = min(width, east - west)
        height = min(width / _RATIO, north - south)
        west = _inside((max(longitudes) + min(longitudes) - width) / 2, west, east - width)
        south = _inside((max(latitudes) + min(latitudes) - height) / 2, south, north - height)
        east, north = west + width, south + height
    return west, south, east, north


def _inside(value: float, low: float, high: float) -> float:
    return max(low, min(value, high))


def _point(region: Region | None) -> tuple[float, float] | None:
    """In the map's units; None where nobody says where it is."""
    if region is None or region.lat is None or region.lon is None:
        return None
    return region.lon * _SCALE, -region.lat * _SCALE


@cache
def _outlines() -> tuple[str, ...]:
    found: dict[str, list[str]] = {}
    with (files("api.dashboard") / "land.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            found.setdefault(row["land"], []).append(f"{float(row['lon']) * _SCALE:g},{-float(row['lat']) * _SCALE:g}")
    return tuple(" ".join(points) for points in found.values())


@cache
def _grid() -> tuple[str, ...]:
    west, south, east, north = (side * _SCALE for side in _WORLD)
    return (
        *(f"M{x * _SCALE:g} {-north:g}V{-south:g}" for x in range(-180, 181, _GRID)),
        *(f"M{west:g} {-y * _SCALE:g}H{east:g}" for y in range(-30, 81, _GRID)),
    )
