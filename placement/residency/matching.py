"""A region has what a dimension's words ask for, has it not, or does not tell: of a list any, of attestations all."""

from collections.abc import Sequence
from datetime import date
from fnmatch import fnmatchcase

from placement.domain.policy import Dimension
from placement.domain.region import Region
from placement.residency.truth import Truth, all_of, any_of
from placement.residency.vocabulary import Vocabulary

Terms = tuple[tuple[Dimension, tuple[str, ...]], ...]


def holds(dimension: Dimension, words: Sequence[str], region: Region, vocabulary: Vocabulary) -> Truth:
    """Whether the region has what these words ask for."""
    parts = [word_holds(dimension, word, region, vocabulary) for word in words]
    return all_of(parts) if dimension is Dimension.ATTESTATION else any_of(parts)


def all_hold(terms: Terms, region: Region, vocabulary: Vocabulary) -> Truth:
    """Whether the region has what all the dimensions ask for."""
    return all_of(holds(dimension, words, region, vocabulary) for dimension, words in terms)


def word_holds(dimension: Dimension, word: str, region: Region, vocabulary: Vocabulary) -> Truth:
    """The same for one word."""
    match dimension:
        case Dimension.PLACE:
            return vocabulary.covers(word, region)
        case Dimension.PROVIDER:
            return fnmatchcase(region.provider, word)
        case Dimension.PARTITION:
            return None if region.partition is None else fnmatchcase(region.partition, word)
        case Dimension.OPERATOR:
            # A company is the same however it spells its name.
            return None if region.operator is None else fnmatchcase(region.operator.casefold(), word.casefold())
        case Dimension.OPERATOR_COUNTRY:
            return vocabulary.country_is(word, region.operator_country)
        case Dimension.PARENT_COUNTRY:
            return vocabulary.country_is(word, region.parent_country)
        case Dimension.ATTESTATION:
            return attested(word, region, vocabulary.as_of)


def attested(scheme: str, region: Region, as_of: date) -> Truth:
    """Whether an attestation is valid on the day; unknown where none was ever recorded."""
    recorded = [held for held in region.attestations if held.scheme.casefold() == scheme.casefold()]
    if not recorded:
        return None
    return any(held.valid_from <= as_of and (held.valid_to is None or as_of <= held.valid_to) for held in recorded)
