"""A Bandwidth row without a region is for a zone of the price list: a group of continents, read from its names.

These zones are no availability zones. Where Azure counts the countries of the Middle East changes from list to list,
so a zone's row is not taken for them.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

from placement.domain.provider import Refusal
from placement.domain.region import Region
from providers.azure.retail import Row

WANTED = "(armRegionName eq '' or armRegionName eq 'Zone 1' or armRegionName eq 'Zone 2' or armRegionName eq 'Zone 3')"
"""The filter that picks these rows."""
_WEST = ("europe", "north-america")
_ZONES = (
    (re.compile(r"\bZone 1\b|\bNAM or EU to\b", re.IGNORECASE), _WEST),
    (re.compile(r"\bZone 2\b", re.IGNORECASE), ("asia", "oceania")),
    (re.compile(r"\bZone 3\b", re.IGNORECASE), ("africa", "south-america")),
    (re.compile(r"\bAsia to\b", re.IGNORECASE), ("asia",)),
)
_MIDDLE_EAST = frozenset({"AE", "BH", "IL", "JO", "KW", "OM", "QA", "SA"})


def by_continent(rows: Iterable[Row]) -> tuple[Mapping[str, list[Row]], list[Refusal]]:
    """The rows of each continent; and why the others cannot be used."""
    placed: dict[str, list[Row]] = defaultdict(list)
    refused: list[Refusal] = []
    for row in rows:
        names = [str(row.get(key) or "") for key in ("armRegionName", "location", "meterName")]
        continents = next((found for name in names for zone, found in _ZONES if zone.search(name)), ())
        for continent in continents:
            placed[continent].append(row)
        if not continents and "Out" in names[-1]:
            refused.append(Refusal("traffic from a place that is not known", " ".join(filter(None, names))))
    return placed, refused


def rows_for(region: Region, placed: Mapping[str, list[Row]]) -> list[Row]:
    """The rows of the zone that a region surely lies in."""
    return [] if region.country in _MIDDLE_EAST else placed.get(region.continent or "", [])
