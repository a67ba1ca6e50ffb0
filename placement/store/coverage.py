"""A sweep that lacks over a tenth of what a region offered is taken for an incomplete answer, and refused."""

from collections import Counter
from collections.abc import Collection, Mapping

from placement.domain.errors import CoverageLost

MOST_LOST_SHARE = 0.1
_SHOWN = 3


def check_coverage(source: str, region_of: Mapping[int, str], still_there: Collection[int]) -> None:
    """Raise CoverageLost where too much is missing.

    `region_of` names the region of each offering that the source's last sweep had; `still_there` are those of
    the new one.
    """
    had = Counter(region_of.values())
    lost = Counter(region for number, region in region_of.items() if number not in still_there)
    short = [(region, count, had[region]) for region, count in lost.items() if count > MOST_LOST_SHARE * had[region]]
    if not short:
        return
    short.sort(key=lambda row: (-row[1] / row[2], row[0]))
    shown = ", ".join(f"{count:,} of {of:,} offerings in {region}" for region, count, of in short[:_SHOWN])
    more = f" and as much in {len(short) - _SHOWN} more regions" if len(short) > _SHOWN else ""
    raise CoverageLost(
        f"{source}: lost {shown}{more}; over {MOST_LOST_SHARE:.0%} at once is taken for an incomplete answer, and what "
        "was known stays. If they are gone indeed, or fewer regions are asked for: "
        f"placement collect {source} --accept-loss"
    )
