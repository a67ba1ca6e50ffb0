"""A product is an offering if it is a Linux machine on demand with shared tenancy, or bare metal, which has no other.

The list holds one machine many times: by system, licence, tenancy, and as capacity that is reserved or not used. Bare
metal is listed as dedicated, for nobody else is on it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, time

from placement.domain.offering import CapacityType, InstanceType
from placement.domain.provider import Refusal
from placement.domain.sweep import Price
from providers.aws.instance_types import NO_SPECS, listed
from providers.aws.price_rows import REGION, PriceRow
from providers.aws.settings import PROVIDER

SCOPE = {
    "operatingSystem": "Linux",
    "preInstalledSw": "NA",
    "capacitystatus": "Used",
    "marketoption": "OnDemand",
    "licenseModel": "No License required",
}
FAMILIES = {"Compute Instance": "Shared", "Compute Instance (bare metal)": "Dedicated"}
"""The tenancy that counts in each product family."""
NOTE = "AWS Price List, AmazonEC2"


def in_scope(row: PriceRow, region: str) -> bool:
    """Whether the row is about a machine that can be bought on demand in the region itself."""
    said = row.attributes
    return (
        row.family in FAMILIES
        and said.get("tenancy") == FAMILIES[row.family]
        and said.get("regionCode") == region
        and said.get("locationType") == REGION
        and all(said.get(name) == value for name, value in SCOPE.items())
    )


def offered(rows: Iterable[PriceRow], region: str, now: datetime) -> Iterator[InstanceType | Price | Refusal]:
    """Each instance type with its price, by name; and the rows in scope that cannot be used."""
    by_name: dict[str, list[PriceRow]] = defaultdict(list)
    for row in rows:
        by_name[row.attributes.get("instanceType", "")].append(row)
    for name, same in sorted(by_name.items()):
        for row in sorted(same, key=lambda row: (row.effective_on, row.usd)):
            yield from _offering(row, name, region, now)


def _offering(row: PriceRow, name: str, region: str, now: datetime) -> Iterator[InstanceType | Price | Refusal]:
    subject = f"{region} {name} on_demand"
    kind = listed(row.attributes)
    if kind is None:
        yield Refusal(NO_SPECS, subject)
    elif row.unit != "Hrs" or (row.begin, row.end) != ("0", "Inf"):
        yield Refusal("price is not one for every hour", subject)
    elif isinstance(priced := row.rate(now.date(), subject), Refusal):
        yield priced
    elif priced[0] <= 0:
        yield Refusal("no price above 0", subject)
    else:
        usd_per_hour, since = priced
        yield kind
        yield Price(
            PROVIDER,
            region,
            None,
            name,
            CapacityType.ON_DEMAND,
            usd_per_hour,
            now,
            note=NOTE,
            effective_from=datetime.combine(since, time(), UTC),
        )
