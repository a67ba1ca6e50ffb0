"""A policy is in force from a day to a day, and a waiver suspends it for one workload or dataset until a day."""

from collections.abc import Iterable
from datetime import date

from placement.domain.policy import Guardrail, Policy, PolicySet, TransferDocument, Waiver


def in_force(dated: Policy | TransferDocument, as_of: date) -> bool:
    """Whether the day lies between its first and its last, both inclusive; an open end has no bound."""
    return (dated.valid_from or date.min) <= as_of <= (dated.valid_to or date.max)


def waivers_in_force(policies: PolicySet, as_of: date) -> frozenset[tuple[str, str]]:
    """(policy or guardrail, workload or dataset) by name; a waiver holds on the day on which it expires."""
    return frozenset(_pairs(waiver for waiver in policies.waivers if as_of <= waiver.expires))


def is_waived(rule: Policy | Guardrail, name: str, waived: frozenset[tuple[str, str]]) -> bool:
    """Whether the rule is suspended for the workload or dataset."""
    return (rule.name, name) in waived


def _pairs(waivers: Iterable[Waiver]) -> Iterable[tuple[str, str]]:
    return ((waiver.policy, waiver.workload) for waiver in waivers)
