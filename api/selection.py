"""Offerings are filtered and sorted as columns; the same question on the same catalog gives the same list.

Letters of the array shapes: O offerings, T instance types, R regions, N those that were selected.
"""

import re
from collections.abc import Sequence
from fnmatch import translate

import numpy as np
from numpy.typing import NDArray

from api.offering_query import OfferingQuery
from placement.domain.money import rate_from_usd
from placement.domain.offering import CAPACITY_TYPES
from placement.domain.region import Region
from placement.market.catalog import Catalog

Mask = NDArray[np.bool_]


def selected(catalog: Catalog, stale: Mask, query: OfferingQuery) -> NDArray[np.intp]:
    """Rows of the catalog that pass every filter, shape (N,), in the order that is asked for.

    `stale`, shape (O,): which prices are too old.
    """
    rows = catalog.offerings
    wanted = _regions(catalog, query)[rows.region] & _types(catalog, query)[rows.instance_type]
    if query.capacity_type:
        wanted &= np.array([kind.value in query.capacity_type for kind in CAPACITY_TYPES])[rows.capacity_type]
    if query.zone is not None:
        # A row without a zone has the code that is one before the first.
        wanted &= np.array([*(zone == query.zone for zone in catalog.zones), False])[rows.zone]
    if query.max_usd_per_hour is not None:
        wanted &= rows.nano_usd_per_hour <= rate_from_usd(query.max_usd_per_hour)
    if query.stale is not None:
        wanted &= stale == query.stale
    found = np.flatnonzero(wanted)
    return found[np.argsort(_keys(catalog, query)[found], kind="stable")]


def _keys(catalog: Catalog, query: OfferingQuery) -> NDArray[np.int64] | NDArray[np.float64]:
    rows = catalog.offerings
    match query.sort:
        case "usd_per_hour":
            return rows.nano_usd_per_hour
        case "-usd_per_hour":
            return -rows.nano_usd_per_hour
        case "vcpus":
            return catalog.types.vcpus[rows.instance_type]
        case "memory_gib":
            return catalog.types.memory_gib[rows.instance_type]


def _regions(catalog: Catalog, query: OfferingQuery) -> Mask:
    """Shape (R,)."""
    whole, short = (
        _matching([p for p in query.region if ":" in p]),
        _matching([p for p in query.region if ":" not in p]),
    )

    countries = [country.upper() for country in query.country]

    def wanted(region: Region) -> bool:
        return (
            (not query.provider or region.provider in query.provider)
            and (not countries or region.country in countries)
            and (not query.region or _any(whole, region.id) or _any(short, region.name))
        )

    return np.fromiter(map(wanted, catalog.regions), np.bool_, len(catalog.regions))


def _types(catalog: Catalog, query: OfferingQuery) -> Mask:
    """Shape (T,)."""
    types = catalog.types
    wanted = np.ones(len(catalog.instance_types), np.bool_)
    if query.min_vcpus is not None:
        wanted &= types.vcpus >= query.min_vcpus
    if query.min_memory_gib is not None:
        wanted &= types.memory_gib >= query.min_memory_gib
    if query.architecture:
        wanted &= np.isin(types.architecture, query.architecture)
    if query.gpu_model:
        wanted &= np.isin(types.gpu_model, [model.lower() for model in query.gpu_model])
    if query.instance_type:
        patterns = _matching(query.instance_type)
        wanted &= np.array([_any(patterns, kind.name) for kind in catalog.instance_types], np.bool_)
    return wanted


def _matching(patterns: Sequence[str]) -> list[re.Pattern[str]]:
    return [re.compile(translate(pattern)) for pattern in patterns]


def _any(patterns: Sequence[re.Pattern[str]], name: str) -> bool:
    return any(pattern.match(name) for pattern in patterns)
