"""Which workloads and datasets a policy is about."""

from typing import Any

import pytest

from placement.domain.policy import GroupMember, PolicySet, Selector
from tests.residency.judging import VIRGINIA, allow_only, code, orders, policies, web


def is_about(selector: Selector, demand: Any, **overrides: Any) -> bool:
    return code(policies(allow_only("EU", when=selector), **overrides), VIRGINIA, demand) == "not_allowed"


@pytest.mark.parametrize(
    ("selector", "classes", "about"),
    [
        (Selector(), (), True),
        (Selector(classification=("pii", "cards")), ("cards",), True),
        (Selector(classification=("pii", "cards")), ("logs",), False),
        (Selector(classification=("pii",)), (), False),
        (Selector(categories=("pci", "phi")), ("cards",), True),
        (Selector(categories=("phi",)), ("cards", "pii"), False),
        (Selector(subjects=("EU",)), ("pii",), True),
        (Selector(subjects=("EU",)), ("pii-de",), True),
        (Selector(subjects=("DE",)), ("pii",), True),
        (Selector(subjects=("EU",)), ("pii-no", "cards"), False),
        (Selector(subjects=("CA",)), ("pii-qc",), True),
        (Selector(sensitivity="confidential"), ("pii",), True),
        (Selector(sensitivity="confidential"), ("logs", "cards"), True),
        (Selector(sensitivity="restricted"), ("pii",), False),
        (Selector(sensitivity="public"), ("logs",), True),
        (Selector(sensitivity="public"), (), False),
        (Selector(categories=("pii",), subjects=("BR",)), ("pii-br",), True),
        (Selector(categories=("pci",), subjects=("BR",)), ("pii-br",), False),
        (Selector(categories=("pci",), subjects=("BR",)), ("pii-br", "cards"), True),
    ],
)
def test_classes_pick(selector: Selector, classes: tuple[str, ...], about: bool) -> None:
    assert is_about(selector, web(*classes)) is about


@pytest.mark.parametrize(
    ("asked", "about"),
    [
        ((("team", ("web", "data")),), True),
        ((("team", ("data",)),), False),
        ((("team", ("web",)), ("tier", ("gold",))), True),
        ((("team", ("web",)), ("tier", ("tin",))), False),
        ((("owner", ("web",)),), False),
    ],
)
def test_labels_pick_by_all_keys_and_any_of_their_values(asked: Any, about: bool) -> None:
    assert is_about(Selector(labels=asked), web(labels=(("team", "web"), ("tier", "gold")))) is about


def test_a_dataset_has_no_labels() -> None:
    assert not is_about(Selector(labels=(("team", ("web",)),)), orders("pii"))


@pytest.mark.parametrize(
    ("names", "about"),
    [
        (("web",), True),
        (("we",), False),
        (("web*",), True),
        (("*",), True),
        (("w?b", "x"), True),
        (("[a-v]*",), False),
        (("ads", "*eb"), True),
        (("WEB",), False),
    ],
)
def test_names_are_globs(names: tuple[str, ...], about: bool) -> None:
    assert is_about(Selector(names=names), web()) is about


def test_all_that_is_given_must_fit() -> None:
    selector = Selector(classification=("pii",), names=("web",), labels=(("team", ("web",)),))
    assert is_about(selector, web("pii", labels=(("team", "web"),)))
    assert not is_about(selector, web("pii"))
    assert not is_about(selector, web("logs", labels=(("team", "web"),)))


@pytest.mark.parametrize(
    "selector",
    [
        Selector(sensitivity="restricted"),
        Selector(categories=("pii",)),
        Selector(subjects=("JP",)),
        Selector(classification=("mystery",)),
    ],
)
def test_a_class_that_nobody_defined_may_be_anything(selector: Selector) -> None:
    assert is_about(selector, web("mystery"))


def test_a_class_that_nobody_defined_is_no_other_class() -> None:
    assert not is_about(Selector(classification=("pii",)), web("mystery"))


def test_whose_data_it_is_may_be_a_group_of_ones_own() -> None:
    groups = (("nordics", (GroupMember("NO"), GroupMember("SE"))),)
    assert is_about(Selector(subjects=("nordics",)), web("pii"), groups=groups)
    assert is_about(Selector(subjects=("nordics",)), web("pii-no"), groups=groups)
    assert not is_about(Selector(subjects=("nordics",)), web("pii-de"), groups=groups)


def test_without_policies_classes_mean_nothing() -> None:
    assert code(PolicySet(), VIRGINIA, web("mystery")) == ""
