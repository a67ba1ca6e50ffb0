"""A placement score, 1 to 10, is AWS's own word on whether a request for spot would succeed; it is no measure of risk.

Scores are asked only for the groups of instance types that the settings name: AWS limits how many different ones an
account may ask for in a day, and gives any group of fewer than three types a low one.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from placement.domain.errors import CollectionFailed
from placement.domain.provider import Notice
from placement.domain.sweep import CapacityHint
from providers.aws.api import Api, ApiRefused
from providers.aws.settings import PROVIDER, SCORES

_GROUP = re.compile(r"([a-z0-9.-]+(?:\+[a-z0-9.-]+)*):([1-9]\d{0,6})", re.ASCII)
_FEWEST_TYPES = 3


@dataclass(frozen=True, slots=True)
class _Group:
    instance_types: tuple[str, ...]
    instances: int


def hints(ec2: Api, asked_for: str, regions: Collection[str], now: datetime) -> Iterator[CapacityHint | Notice]:
    """The scores of each zone for each group in `asked_for`, `m5.xlarge+m6i.xlarge+m7i.xlarge:20, ...`.

    Whatever goes wrong is a notice: hints are an extra, and no price depends on them.
    """
    for words in filter(None, (part.strip() for part in asked_for.split(","))):
        group = _group(words)
        if group is None:
            yield Notice(f"{SCORES}: {words!r} is not instance types joined by + and a count, like a+b+c:20")
        elif len(group.instance_types) < _FEWEST_TYPES:
            yield Notice(f"{SCORES}: {words} has fewer than {_FEWEST_TYPES} types, which AWS always gives a low score")
        else:
            yield from _scores(ec2, group, regions, now)


def _group(words: str) -> _Group | None:
    if not (found := _GROUP.fullmatch(words)):
        return None
    return _Group(tuple(sorted(set(found[1].split("+")))), int(found[2]))


def _scores(ec2: Api, group: _Group, regions: Collection[str], now: datetime) -> Iterator[CapacityHint | Notice]:
    measure = f"placement score for {group.instances} instances in one zone, 1 to 10"
    try:
        rows = list(
            ec2.rows(
                "get_spot_placement_scores",
                "SpotPlacementScores",
                InstanceTypes=list(group.instance_types),
                TargetCapacity=group.instances,
                TargetCapacityUnitType="units",
                SingleAvailabilityZone=True,
                MaxResults=1000,
            )
        )
    except CollectionFailed as failed:
        reason = failed.code if isinstance(failed, ApiRefused) else "no answer"
        yield Notice(f"no placement score of {'+'.join(group.instance_types)}:{group.instances}: {reason}")
        return
    for row in rows:
        if row.get("Region") in regions and "Score" in row:
            zone, score = row.get("AvailabilityZoneId"), str(row["Score"])
            yield CapacityHint(PROVIDER, row["Region"], zone, group.instance_types, measure, score, now)
