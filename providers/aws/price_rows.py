"""A row of the AWS Price List is one product at one price, whichever way it was read.

The attributes have the names of the Pricing API, also where a file calls them otherwise.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from placement.domain.money import NanoUsd, rate_from_usd
from placement.domain.provider import Refusal

REGION = "AWS Region"
"""The type of a location that is a region, and no local zone, wavelength zone or edge location."""
NOT_IN_USD = "price is not in USD"
NOT_YET = "price holds only from a later day on"


@dataclass(frozen=True, slots=True)
class PriceRow:
    """One price of a product on demand."""

    sku: str
    family: str
    attributes: Mapping[str, str]
    unit: str
    """What the price is for one of: Hrs, GB."""
    begin: str
    """First unit that the price holds for."""
    end: str
    """Where the next price begins, or Inf."""
    usd: str
    """Empty where the price is in another currency."""
    effective_on: str
    """ISO date."""

    def rate(self, today: date, subject: str) -> "tuple[NanoUsd, date] | Refusal":
        """(price of a unit, since when); or why it cannot be used."""
        try:
            usd, since = rate_from_usd(self.usd), date.fromisoformat(self.effective_on)
        except ValueError:
            return Refusal(NOT_IN_USD if not self.usd else "price or its date cannot be read", subject)
        return Refusal(NOT_YET, subject) if since > today else (usd, since)


def rows_of_product(element: str) -> Iterator[PriceRow]:
    """The on-demand prices of an element of the API's PriceList, which is JSON in a string.

    Raises ValueError, KeyError, TypeError or AttributeError where it is not such an element.
    """
    listed = json.loads(element)
    product = listed["product"]
    for term in listed["terms"].get("OnDemand", {}).values():
        for dimension in term["priceDimensions"].values():
            yield PriceRow(
                sku=product["sku"],
                family=product.get("productFamily", ""),
                attributes=product["attributes"],
                unit=dimension["unit"],
                begin=dimension.get("beginRange", ""),
                end=dimension.get("endRange", ""),
                usd=dimension["pricePerUnit"].get("USD", ""),
                effective_on=term["effectiveDate"][:10],
            )
