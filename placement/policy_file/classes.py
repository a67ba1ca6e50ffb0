"""A class of data has a sensitivity, categories, and subjects: whose data it is."""

from placement.domain.policy import DataClass
from placement.policy_file.names import named
from placement.policy_file.selector import read_sensitivity
from placement.policy_file.words import Words
from placement.written.fields import Fields


def read_classes(fields: Fields, words: Words) -> tuple[DataClass, ...]:
    """`classes`, in the order in which they were written."""
    found = named(fields, "classes", "a mapping of names to {sensitivity, categories, subjects}")
    return tuple(_data_class(each.name, Fields(fields.notes, each.value, each.path), words) for each in found)


def _data_class(name: str, fields: Fields, words: Words) -> DataClass:
    with fields:
        return DataClass(
            name=name,
            sensitivity=read_sensitivity(fields) or DataClass(name).sensitivity,
            categories=fields.words("categories"),
            subjects=words.subjects(fields, "subjects"),
        )
