"""The regions that a project can use now, and where they lie."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from placement.domain.errors import CollectionFailed
from placement.domain.provider import Notice, Refusal
from placement.domain.region import Region
from providers.gcp.access import PROVIDER
from providers.known_regions import known_regions, unknown_region

if TYPE_CHECKING:
    from providers.gcp.clients import Clients


@dataclass(frozen=True, slots=True)
class Places:
    """The regions to collect, by name and in the order of their names."""

    regions: dict[str, Region]
    said: tuple[Notice | Refusal, ...]
    """Of the regions that are left out."""


def read_places(clients: "Clients", limit: Collection[str] | None) -> Places:
    """The project's regions, within the limit; raises CollectionFailed where one of the limit is not there."""
    status = {region.name: region.status for page in clients.region_pages() for region in page.items}
    if not status:
        raise CollectionFailed(f"{clients.source}: list regions: the project has none")
    if strange := sorted(set(limit or ()) - status.keys()):
        raise CollectionFailed(f"{clients.source}: the project has no region {', '.join(strange)}")
    known = known_regions(__package__, PROVIDER)
    regions: dict[str, Region] = {}
    said: list[Notice | Refusal] = []
    for name in sorted(status.keys() if limit is None else limit):
        if name not in known:
            said.append(unknown_region(name))
        elif status[name] == "DOWN":
            said.append(Notice(f"{PROVIDER}:{name} is down, and left out"))
        else:
            regions[name] = known[name]
    return Places(regions, tuple(said))
