"""A waiver frees one workload from one policy until a day, and says who granted it, on which ticket."""

from datetime import date

from placement.domain.policy import Waiver
from placement.policy_file.dates import read_date
from placement.policy_file.words import Words
from placement.residency.places import has_wildcards
from placement.written.fields import Fields
from placement.written.nodes import Table


def read_waiver(fields: Fields, words: Words) -> Waiver:
    """One item of `waivers`."""
    with fields:
        waiver = Waiver(
            policy=fields.text("policy"),
            workload=fields.text("workload"),
            by=fields.text("by"),
            ticket=fields.text("ticket"),
            expires=_expiry(fields),
        )
    node = fields.node_of("workload")
    if node is not None and has_wildcards(waiver.workload):
        reason = "is taken for the name of one workload or dataset: a waiver knows no patterns"
        words.warn(node, (*fields.path, "workload"), reason)
    return waiver


def _expiry(fields: Fields) -> date:
    day = read_date(fields, "expires")
    if day is None and isinstance(fields.node, Table) and fields.node_of("expires") is None:
        reason = "is missing; it must be a date such as 2027-01-31, the last day on which the waiver holds"
        fields.notes.on(fields.node, (*fields.path, "expires"), reason)
    return day or date.min
