"""In which region of the catalog each kind of node is, and what that says of zones."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from placement.kubernetes.nodes import NodeKind
from placement.market.catalog import Catalog

NOWHERE = -1
"""Position of a region that is not known."""


@dataclass(frozen=True, eq=False)
class Whereabouts:
    """Letters: K kinds of nodes, in their order."""

    position: tuple[int, ...]
    """In the catalog's regions, or NOWHERE, shape (K,)."""
    doubts: tuple[str, ...]
    """Why a region is not known, in words, empty where it is; shape (K,)."""
    regions: Mapping[str, frozenset[str]]
    """Region ids by the name that labels have."""
    zones: Mapping[str, frozenset[str]]
    """Region ids by zone."""


def whereabouts(kinds: Sequence[NodeKind], catalog: Catalog) -> Whereabouts:
    """Look every kind up in the catalog."""
    by_name: defaultdict[str, list[str]] = defaultdict(list)
    for region in catalog.regions:
        by_name[region.name].append(region.id)
    found = [_region(kind, catalog, by_name) for kind in kinds]
    index = catalog.region_index
    named = [(kind, region) for kind, (region, _) in zip(kinds, found, strict=True) if region]
    return Whereabouts(
        position=tuple(index[region] if region else NOWHERE for region, _ in found),
        doubts=tuple(doubt for _, doubt in found),
        regions=_sets((kind.region, region) for kind, region in named),
        zones=_sets((kind.zone, region) for kind, region in named),
    )


def _region(kind: NodeKind, catalog: Catalog, by_name: Mapping[str, Sequence[str]]) -> tuple[str | None, str]:
    """(id, doubt)."""
    if kind.region is None:
        return None, kind.doubt
    if kind.provider is not None:
        region = f"{kind.provider}:{kind.region}"
        return (region, "") if region in catalog.region_index else (None, _unknown(region, catalog))
    # A name that one provider alone has says as much as that provider's name.
    among = by_name.get(kind.region, ())
    if len(among) == 1:
        return among[0], ""
    if among:
        return None, f"{kind.region} may be {' or '.join(among)}; label the node placement.dev/provider"
    return None, _unknown(kind.region, catalog)


def _unknown(region: str, catalog: Catalog) -> str:
    return f"catalog version {catalog.version} has no region {region[:80]}"


def _sets(pairs: Iterable[tuple[str | None, str]]) -> dict[str, frozenset[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for name, region in pairs:
        if name:
            found[name].add(region)
    return {name: frozenset(regions) for name, regions in found.items()}
