"""Personal data may leave the places whose law protects them only on a basis: adequacy, or a document of the user.

A region is admitted if it lies in the `from` places of a policy; or if adequacy is accepted and the law of each of them
finds the region's country adequate; or if a valid document of an accepted kind covers the region. Where a policy names
no `from`, each jurisdiction of the data's subjects must be satisfied, and data whose subjects are not said need a
document.

A decision of adequacy that depends on the importer is no basis by itself: the user proves the rest by a document.
"""

from collections.abc import Iterator, Sequence

from placement.domain.policy import Dimension, Policy
from placement.domain.region import Region
from placement.residency.adequacy import Adequacy, adequate
from placement.residency.matching import all_hold
from placement.residency.truth import Truth, all_of, any_of
from placement.residency.validity import in_force
from placement.residency.vocabulary import Vocabulary

ADEQUACY = "adequacy"
"""In `accept`, beside the kinds of documents."""

NOT_SAID = ""
"""The jurisdiction of data whose subjects are not said."""


def origins_of(policy: Policy) -> tuple[str, ...]:
    """The `from` places of the policy; empty where the subjects of the data count."""
    return next((words for dimension, words in policy.terms if dimension is Dimension.PLACE), ())


def has_basis(policy: Policy, jurisdiction: str, region: Region, vocabulary: Vocabulary) -> Truth:
    """Whether data of one jurisdiction may lie in the region, under a policy without `from`."""
    if jurisdiction == NOT_SAID:
        return True if documented(policy, region, vocabulary) else None
    return any_of(
        (
            vocabulary.covers(jurisdiction, region),
            ADEQUACY in policy.accept and is_adequate(jurisdiction, region, vocabulary),
            documented(policy, region, vocabulary),
        )
    )


def has_basis_from(policy: Policy, region: Region, vocabulary: Vocabulary) -> Truth:
    """Whether data of the policy's `from` places may lie in the region."""
    return any_of(
        (
            all_hold(policy.terms, region, vocabulary),
            ADEQUACY in policy.accept
            and all_of(is_adequate(origin, region, vocabulary) for origin in origins_of(policy)),
            documented(policy, region, vocabulary),
        )
    )


def documented(policy: Policy, region: Region, vocabulary: Vocabulary) -> Truth:
    """Whether a valid document of an accepted kind covers the region."""
    return any_of(
        vocabulary.covers(word, region)
        for document in policy.documents
        if document.basis in policy.accept and in_force(document, vocabulary.as_of)
        for word in document.to
    )


def is_adequate(jurisdiction: str, region: Region, vocabulary: Vocabulary) -> Truth:
    """Whether all of the jurisdiction finds the region's country adequate without conditions, or is the region's."""
    codes = vocabulary.codes(jurisdiction)
    if not codes:
        return False
    return all_of(
        any_of(
            (
                vocabulary.covers(code, region),
                any(not decision.conditions for decision in _decisions(code, region, vocabulary)),
            )
        )
        for code in codes
    )


def conditions(jurisdictions: Sequence[str], region: Region, vocabulary: Vocabulary) -> tuple[str, ...]:
    """What would have to be true of the importer for the decisions that cover the region on conditions."""
    found = {
        decision.conditions
        for jurisdiction in jurisdictions
        for code in vocabulary.codes(jurisdiction) or ()
        for decision in _decisions(code, region, vocabulary)
    }
    return tuple(sorted(filter(None, found)))


def _decisions(code: str, region: Region, vocabulary: Vocabulary) -> Iterator[Adequacy]:
    yield from adequate(code, region.country, vocabulary.as_of)
