"""A workload runs where its `places` allow, and nowhere that they deny."""

from datetime import date

import numpy as np
from numpy.typing import NDArray

from placement.domain.fleet import Globs, Workload
from placement.domain.offering import Offering
from placement.domain.region import Region
from placement.market.catalog import Catalog
from placement.market.shortlist import Axis
from placement.residency.places import parse_place


class Places:
    """Providers, regions, countries and groups, allowed and denied."""

    name = "places"
    axis: Axis = "region"

    def asks(self, workload: Workload) -> str:
        """The lists as written."""
        return asks_of(workload.places)

    def admits(self, workload: Workload, catalog: Catalog, as_of: date) -> NDArray[np.bool_] | None:
        """By region."""
        return admitted_regions(workload.places, catalog, as_of)

    def rejects(self, workload: Workload, offering: Offering, as_of: date) -> str | None:
        """Names the word that denies, or those that do not allow."""
        return refuses_region(workload.places, offering.region, as_of)


def asks_of(places: Globs) -> str:
    """The lists in words."""
    only = [f"only in {', '.join(places.allow)}"] if places.allow else []
    never = [f"never in {', '.join(places.deny)}"] if places.deny else []
    return "; ".join(only + never)


def admitted_regions(places: Globs, catalog: Catalog, as_of: date) -> NDArray[np.bool_] | None:
    """Shape (R,), or None where `places` asks for nothing."""
    if not places.allow and not places.deny:
        return None
    providers = catalog.providers
    allowed = np.full(len(catalog.regions), not places.allow)
    for word in places.allow:
        allowed |= parse_place(word, providers).mask(catalog.regions, as_of)
    for word in places.deny:
        allowed &= ~parse_place(word, providers).mask(catalog.regions, as_of)
    return allowed


def refuses_region(places: Globs, region: Region, as_of: date) -> str | None:
    """The reason why `places` refuses the region, or None."""
    for word in places.deny:
        if _covers(word, region, as_of):
            return f"{region.id} is denied by places.deny: {word}"
    if places.allow and not any(_covers(word, region, as_of) for word in places.allow):
        return f"{region.id} ({region.country}) is not among places.allow: {', '.join(places.allow)}"
    return None


def _covers(word: str, region: Region, as_of: date) -> bool:
    """The word was checked against the catalog's providers before, so what is no law and no region names a provider."""
    return parse_place(word, {region.provider, word.partition(":")[0]}).matches(region, as_of)
