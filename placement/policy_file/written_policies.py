"""A set of policies in the form in which it is written: reading it gives an equal set, and its hash names it."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from placement.domain.policy import (
    DataClass,
    Dimension,
    Effect,
    GroupMember,
    Guardrail,
    Policy,
    PolicySet,
    Selector,
    TransferDocument,
    Waiver,
)
from placement.policy_file.canonical import ordered

Written = dict[str, Any]
"""Ready for JSON: texts, numbers, lists and mappings."""


def canonical(policies: PolicySet) -> PolicySet:
    """The set in its own order, with its digest."""
    own = ordered(policies)
    return replace(own, digest=_hash(_document_of(own)))


def digest(policies: PolicySet) -> str:
    """`sha256:` and the hash of the set's document: the same whatever the order or the layout of the files."""
    return _hash(to_document(policies))


def to_document(policies: PolicySet) -> Written:
    """The policy file's keys and values in one order; what is empty is left out."""
    return _document_of(ordered(policies))


def _hash(document: Written) -> str:
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _document_of(own: PolicySet) -> Written:
    return _filled(
        {
            "classes": {each.name: _data_class(each) for each in own.classes},
            "policies": [_policy(each) for each in own.policies],
            "guardrails": [_guardrail(each) for each in own.guardrails],
            "waivers": [_waiver(each) for each in own.waivers],
            "groups": {name: [_member(member) for member in members] for name, members in own.groups},
        }
    )


def _data_class(each: DataClass) -> Written:
    facts = {"categories": each.categories, "subjects": each.subjects}
    return {"sensitivity": each.sensitivity, **_filled(facts)}


def _policy(each: Policy) -> Written:
    facts = {
        "activities": [activity.value for activity in each.activities],
        "legal_ref": each.legal_ref,
        "valid_from": each.valid_from,
        "valid_to": each.valid_to,
    }
    return {
        "name": each.name,
        "version": each.version,
        "when": _selector(each.when),
        each.effect.value: _effect(each),
        **_filled(facts),
    }


def _effect(each: Policy) -> Written:
    terms = {dimension.value: words for dimension, words in each.terms}
    match each.effect:
        case Effect.PREFER:
            return {**_filled(terms), "penalty_usd_per_month": _number(each.penalty_usd_per_month)}
        case Effect.REQUIRE_TRANSFER_BASIS:
            documents = [_document(document) for document in each.documents]
            from_places = terms.get(Dimension.PLACE.value, ())
            return _filled({"from": from_places, "accept": each.accept, "documents": documents})
        case _:
            return _filled(terms)


def _document(each: TransferDocument) -> Written:
    facts = {
        "basis": each.basis,
        "to": each.to,
        "reference": each.reference,
        "valid_from": each.valid_from,
        "valid_to": each.valid_to,
    }
    return _filled(facts)


def _guardrail(each: Guardrail) -> Written:
    return {
        "name": each.name,
        "version": each.version,
        "when": _selector(each.when),
        "expression": each.expression,
        "message": each.message,
    }


def _selector(when: Selector) -> Written:
    facts = {
        "classification": when.classification,
        "categories": when.categories,
        "subjects": when.subjects,
        "sensitivity": when.sensitivity,
        "labels": {label: list(values) for label, values in when.labels},
        "workloads": when.names,
    }
    return _filled(facts)


def _waiver(each: Waiver) -> Written:
    return {
        "policy": each.policy,
        "workload": each.workload,
        "by": each.by,
        "ticket": each.ticket,
        "expires": each.expires.isoformat(),
    }


def _member(each: GroupMember) -> str | Written:
    if each.valid_from is None and each.valid_to is None:
        return each.place
    return _filled({"place": each.place, "valid_from": each.valid_from, "valid_to": each.valid_to})


def _filled(facts: Mapping[str, Any]) -> Written:
    return {key: _plain(value) for key, value in facts.items() if value not in (None, (), "", [], {})}


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


def _number(value: float) -> float:
    return int(value) if value.is_integer() else value
