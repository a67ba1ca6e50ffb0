"""FOCUS: the ledger as rows of the FinOps Open Cost and Usage Specification, 1.4 or 1.2, Cost and Usage.

What was paid for is in FOCUS's own columns; what it is compared with is in columns of our own (`x_`), and never rows:
savings written as credits would corrupt every total. The file is an estimate, no invoice, and says so in each row.
"""

import csv
import io
import json
from collections.abc import Mapping
from typing import Any, BinaryIO

from placement.documents import moment
from placement.report_file.ledger_table import usd_text
from placement.reports.figures import Figures
from placement.reports.report import Report
from placement.reports.rows import Row, rows

_SERVICES: Mapping[str, tuple[str, str, str, str, str]] = {
    "compute": ("Compute", "Virtual Machines", "Instances", "Hours", "Usage-Based"),
    "interruption": ("Compute", "Virtual Machines", "Instances", "Interruptions", "Usage-Based"),
    "egress": ("Networking", "Other (Networking)", "Data transfer", "GB", "Usage-Based"),
    "storage": ("Storage", "Other (Storage)", "Data at rest", "GB-Months", "Usage-Based"),
    "migration": ("Networking", "Other (Networking)", "Data transfer", "Moves", "One-Time"),
}
"""By term: category, subcategory, service, unit and frequency."""
_PRICING = {"on_demand": "Standard", "spot": "Dynamic", "reserved": "Committed"}


class Focus:
    """One version of the specification."""

    suffix = "csv"
    media_type = "text/csv"
    is_text = True

    def __init__(self, name: str, version: str, providers: tuple[str, ...]) -> None:
        self.name, self.version = name, version
        self._providers = providers
        """The columns that hold the provider."""

    def write(self, report: Report, figures: Figures, file: BinaryIO) -> None:
        """A heading, and a row a charge."""
        text = io.TextIOWrapper(file, "utf-8", newline="", write_through=True)
        writer: csv.DictWriter[str] | None = None
        for row in rows(report):
            cells = self._cells(report, row)
            if writer is None:
                writer = csv.DictWriter(text, list(cells), lineterminator="\r\n")
                writer.writeheader()
            writer.writerow(cells)
        text.detach()

    def _cells(self, report: Report, row: Row) -> dict[str, Any]:
        charge = row.charge
        category, subcategory, service, unit, frequency = _SERVICES[charge.term]
        provider, _, region = charge.region.partition(":")
        paid, listed = usd_text(charge.amount), usd_text(charge.list_amount)
        quantity = f"{charge.quantity:.6f}"
        return {
            "BilledCost": paid,
            "BillingAccountId": charge.fleet,
            "BillingAccountName": charge.fleet,
            "BillingCurrency": "USD",
            "BillingPeriodEnd": moment(report.end),
            "BillingPeriodStart": moment(report.start),
            "ChargeCategory": "Usage",
            "ChargeClass": "",
            "ChargeDescription": _description(row),
            "ChargeFrequency": frequency,
            "ChargePeriodEnd": moment(charge.until),
            "ChargePeriodStart": moment(charge.since),
            "ConsumedQuantity": quantity,
            "ConsumedUnit": unit,
            "ContractedCost": paid,
            "EffectiveCost": paid,
            **dict.fromkeys(self._providers, provider),
            "InvoiceIssuerName": provider,
            "ListCost": listed,
            "PricingCategory": _PRICING.get(charge.capacity_type or "", "Standard"),
            "PricingQuantity": quantity,
            "PricingUnit": unit,
            "RegionId": region,
            "RegionName": region,
            "ResourceId": f"{charge.fleet}/{charge.subject}",
            "ResourceName": charge.subject,
            "ResourceType": charge.instance_type or service,
            "ServiceCategory": category,
            "ServiceName": service,
            "ServiceSubcategory": subcategory,
            "Tags": json.dumps(row.labels, ensure_ascii=False, sort_keys=True),
            "x_DecisionId": charge.decision,
            "x_Term": charge.term,
            "x_BaselineCost": usd_text(row.home),
            "x_CounterfactualCost": usd_text(row.best),
            "x_RealisedSavings": usd_text(row.home - charge.amount),
            "x_MissedSavings": usd_text(charge.amount - row.best),
            "x_ComplianceCost": usd_text(row.best - row.unrestricted),
            "x_IsEstimate": "true",
            "x_PriceObservedAt": "" if charge.observed_at is None else moment(charge.observed_at),
            "x_DataClass": " ".join(row.classes),
            "x_ReportRevision": f"{report.revision}",
        }


def _description(row: Row) -> str:
    charge = row.charge
    if charge.term == "compute":
        return f"{charge.instance_type} {charge.capacity_type}, estimated by the prices of the time"
    if charge.term == "interruption":
        return f"Expected loss by interruptions of {charge.instance_type} spot"
    if charge.term == "egress":
        return f"Traffic to {charge.to_subject} in {charge.to_region}, estimated by tariffs"
    if charge.term == "storage":
        return "Data at rest, estimated by the storage rate"
    return "Moving to another region, estimated"


FOCUS_1_4 = Focus("focus", "1.4", ("HostProviderName", "ServiceProviderName"))
FOCUS_1_2 = Focus("focus-1.2", "1.2", ("ProviderName", "PublisherName"))
