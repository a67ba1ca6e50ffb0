"""Two sets of policies that mean the same are the same: everything in one order, and nothing twice."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import TypeVar

from placement.domain.policy import (
    Activity,
    DataClass,
    Dimension,
    GroupMember,
    Guardrail,
    Policy,
    PolicySet,
    Selector,
    TransferDocument,
    Waiver,
)
from placement.policy_file.effects import BASES

_T = TypeVar("_T")

_DIMENSIONS = tuple(Dimension)
_ACTIVITIES = tuple(Activity)


def ordered(policies: PolicySet) -> PolicySet:
    """The set in its own order, whatever the order of files, mappings and lists; without a digest."""
    return PolicySet(
        classes=_once(sorted(map(_data_class, policies.classes), key=lambda each: each.name)),
        policies=_once(sorted(map(_policy, policies.policies), key=lambda each: (each.name, each.version))),
        guardrails=_once(sorted(map(_guardrail, policies.guardrails), key=lambda each: (each.name, each.version))),
        waivers=_once(sorted(policies.waivers, key=_waiver_order)),
        groups=_once(
            sorted(((name, _members(members)) for name, members in policies.groups), key=lambda each: each[0])
        ),
    )


def _data_class(each: DataClass) -> DataClass:
    return replace(each, categories=_words(each.categories), subjects=_words(each.subjects))


def _policy(each: Policy) -> Policy:
    return replace(
        each,
        when=_selector(each.when),
        terms=tuple((d, _words(words)) for d, words in sorted(each.terms, key=lambda term: _DIMENSIONS.index(term[0]))),
        activities=_once(sorted(each.activities, key=_ACTIVITIES.index)),
        accept=_once(sorted(each.accept, key=BASES.index)),
        documents=_once(sorted(map(_document, each.documents), key=_document_order)),
    )


def _guardrail(each: Guardrail) -> Guardrail:
    return replace(each, when=_selector(each.when))


def _selector(when: Selector) -> Selector:
    return Selector(
        classification=_words(when.classification),
        categories=_words(when.categories),
        subjects=_words(when.subjects),
        sensitivity=when.sensitivity,
        labels=tuple((label, _words(values)) for label, values in sorted(when.labels)),
        names=_words(when.names),
    )


def _document(each: TransferDocument) -> TransferDocument:
    return replace(each, to=_words(each.to))


def _document_order(each: TransferDocument) -> tuple[object, ...]:
    return each.basis, each.to, each.reference, _day(each.valid_from), _day(each.valid_to)


def _waiver_order(each: Waiver) -> tuple[object, ...]:
    return each.policy, each.workload, each.expires, each.by, each.ticket


def _members(members: tuple[GroupMember, ...]) -> tuple[GroupMember, ...]:
    return _once(sorted(members, key=lambda each: (each.place, _day(each.valid_from), _day(each.valid_to))))


def _day(day: date | None) -> str:
    return "" if day is None else day.isoformat()


def _words(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(words)))


def _once(facts: Iterable[_T]) -> tuple[_T, ...]:
    return tuple(dict.fromkeys(facts))
