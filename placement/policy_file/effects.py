"""Each effect has a form of its own: dimensions with words, and for some what else they need."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from placement.domain.policy import Dimension, Effect, TransferDocument
from placement.policy_file.dates import read_validity
from placement.policy_file.words import Words
from placement.written.fields import Fields, Range, among
from placement.written.nodes import Table

DOCUMENTS = ("scc", "bcr", "derogation", "assessment")
"""Bases of a transfer that are papers in the user's hands."""

BASES = ("adequacy", *DOCUMENTS)

_OTHER_NAMES = {
    "sccs": "scc",
    "standard contractual clauses": "scc",
    "bcrs": "bcr",
    "binding corporate rules": "bcr",
    "tia": "assessment",
    "consent": "derogation",
}
_ACCEPT = among(BASES, _OTHER_NAMES)
_DOCUMENT = among(DOCUMENTS, _OTHER_NAMES)

_PENALTY = "penalty_usd_per_month"

Terms: TypeAlias = tuple[tuple[Dimension, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """What an effect asks for, as in Policy."""

    terms: Terms = ()
    penalty_usd_per_month: float = 0.0
    accept: tuple[str, ...] = ()
    documents: tuple[TransferDocument, ...] = ()


def read_effect(effect: Effect, fields: Fields, words: Words) -> Asked:
    """The mapping under an effect's key."""
    with fields:
        match effect:
            case Effect.REQUIRE_COPY_IN:
                _must_have(fields, "place", "a place word or a list of them")
                return Asked(((Dimension.PLACE, words.places(fields, "place")),))
            case Effect.REQUIRE_TRANSFER_BASIS:
                return _transfer_basis(fields, words)
            case Effect.PREFER:
                terms = _terms(effect, fields, words)
                return Asked(terms, fields.number(_PENALTY, Range(0, 1e9, above=True)))
            case _:
                return Asked(_terms(effect, fields, words))


def _terms(effect: Effect, fields: Fields, words: Words) -> Terms:
    given = [dimension for dimension in Dimension if fields.given(dimension.value)]
    if isinstance(fields.node, Table) and fields.node.entries.keys() <= {_PENALTY}:
        choices = [d.value for d in Dimension if d is not Dimension.ATTESTATION or effect is Effect.REQUIRE]
        reason = f"says nothing about a region; it needs one at least of {', '.join(choices)}"
        fields.notes.on(fields.node, fields.path, reason)
    if Dimension.ATTESTATION in given and effect is not Effect.REQUIRE:
        reason = "an attestation can only be required; write require: {attestation: ...}"
        fields.flaw(Dimension.ATTESTATION.value, reason)
    return tuple((dimension, _READERS[dimension](words, fields, dimension.value)) for dimension in given)


_READERS: Mapping[Dimension, Callable[[Words, Fields, str], tuple[str, ...]]] = {
    Dimension.PLACE: Words.places,
    Dimension.PROVIDER: lambda words, fields, key: fields.words(key, complaint=words.no_provider, at_least=1),
    Dimension.PARTITION: lambda words, fields, key: fields.words(key, complaint=words.no_partition, at_least=1),
    Dimension.OPERATOR: Words.operators,
    Dimension.OPERATOR_COUNTRY: Words.countries,
    Dimension.PARENT_COUNTRY: Words.countries,
    Dimension.ATTESTATION: lambda words, fields, key: fields.words(key, at_least=1),
}


def _transfer_basis(fields: Fields, words: Words) -> Asked:
    from_places = words.places(fields, "from")
    _must_have(fields, "accept", f"a list of {', '.join(BASES)}")
    accept = fields.words("accept", complaint=_ACCEPT, at_least=1)
    documents = tuple(_document(item, words, accept) for item in fields.sections("documents"))
    return Asked(((Dimension.PLACE, from_places),) if from_places else (), accept=accept, documents=documents)


def _document(fields: Fields, words: Words, accept: tuple[str, ...]) -> TransferDocument:
    with fields:
        basis = fields.text("basis", _DOCUMENT)
        _must_have(fields, "to", "a place word or a list of them")
        to = words.places(fields, "to")
        reference = fields.text("reference")
        since, until = read_validity(fields)
    node = fields.node_of("basis")
    if basis and basis not in accept and node is not None:
        reason = f"has no effect: the policy accepts {', '.join(accept) or 'nothing'}, but not {basis}"
        words.warn(node, (*fields.path, "basis"), reason)
    return TransferDocument(basis, to, reference, since, until)


def _must_have(fields: Fields, key: str, wanted: str) -> None:
    if not fields.given(key) and isinstance(fields.node, Table):
        fields.notes.on(fields.node, (*fields.path, key), f"is missing; it must be {wanted}")
