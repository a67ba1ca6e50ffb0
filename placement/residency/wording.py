"""Policies in the words of people: `gdpr@3 allows pii-eu only in EEA (GDPR Art. 44)`."""

from collections.abc import Sequence

from placement.domain.policy import Dimension, Effect, Guardrail, Policy, Selector
from placement.residency.matching import Terms
from placement.residency.transfer import origins_of

_PHRASES = {
    Dimension.PLACE: "in {}",
    Dimension.PROVIDER: "at {}",
    Dimension.PARTITION: "in the partition {}",
    Dimension.OPERATOR: "operated by {}",
    Dimension.OPERATOR_COUNTRY: "with an operator in {}",
    Dimension.PARENT_COUNTRY: "with a parent company in {}",
    Dimension.ATTESTATION: "with {}",
}


def asks(policy: Policy) -> str:
    """What the policy asks, in one sentence without its full stop."""
    what, where = about(policy.when), places(policy.terms)
    match policy.effect:
        case Effect.ALLOW_ONLY:
            said = f"allows {what} only {where}"
        case Effect.DENY:
            said = f"denies {what} {where}"
        case Effect.REQUIRE:
            said = f"requires a region {where} for {what}"
        case Effect.REQUIRE_COPY_IN:
            said = f"requires a copy of {what} {where}"
        case Effect.REQUIRE_TRANSFER_BASIS:
            bases = either(policy.accept) or "none is accepted"
            said = f"requires a basis ({bases}) for {what} outside of {origin(policy)}"
        case Effect.PREFER:
            said = f"prefers {what} {where}, at {policy.penalty_usd_per_month:,.2f} USD a month elsewhere"
    doing = f" for {joined(policy.activities, 'and')}" if policy.activities else ""
    law = f" ({policy.legal_ref})" if policy.legal_ref else ""
    return f"{policy.id} {said}{doing}{law}"


def asks_of_workload(guardrail: Guardrail) -> str:
    """What the guardrail asks, in one sentence without its full stop."""
    return f"{guardrail.id} asks of {about(guardrail.when)}: {guardrail.message}"


def about(selector: Selector) -> str:
    """What the selector picks."""
    data = [either(selector.classification)] if selector.classification else []
    if selector.sensitivity:
        data.append(f"data that are {selector.sensitivity} or more")
    if selector.categories:
        data.append(f"data of category {either(selector.categories)}")
    if selector.subjects:
        data.append(f"data of people in {either(selector.subjects)}")
    things = [f"labelled {key}={either(values)}" for key, values in selector.labels]
    if selector.names:
        things.append(f"called {either(selector.names)}")
    whose = f"what is {' and '.join(things)}" if things else ""
    return " of ".join(filter(None, (" and also ".join(data), whose))) or "everything"


def places(terms: Terms) -> str:
    """Where, in words of all dimensions."""
    return " and ".join(phrase(dimension, words) for dimension, words in terms) or "anywhere"


def phrase(dimension: Dimension, words: Sequence[str]) -> str:
    """Where, in words of one dimension."""
    named = joined(words, "and") if dimension is Dimension.ATTESTATION else either(words)
    return _PHRASES[dimension].format(named)


def origin(policy: Policy) -> str:
    """Where data need no basis for a transfer."""
    return either(origins_of(policy)) or "the places of its subjects"


def either(words: Sequence[str]) -> str:
    """`a, b or c`."""
    return joined(words, "or")


def joined(words: Sequence[str], by: str) -> str:
    """`a, b and c`."""
    return f"{', '.join(words[:-1])} {by} {words[-1]}" if len(words) > 1 else "".join(words)
