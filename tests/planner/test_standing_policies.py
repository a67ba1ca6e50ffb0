"""Policies hold for a cluster because they are stored, or because it names them."""

import pytest

from placement.domain.errors import BadPolicies, UnknownDocument
from placement.planner.stored_policies import standing_policies
from placement.store.documents import StoredDocument
from tests.store.market import NOON


def stored(name: str, policy: str) -> StoredDocument:
    content = f'{{"policies": [{{"name": "{policy}", "version": 1, "when": {{}}, "deny": {{"place": ["US"]}}}}]}}'
    return StoredDocument("policy", name, 1, NOON, "test", content)


STORED = (stored("iso", "p1"), stored("gdpr", "p2"))


def test_all_that_are_stored_hold_unless_some_are_named() -> None:
    every = standing_policies(STORED, (), NOON.date())
    assert {policy.name for policy in every.document.policies.policies} == {"p1", "p2"}
    assert every.revisions == (("gdpr", 1), ("iso", 1))
    one = standing_policies(STORED, ("iso",), NOON.date())
    assert {policy.name for policy in one.document.policies.policies} == {"p1"}


def test_without_any_there_are_no_rules() -> None:
    assert standing_policies((), (), NOON.date()).document.policies.policies == ()


def test_a_name_that_is_not_stored_is_told() -> None:
    with pytest.raises(UnknownDocument, match=r"^no policies are stored as 'gdprr'; did you mean 'gdpr'\?$"):
        standing_policies(STORED, ("gdprr",), NOON.date())


def test_files_that_contradict_each_other_are_told() -> None:
    with pytest.raises(BadPolicies, match="stands for p1@1 here"):
        standing_policies((*STORED, stored("again", "p1")), (), NOON.date())
