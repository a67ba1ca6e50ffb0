"""`when` selects: of a list any, of the keys all, and nothing at all means everything."""

from typing import cast

from placement.domain.policy import SENSITIVITIES, Selector, Sensitivity
from placement.policy_file.names import named
from placement.policy_file.words import Words
from placement.written.fields import Fields, among

WHEN = "a mapping of what it is about, {} for everything"

_SENSITIVITY = among(
    SENSITIVITIES,
    {"secret": "restricted", "sensitive": "confidential", "private": "confidential", "open": "public"},
)


def read_selector(fields: Fields, words: Words) -> Selector:
    """`when`, in the order in which it was written."""
    with fields:
        return Selector(
            classification=fields.words("classification", complaint=words.no_class, at_least=1),
            categories=fields.words("categories", at_least=1),
            subjects=words.subjects(fields, "subjects"),
            sensitivity=read_sensitivity(fields),
            labels=_labels(fields),
            names=fields.words("workloads", at_least=1),
        )


def read_sensitivity(fields: Fields) -> Sensitivity | None:
    """`sensitivity`, None where it is left out."""
    word = fields.text("sensitivity", _SENSITIVITY, "")
    return cast(Sensitivity, word) if word else None


def _labels(fields: Fields) -> tuple[tuple[str, tuple[str, ...]], ...]:
    found = named(fields, "labels", "a mapping of labels to values")
    values = Fields(fields.notes, fields.node_of("labels"), (*fields.path, "labels"))
    return tuple((each.name, values.words(each.name, at_least=1)) for each in found)
