"""Files that are read together are one set: what one defines the others may use, and nothing is said twice."""

from pathlib import Path

import pytest

from placement.domain.errors import BadPolicies
from placement.policy_file import read_policies
from tests.policy_file.texts import CLASSES, DENY, DESIGN, EVERYTHING, POLICY, TODAY, flaws_of, read

GDPR = "policies: [{name: gdpr, version: 1, when: {classification: pii-eu}, allow_only: {place: ours}}]\n"
GROUPS = "groups: {ours: [EEA, {place: CH, valid_from: 2000-07-26}]}\n"
WAIVERS = "waivers: [{policy: gdpr, workload: w, by: me, ticket: T-1, expires: 2027-01-01}]\n"


def told(*texts: str) -> list[str]:
    return list(map(str, flaws_of(*texts)))


def test_what_one_file_defines_the_others_may_use_in_any_order() -> None:
    together = read(CLASSES + GROUPS + GDPR + WAIVERS).policies
    assert read(WAIVERS, GDPR, GROUPS, CLASSES).policies == together
    assert read(CLASSES, GROUPS, GDPR, WAIVERS).policies == together


def test_what_no_file_defines_is_told_in_each() -> None:
    assert [flaw.split(" ", 1)[0] for flaw in told(GDPR, WAIVERS.replace("gdpr", "gdrp"))] == [
        "a.yaml:1:60:",
        "a.yaml:1:89:",
        "b.yaml:1:20:",
    ]
    assert "did you mean 'gdpr'?" in told(CLASSES + GROUPS + GDPR, WAIVERS.replace("gdpr", "gdrp"))[0]


@pytest.mark.parametrize("version", [1, 2])
def test_a_policy_that_stands_in_two_files_is_told_with_both_places(version: int) -> None:
    assert told(DENY, DENY.replace("version: 1", f"version: {version}")) == [
        f"b.yaml:3:9: policies[0].name: stands for p@{version} here and for p@1 in a.yaml:3:9; "
        "keep one, a set has each name once"
    ]


def test_a_class_may_stand_in_two_files_if_it_is_the_same() -> None:
    other = "classes:\n  pii-eu: {subjects: [eu], categories: [pii], sensitivity: restricted}\n"
    assert read(CLASSES, other).policies == read(CLASSES).policies
    assert told(CLASSES, other.replace("restricted", "public")) == [
        "b.yaml:2:3: classes.pii-eu: the class 'pii-eu' means something else in a.yaml:1:11; "
        "make them alike or keep one"
    ]


def test_a_group_may_stand_in_two_files_if_it_is_the_same() -> None:
    other = "groups:\n  ours: [{place: CH, valid_from: 2000-07-26}, eea]\n"
    assert read(GROUPS, other).policies == read(GROUPS).policies
    assert told(GROUPS, other.replace("CH", "GB")) == [
        "b.yaml:2:3: groups.ours: the group 'ours' means something else in a.yaml:1:10; make them alike or keep one"
    ]


def test_a_waiver_that_stands_in_two_files_is_one() -> None:
    assert len(read(CLASSES + GROUPS + GDPR, WAIVERS, WAIVERS).policies.waivers) == 1


def test_groups_that_lead_back_over_several_files_are_told() -> None:
    assert told("groups: {a: [DE, b]}\n", "groups: {b: c}\n", "groups: {c: [a]}\n") == [
        "c.yaml:1:14: groups.c[0]: leads back to the group 'a': a > b > c > a; leave one of these members out"
    ]


def test_groups_that_differ_in_letters_only_are_told_over_several_files() -> None:
    assert told("groups: {ours: [DE]}\n", "groups: {OURS: [DE]}\n") == [
        "b.yaml:1:10: groups.OURS: differs from 'ours' in a.yaml:1:10 in upper and lower case only; choose another name"
    ]


def test_flaws_come_file_by_file() -> None:
    assert [flaw.split(" ", 1)[0] for flaw in told(f"\n\n{POLICY}", "policy: 1\n", "classes: 1\n")] == [
        "a.yaml:5:3:",
        "b.yaml:1:1:",
        "c.yaml:1:10:",
    ]


def test_a_text_that_cannot_be_read_is_told_without_what_follows_from_it() -> None:
    assert told(GDPR, CLASSES + "  x\n", "a: [") == [
        *told(CLASSES + "  x\n")[0].replace("a.yaml", "b.yaml").splitlines(),
        *told("a: [")[0].replace("a.yaml", "c.yaml").splitlines(),
    ]


def test_all_files_that_are_missing_are_told(tmp_path: Path) -> None:
    (tmp_path / "here.yaml").write_text(DESIGN, encoding="utf-8")
    (tmp_path / "latin.yaml").write_bytes("# \xe9\nclasses: {}\n".encode("latin-1"))
    with pytest.raises(BadPolicies) as refusal:
        read_policies([tmp_path / name for name in ("one.yaml", "here.yaml", "latin.yaml", "")], TODAY)
    first, second, third = str(refusal.value).splitlines()
    assert first == f"{tmp_path / 'one.yaml'}: there is no such file"
    assert second == f"{tmp_path / 'latin.yaml'}:1: this is not UTF-8 text: byte 2 is 0xE9"
    assert third.startswith(f"{tmp_path}: this file cannot be read: ")


def test_of_a_flood_of_flaws_the_first_are_told() -> None:
    lines = "".join(f"- {{name: p{n}, version: 1, when: {{}}}}\n" for n in range(700))
    flaws = flaws_of("policies:\n" + lines, "policies:\n" + lines.replace("name: p", "name: q"))
    assert len(flaws) == 1001
    assert flaws[700].source == "b.yaml"
    assert str(flaws[-1]) == "b.yaml: and 400 more like these"


def test_warnings_come_file_by_file() -> None:
    old = EVERYTHING.replace("expires: 2027-01-31", "expires: 2026-01-31")
    more = "policies: [{name: q, version: 1, when: {categories: [pci]}, deny: {place: 'gpc:*'}}]\n"
    assert [warning.split(" ", 1)[0] for warning in read(old, more).warnings] == [
        "a.yaml:48:69:",
        "b.yaml:1:54:",
        "b.yaml:1:75:",
    ]
