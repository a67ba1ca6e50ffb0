"""Rows in the form of the Retail Prices API."""

import zlib
from typing import Any

Row = dict[str, Any]
OCTOBER = ("2026-10-01T00:00:00Z", "2026-10-31T23:59:59Z")
NOVEMBER = ("2026-11-01T00:00:00Z", "2026-11-30T23:59:59Z")
DECEMBER = ("2026-12-01T00:00:00Z", None)
SINCE_2023 = ("2023-01-01T00:00:00Z", None)


def machine(
    region: str,
    size: str,
    usd: float,
    window: tuple[str, str | None] = SINCE_2023,
    suffix: str = "",
    product: str = "Virtual Machines Dsv5 Series",
    **changes: Any,
) -> Row:
    """An hour of a machine; the suffix ends its SKU and meter: ` Spot`."""
    name = size.split("_", 1)[-1].replace("_", " ") + suffix
    return _row(
        {
            "armRegionName": region,
            "location": region.upper(),
            "meterName": name,
            "productName": product,
            "skuName": name,
            "serviceName": "Virtual Machines",
            "serviceFamily": "Compute",
            "unitOfMeasure": "1 Hour",
            "armSkuName": size,
        },
        usd,
        window,
        changes,
    )


def egress(
    region: str,
    meter: str,
    from_gb: float,
    usd: float,
    product: str = "Rtn Preference: MGN",
    window: tuple[str, str | None] = SINCE_2023,
    **changes: Any,
) -> Row:
    """One tier of outgoing traffic."""
    return _row(
        {
            "armRegionName": region,
            "location": region,
            "tierMinimumUnits": from_gb,
            "meterName": meter,
            "productName": product,
            "skuName": "Standard",
            "serviceName": "Bandwidth",
            "serviceFamily": "Networking",
            "unitOfMeasure": "1 GB",
            "armSkuName": "",
        },
        usd,
        window,
        changes,
    )


def internet(region: str, *tiers: tuple[float, float], **changes: Any) -> list[Row]:
    return [egress(region, "Standard Data Transfer Out", from_gb, usd, **changes) for from_gb, usd in tiers]


def _row(what: Row, usd: float, window: tuple[str, str | None], changes: Row) -> Row:
    start, end = window
    row = {
        "currencyCode": "USD",
        "tierMinimumUnits": 0.0,
        "retailPrice": usd,
        "unitPrice": usd,
        "effectiveStartDate": start,
        "productId": "P",
        "skuId": "P/1",
        "serviceId": "S",
        "type": "Consumption",
        "isPrimaryMeterRegion": True,
        **what,
        **({"effectiveEndDate": end} if end else {}),
    }
    identity = (row["armRegionName"], row["productName"], row["skuName"], row["meterName"], row["armSkuName"])
    row["meterId"] = f"{zlib.crc32(repr(identity).encode()):08x}"
    return row | changes
