"""Source `aws-risk`: the share of spot instances that AWS took back within the last month.

The Spot Instance Advisor's public file gives a band for each region and instance type, on Linux and on Windows. It is
republished every few months and has no date of its own. A region or a type that it leaves out has no figure, which is
never low risk.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from placement.domain.errors import CollectionFailed
from placement.domain.provider import Fact, Notice, Refusal, Surroundings
from placement.domain.sweep import InterruptionFigure, SourceKind
from providers.aws.places import chosen
from providers.aws.settings import PROVIDER, advisor_url
from providers.known_regions import known_regions, unknown_region
from providers.limits import Limits

_BANDS: dict[Any, tuple[float, float | None]] = {5: (0, 5), 11: (5, 10), 16: (10, 15), 22: (15, 20), 100: (20, None)}
"""What the file's upper ends stand for, as its labels and AWS's page say, in per cent."""
_OLD = timedelta(days=180)
Band = tuple[float, float | None]


@dataclass(frozen=True)
class AwsRisk:
    """The advisor's figures for Linux."""

    surroundings: Surroundings
    limits: Limits | None = None
    sleep: Callable[[float], None] = time.sleep
    name: str = field(default="aws-risk", init=False)
    provider: str = field(default=PROVIDER, init=False)
    kind: SourceKind = field(default=SourceKind.API, init=False)
    cadence: timedelta = field(default=timedelta(days=1), init=False)

    def facts(self) -> Iterator[Fact]:
        """Figures region by region."""
        now = self.surroundings.clock()
        document, changed_on = self._document()
        try:
            bands = {row["index"]: self._band(row["max"]) for row in document["ranges"]}
            regions = {name: dict(systems.get("Linux", {})) for name, systems in document["spot_advisor"].items()}
        except (AttributeError, KeyError, TypeError, ValueError):
            raise CollectionFailed(f"{self.name}: the advisor's file is not in the form that is known") from None
        if not regions:
            raise CollectionFailed(f"{self.name}: the advisor's file has no region")
        if changed_on is not None and now.date() - changed_on > _OLD:
            yield Notice(f"the Spot Instance Advisor's file was last changed on {changed_on}; its figures may be stale")
        table = known_regions(__package__, PROVIDER)
        for name in chosen(self.name, {*regions, *table}, self.surroundings.regions(PROVIDER)):
            if name not in regions:
                continue
            if name not in table:
                yield unknown_region(name)
                continue
            yield from _figures(name, regions[name], bands, changed_on, now.date())

    def _document(self) -> tuple[Any, date | None]:
        """(the file, the day of its last change if the server says so)."""
        from providers.fetch import Fetcher

        url = advisor_url(self.surroundings.environment)
        with Fetcher(self.name, [url], self.surroundings, self.limits, sleep=self.sleep) as fetch:
            reply = fetch.send("GET", url)
            if reply.status != 200:
                raise fetch.failed(url, f"answers with status {reply.status}")
            try:
                return json.loads(reply.read()), _day(reply.headers.get("last-modified", ""))
            except ValueError:
                raise fetch.failed(url, "does not answer with JSON") from None

    def _band(self, most: Any) -> Band:
        if most not in _BANDS:
            raise CollectionFailed(f"{self.name}: the advisor has a band up to {most} %, whose meaning is not known")
        return _BANDS[most]


def _figures(
    region: str, kinds: Mapping[str, Any], bands: Mapping[Any, Band], changed_on: date | None, today: date
) -> Iterator[Fact]:
    dated = changed_on is not None and changed_on <= today
    note = "AWS Spot Instance Advisor, " + ("date of the file" if dated else "no date of its own: day of asking")
    observed_on = changed_on if dated and changed_on else today
    for kind, row in sorted(kinds.items()):
        band = bands.get(row.get("r")) if isinstance(row, dict) else None
        if band is None:
            yield Refusal("interruption band that the file does not explain", f"{region} {kind}")
        else:
            yield InterruptionFigure(PROVIDER, region, kind, *band, "month", observed_on, note)


def _day(header: str) -> date | None:
    try:
        return parsedate_to_datetime(header).astimezone(UTC).date()
    except (TypeError, ValueError):
        return None
