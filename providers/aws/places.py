"""Prices are of regions; the codes of local and wavelength zones stand beside them in AWS's lists, and are left out."""

import re
from collections.abc import Collection, Iterable

from placement.domain.errors import CollectionFailed

_REGION = re.compile(r"[a-z]+(-[a-z]+)*-\d+", re.ASCII)


def is_region(code: str) -> bool:
    """us-gov-west-1 is a region; us-east-1-bos-1 and us-east-1-wl1-atl1 are places in the care of one."""
    return _REGION.fullmatch(code) is not None


def chosen(source: str, listed: Iterable[str], limit: Collection[str] | None) -> list[str]:
    """The regions among `listed`, by name, within the limit; raises CollectionFailed for a limit AWS does not have."""
    regions = {code for code in listed if is_region(code)}
    if limit is None:
        return sorted(regions)
    if missing := sorted(set(limit) - regions):
        raise CollectionFailed(f"{source}: AWS has no region {', '.join(missing)}; see PLACEMENT_AWS_REGIONS")
    return sorted(limit)
