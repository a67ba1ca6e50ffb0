"""Data at rest:  size_gb x usd_per_gb_month x months, for each copy, at the rates of the tenure."""

from collections.abc import Iterator
from dataclasses import replace

from placement.domain.money import HOURS_PER_MONTH, exact
from placement.market.catalog import UNKNOWN_RATE
from placement.reports.charge import Charge, stepped
from placement.reports.tenure import Tenure, hours_between


def keeping(fleet: str, tenure: Tenure) -> Iterator[Charge]:
    """A charge a day and copy; of regions without a storage rate 0, as in a bill."""
    rates = tenure.problem.catalog.nano_usd_per_gb_month
    for dataset in tenure.problem.fleet.datasets:
        for region in tenure.placement.datasets[dataset.name]:
            rate = int(rates[tenure.problem.region(region)])
            monthly = exact(dataset.size_gb) * (0 if rate == UNKNOWN_RATE else rate)
            sums = [monthly * seconds / (HOURS_PER_MONTH * 3600) for seconds in tenure.seconds]
            blank = Charge(
                fleet, tenure.decision, dataset.name, "storage", tenure.since, tenure.until, region, unit="GB-months"
            )
            for (since, until), amount in zip(tenure.parts, stepped(sums), strict=True):
                gb_months = dataset.size_gb * float(hours_between(since, until)) / HOURS_PER_MONTH
                yield replace(blank, since=since, until=until, quantity=gb_months, amount=amount, list_amount=amount)
