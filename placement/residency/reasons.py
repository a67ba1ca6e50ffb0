"""A reason says what a policy has against a region, what would be right, and how to get there."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from placement.domain.policy import Activity, Dimension, Effect, Policy, Reason
from placement.domain.region import Region
from placement.residency.matching import attested, holds
from placement.residency.transfer import ADEQUACY, NOT_SAID, conditions
from placement.residency.truth import Truth
from placement.residency.vocabulary import Vocabulary
from placement.residency.wording import either, joined, phrase, places

CODES = ("denied", "not_allowed", "missing", "no_transfer_basis", "no_copy", "unknown", "guardrail")
"""In the order in which reasons are told."""

_CODE = {Effect.ALLOW_ONLY: "not_allowed", Effect.REQUIRE: "missing"}

_ATTRIBUTES = {
    Dimension.PARTITION: ("partition", "partition"),
    Dimension.OPERATOR: ("operator", "operator"),
    Dimension.OPERATOR_COUNTRY: ("operator_country", "country of the operator"),
    Dimension.PARENT_COUNTRY: ("parent_country", "country of the parent company"),
}
"""What of a region a dimension looks at, and its name in words."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A policy that refuses a region to a subject, and what of the subject brought it up."""

    policy: Policy
    region: Region
    activity: Activity
    via: tuple[str, ...]


def ordered(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    """By code, then by policy; each once."""
    return tuple(
        sorted(
            set(reasons),
            key=lambda r: (CODES.index(r.code), r.policy, r.dimension, r.required, r.observed, r.activity, r.via),
        )
    )


def by_terms(refused: Refused, vocabulary: Vocabulary) -> Iterator[Reason]:
    """Why a policy that allows, denies or requires refuses: a reason for each dimension that is at fault."""
    policy = refused.policy
    truths = [(d, words, holds(d, words, refused.region, vocabulary)) for d, words in policy.terms]
    if policy.effect is Effect.DENY:
        if all(truth for _, _, truth in truths):
            dimension = truths[0][0] if truths else Dimension.PLACE
            required = f"a region {places(policy.terms)} is denied"
            fix = f"a region other than one {places(policy.terms)}"
            yield _reason(refused, "denied", dimension, _observed(dimension, refused.region), required, [fix])
            return
        at_fault: Truth = None
    else:
        at_fault = False if any(truth is False for _, _, truth in truths) else None
    for dimension, words, truth in truths:
        if truth is at_fault:
            code = "unknown" if truth is None else _CODE[policy.effect]
            observed, records = _seen(dimension, words, refused.region, vocabulary, truth)
            wish = "a region other than one" if policy.effect is Effect.DENY else "a region"
            fixes = [f"{wish} {phrase(dimension, words)}", *records]
            yield _reason(refused, code, dimension, observed, _required(policy, dimension, words), fixes)


def by_transfer(refused: Refused, jurisdictions: Sequence[str], truth: Truth, vocabulary: Vocabulary) -> Reason:
    """Why a policy about transfers refuses: data of these jurisdictions have no basis in the region, or maybe none."""
    policy, region = refused.policy, refused.region
    if NOT_SAID in jurisdictions:
        fix = "say in `subjects` of the class whose data it is, or in `from` of the policy where it may leave"
        required = "a basis for the transfer is required, which depends on whose data it is"
        return _reason(refused, "unknown", "subjects", "not said", required, [fix])
    named, kinds = either(jurisdictions), [basis for basis in policy.accept if basis != ADEQUACY]
    fixes = [f"a region in {named}"]
    if kinds:
        fixes.append(f"a document ({either(kinds)}) for {region.country}")
    if ADEQUACY in policy.accept:
        proof = f"a document ({either(kinds)})" if kinds else "a document of a kind that is accepted"
        fixes += [f"{proof} that shows that {wanted}" for wanted in conditions(jurisdictions, region, vocabulary)]
    required = (
        f"outside of {named} a basis for the transfer is required ({either(policy.accept) or 'none is accepted'})"
    )
    observed = _observed(Dimension.PLACE, region)
    if truth is None:
        observed, records = _seen(Dimension.PLACE, jurisdictions, region, vocabulary, truth)
        return _reason(refused, "unknown", Dimension.PLACE, observed, required, [*fixes, *records])
    return _reason(refused, "no_transfer_basis", Dimension.PLACE, observed, required, fixes)


def _reason(
    refused: Refused, code: str, dimension: Dimension | str, observed: str, required: str, fixes: Sequence[str]
) -> Reason:
    policy, via = refused.policy, refused.via
    declassify = [f"declassify the flow {via[1]} -> {via[2]}"] if via else []
    return Reason(
        code=code,
        policy=policy.id,
        activity=refused.activity.value,
        dimension=str(dimension),
        observed=observed,
        required=required,
        via=via,
        legal_ref=policy.legal_ref,
        fixable_by="; ".join((*fixes, f"a waiver of {policy.name}", *declassify)),
    )


def _required(policy: Policy, dimension: Dimension, words: Sequence[str]) -> str:
    match policy.effect:
        case Effect.ALLOW_ONLY:
            return f"only {either(words)} is allowed"
        case Effect.DENY:
            return f"{either(words)} is denied"
        case _:
            if dimension is Dimension.ATTESTATION and len(words) > 1:
                return f"{joined(words, 'and')} are required"
            return f"{either(words)} is required"


def _seen(
    dimension: Dimension, words: Sequence[str], region: Region, vocabulary: Vocabulary, truth: Truth
) -> tuple[str, list[str]]:
    """What the region is or has, and what of it should be recorded."""
    match dimension:
        case Dimension.ATTESTATION:
            return _attestations(words, region, vocabulary)
        case Dimension.PLACE:
            missing = [part for word in words for part in vocabulary.unknown_of(word, region)] if truth is None else []
            unknown = list(dict.fromkeys(missing))
            note = f", {joined(unknown, 'and')} unknown" if unknown else ""
            return f"{_place(region, note)}", [f"record the {part} of the region" for part in unknown]
        case Dimension.PROVIDER:
            return region.provider, []
        case _:
            name = _ATTRIBUTES[dimension][1]
            observed = _observed(dimension, region)
            return observed, [f"record the {name} of the region"] if observed == "unknown" else []


def _observed(dimension: Dimension, region: Region) -> str:
    if dimension is Dimension.PLACE:
        return _place(region, "")
    if dimension is Dimension.ATTESTATION:
        return either(sorted({held.scheme for held in region.attestations}))
    attribute = "provider" if dimension is Dimension.PROVIDER else _ATTRIBUTES[dimension][0]
    value: str | None = getattr(region, attribute)
    return value or "unknown"


def _place(region: Region, note: str) -> str:
    return f"{region.id} ({region.subdivision or region.country}{note})"


def _attestations(words: Sequence[str], region: Region, vocabulary: Vocabulary) -> tuple[str, list[str]]:
    said, fixes = [], []
    for scheme in words:
        match attested(scheme, region, vocabulary.as_of):
            case None:
                said.append(f"{scheme} not recorded")
                fixes.append(f"record the attestation {scheme} of the region")
            case False:
                said.append(f"{scheme} not valid on {vocabulary.as_of}")
                fixes.append(f"renew the attestation {scheme} of the region")
    return "; ".join(said), fixes
