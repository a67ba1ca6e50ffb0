"""Google tells of each day which share of the spot machines that stopped was preempted: no share of those that ran.

Machines that their owners stop count below the line, those that run on count nowhere. So the figure is taken as an
upper estimate of the share that is preempted in a day, and says so.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from placement.domain.money import NanoUsd
from placement.domain.offering import CapacityType
from placement.domain.provider import PastPrice, Refusal
from placement.domain.sweep import CapacityHint, InterruptionFigure, Price
from providers.gcp.access import PROVIDER
from providers.gcp.skus import usd_of

NO_HISTORY = "Google keeps no capacity history of the type"
NO_ADVICE = "Google gives no capacity advice on the type"
NO_SHARE = "a preemption rate that is no share"
NOTHING_PREEMPTED = "a preemption rate of 0 on every day"
NO_TIME = "the time of a past price cannot be read"
NO_PRICE = "a past price that is not above 0, or not in USD"
SHARE_OF_STOPS = (
    "Google capacity history: preempted of all stopped spot machines, mean of the days; an upper estimate of the share "
    "a day"
)
LIST_PRICE = "Google capacity history: list price of spot"
OBTAINABILITY = "obtainability of one spot machine, 0 to 1"


@dataclass(frozen=True, slots=True)
class Histories:
    """What was answered of one type in one region, zone by zone; None where Google keeps no history."""

    region: str
    machine_type: str
    answers: Sequence[Any | None]

    @property
    def subject(self) -> str:
        return f"{self.region} {self.machine_type}"


def interruption(histories: Histories, now: datetime) -> Iterator[InterruptionFigure | Refusal]:
    """The share of the zone where it is lowest and of that where it is highest; nothing where no day has a figure."""
    means = []
    for answer in histories.answers:
        if answer is None:
            yield Refusal(NO_HISTORY, histories.subject)
            continue
        rates = [day.preemption_rate for day in answer.preemption_history if day.HasField("preemption_rate")]
        if not all(0 <= rate <= 1 for rate in rates):
            yield Refusal(NO_SHARE, histories.subject)
        elif rates:
            means.append(100 * math.fsum(rates) / len(rates))
    if not means:
        return
    if max(means) == 0:
        # It may be that nothing stopped; and nobody is never preempted.
        yield Refusal(NOTHING_PREEMPTED, histories.subject)
        return
    yield InterruptionFigure(
        PROVIDER,
        histories.region,
        histories.machine_type,
        min(means),
        max(means),
        "day",
        now.date(),
        SHARE_OF_STOPS,
    )


def past_prices(histories: Histories, now: datetime) -> Iterator[PastPrice | Refusal]:
    """The changes of the spot price, oldest first; they do not differ by zone, and the first that tells is believed."""
    told = next((answer.price_history for answer in histories.answers if answer and answer.price_history), ())
    points: dict[datetime, NanoUsd] = {}
    for day in told:
        since = _moment(day.interval.start_time)
        usd = usd_of(day.list_price)
        if since is None or since > now:
            yield Refusal(NO_TIME, histories.subject)
        elif usd <= 0 or day.list_price.currency_code != "USD":
            yield Refusal(NO_PRICE, histories.subject)
        else:
            points[since] = NanoUsd(round(usd * 10**9))
    last = None
    for since, usd_per_hour in sorted(points.items()):
        if usd_per_hour != last:
            yield PastPrice(
                Price(
                    PROVIDER,
                    histories.region,
                    None,
                    histories.machine_type,
                    CapacityType.SPOT,
                    usd_per_hour,
                    now,
                    note=LIST_PRICE,
                    effective_from=since,
                )
            )
        last = usd_per_hour


def hints(region: str, machine_type: str, answer: Any | None, now: datetime) -> Iterator[CapacityHint | Refusal]:
    """How likely a request for one spot machine would succeed now."""
    if answer is None:
        yield Refusal(NO_ADVICE, f"{region} {machine_type}")
        return
    scores = [one.scores.obtainability for one in answer.recommendations if one.scores.HasField("obtainability")]
    if scores:
        yield CapacityHint(PROVIDER, region, None, (machine_type,), OBTAINABILITY, f"{max(scores):g}", now)


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None
