"""Each mistake is told once, with its line, its column, its key, and words that help."""

import pytest

from tests.policy_file.texts import CLASSES, DENY, POLICY, assert_only, flaws_of

IN_THE_DOCUMENT = [
    ("- a\n", 1, 1, "", "must be a mapping of classes, policies, guardrails, waivers, groups, but is a list"),
    ("", None, None, "", "the document is empty; a policy file has the keys classes, policies, guardrails"),
    (CLASSES + "policy: []\n", 2, 1, "policy", "unknown key, allowed are classes, policies"),
    (CLASSES + "polices: []\n", 2, 1, "polices", "did you mean 'policies'?"),
    (CLASSES + "classes: {}\n", 2, 1, "classes", "this key stands here twice, first in line 1"),
    ("classes: [a]\n", 1, 10, "classes", "must be a mapping of names to {sensitivity, categories, subjects}, but is a"),
    ("classes:\n", 1, 1, "classes", "but is empty; leave it out if there is none"),
    ("groups: 5\n", 1, 9, "groups", "must be a mapping of names, each to a list of place words"),
    ("policies: {a: 1}\n", 1, 11, "policies", "must be a list, but is a mapping"),
    ("policies: [5]\n", 1, 12, "policies[0]", "must be a mapping of name, version, when, allow_only, deny, require"),
    ("guardrails: x\n", 1, 13, "guardrails", "must be a list, but is the text 'x'"),
    ("guardrails: [x]\n", 1, 14, "guardrails[0]", "must be a mapping of name, version, when, expression, message"),
    ("waivers:\n", 1, 1, "waivers", "must be a list, but is empty"),
    ("waivers: [x]\n", 1, 11, "waivers[0]", "must be a mapping of policy, workload, by, ticket, expires"),
]

IN_A_CLASS = [
    ("pii: ", 11, "pii", "must be a mapping of sensitivity, categories, subjects, but is empty"),
    ("pii: [a]", 16, "pii", "must be a mapping of sensitivity, categories, subjects, but is a list"),
    ("5: {}", 11, "", "a key must be text, but here it is the number 5; put it in quotes"),
    ("'': {}", 11, "", "must be a text, but there is nothing in it"),
    ("' a': {}", 11, " a", "the name ' a' has white space around it"),
    ('"a\\tb": {}', 11, "a\tb", "must be one line of text without control characters"),
    ("pii: {sensitive: restricted}", 17, "pii.sensitive", "did you mean 'sensitivity'?"),
    (
        "pii: {sensitivity: secret}",
        30,
        "pii.sensitivity",
        "public, internal, confidential or restricted, but is 'secret'",
    ),
    ("pii: {sensitivity: secret}", 30, "pii.sensitivity", "did you mean 'restricted'?"),
    ("pii: {sensitivity: 3}", 30, "pii.sensitivity", "must be a text, but is the number 3"),
    ("pii: {sensitivity: }", 17, "pii.sensitivity", "must be a text, but is empty"),
    ("pii: {categories: {a: b}}", 29, "pii.categories", "must be a list of texts, but is a mapping"),
    ("pii: {categories: [a, a]}", 33, "pii.categories[1]", "'a' stands in this list twice"),
    (
        "pii: {subjects: [DE, ue]}",
        32,
        "pii.subjects[1]",
        "'ue' is no country: use an ISO 3166 code (DE) or a group (EU",
    ),
    ("pii: {subjects: [germany]}", 28, "pii.subjects[0]", "did you mean 'DE'?"),
    ("pii: {subjects: europe}", 27, "pii.subjects", "'europe' is no country"),
    ("pii: {subjects: []}", 27, "pii.subjects", "needs 1 at least, but has 0"),
]


GUARDRAIL = "guardrails: [{name: g, version: 1, when: {}, %s}]\n"
IN_A_GUARDRAIL = [
    ("expression: 'true'", 14, "message", "is missing; it must be a text"),
    ("message: m", 14, "expression", "is missing; it must be a CEL expression that is true of what is good"),
    (
        "message: m, expression: true",
        70,
        "expression",
        "must be a CEL expression in a text, but is true; put it in quotes",
    ),
    ("message: m, expression: [a]", 70, "expression", "must be a CEL expression in a text, but is a list"),
    ("message: m, expression: ", 58, "expression", "must be a CEL expression, but is empty"),
    ("message: m, expression: '  '", 70, "expression", "there is nothing in it"),
    ('message: m, expression: "a\\ab"', 70, "expression", "must be text without control characters"),
    (f"message: m, expression: {'a' * 10_001}", 70, "expression", "has 10001 characters, 10000 at most are allowed"),
    ("message: m, expression: 'workload.replicas >'", 70, "expression", "this is no CEL expression: "),
    (
        "message: m, expression: 'true', effect: deny",
        78,
        "effect",
        "unknown key, allowed are name, version, when, expr",
    ),
]

WAIVER = "waivers: [{%s}]\n"
IN_A_WAIVER = [
    (
        "policy: q, workload: w, by: b, ticket: t, expires: 2027-01-01",
        20,
        "policy",
        "there is no policy or guardrail 'q'",
    ),
    ("policy: pp, workload: w, by: b, ticket: t, expires: 2027-01-01", 20, "policy", "did you mean 'p'?"),
    ("workload: w, by: b, ticket: t, expires: 2027-01-01", 11, "policy", "is missing; it must be a text"),
    ("policy: p, by: b, ticket: t, expires: 2027-01-01", 11, "workload", "is missing; it must be a text"),
    ("policy: p, workload: w, ticket: t, expires: 2027-01-01", 11, "by", "is missing; it must be a text"),
    ("policy: p, workload: w, by: b, expires: 2027-01-01", 11, "ticket", "is missing; it must be a text"),
    (
        "policy: p, workload: w, by: b, ticket: t",
        11,
        "expires",
        "is missing; it must be a date such as 2027-01-31, the last",
    ),
    ("policy: p, workload: w, by: b, ticket: t, expires: ", 11, "expires", "is missing; it must be a date such as"),
    (
        "policy: p, workload: w, by: b, ticket: t, expires: never",
        63,
        "expires",
        "must be a date such as 2027-01-31, but",
    ),
    (
        "policy: p, workload: w, by: b, ticket: t, expires: 2027-01-01, until: x",
        75,
        "until",
        "unknown key, allowed are",
    ),
    (
        "policy: p, workload: [w], by: b, ticket: t, expires: 2027-01-01",
        33,
        "workload",
        "must be a text, but is a list",
    ),
]

IN_GROUPS = [
    ("eu: [DE]", 10, "eu", "'eu' is a group that is known already; choose another name, such as our-eu"),
    ("Europe: [DE]", 10, "Europe", "'Europe' is a continent; choose another name, such as our-europe"),
    ("DE: [FR]", 10, "DE", "'DE' is the code of a country; choose another name, such as our-de"),
    ("de: [FR]", 10, "de", "'de' is the code of a country"),
    ("ca-qc: [FR]", 10, "ca-qc", "'ca-qc' is the code of a part of a country"),
    ("aws: [FR]", 10, "aws", "'aws' is a provider; choose another name, such as our-aws"),
    ("aws-us-gov: [FR]", 10, "aws-us-gov", "'aws-us-gov' is a partition"),
    ("'aws:eu': [FR]", 10, "aws:eu", "'aws:eu' reads as a pattern of regions; use letters, digits and hyphens"),
    ("'g*': [FR]", 10, "g*", "'g*' reads as a pattern of regions"),
    (
        "our: ",
        10,
        "our",
        "must be a list of place words, other groups, or mappings of place, valid_from, valid_to, but is empt",
    ),
    ("our: {place: DE}", 15, "our", "must be a list of place words, other groups, or mappings"),
    ("our: []", 15, "our", "needs 1 at least, but has 0"),
    (
        "our: [5]",
        16,
        "our[0]",
        "must be a place word, another group, or a mapping of place, valid_from, valid_to; put it in quot",
    ),
    ("our: [[DE]]", 16, "our[0]", "must be a place word, another group, or a mapping of place"),
    ("our: [uk]", 16, "our[0]", "did you mean 'GB'?"),
    ("our: [DE, DE]", 20, "our[1]", "'DE' stands in this list twice"),
    ("our: [eu, EU]", 20, "our[1]", "'EU' stands in this list twice"),
    ("our: [{valid_from: 2026-01-01}]", 16, "our[0].place", "is missing; it must be a place word or another group"),
    ("our: [{place: uk}]", 24, "our[0].place", "did you mean 'GB'?"),
    (
        "our: [{place: GB, until: 2020-01-31}]",
        28,
        "our[0].until",
        "unknown key, allowed are place, valid_from, valid_to",
    ),
    ("our: [{place: GB, valid_from: x}]", 40, "our[0].valid_from", "must be a date such as 2027-01-31"),
    ("our: [{place: GB, valid_from: 2026-01-01, valid_to: 2025-01-01}]", 62, "our[0].valid_to", "before it begins on"),
    ("our: [DE, our]", 20, "our[1]", "leads back to the group 'our': our > our; leave one of these members out"),
    ("a: b, b: [DE, c], c: [{place: a}]", 32, "c[0]", "leads back to the group 'a': a > b > c > a; leave one of these"),
    ("ours: [DE], Ours: [FR]", 22, "Ours", "differs from 'ours' in a.yaml:1:10 in upper and lower case only; choose"),
    ("ours: [DE], theirs: [our]", 31, "theirs[0]", "did you mean 'ours'?"),
]


@pytest.mark.parametrize(("text", "line", "column", "key", "words"), IN_THE_DOCUMENT)
def test_a_mistake_in_the_document_is_told(
    text: str, line: int | None, column: int | None, key: str, words: str
) -> None:
    assert_only(text, line, column, key, words)


@pytest.mark.parametrize(("text", "column", "key", "words"), IN_A_CLASS)
def test_a_mistake_in_a_class_is_told(text: str, column: int, key: str, words: str) -> None:
    assert_only(f"classes: {{{text}}}\n", 1, column, f"classes.{key}" if key else "classes", words)


@pytest.mark.parametrize(("rest", "column", "key", "words"), IN_A_GUARDRAIL)
def test_a_mistake_in_a_guardrail_is_told(rest: str, column: int, key: str, words: str) -> None:
    assert_only(GUARDRAIL % rest, 1, column, f"guardrails[0].{key}", words)


@pytest.mark.parametrize(("waiver", "column", "key", "words"), IN_A_WAIVER)
def test_a_mistake_in_a_waiver_is_told(waiver: str, column: int, key: str, words: str) -> None:
    assert_only(DENY + WAIVER % waiver, 7, column, f"waivers[0].{key}", words)


@pytest.mark.parametrize(("groups", "column", "key", "words"), IN_GROUPS)
def test_a_mistake_in_a_group_is_told(groups: str, column: int, key: str, words: str) -> None:
    assert_only(f"groups: {{{groups}}}\n", 1, column, f"groups.{key}", words)


def test_a_policy_and_a_guardrail_need_different_names() -> None:
    text = DENY + "guardrails: [{name: p, version: 1, when: {}, expression: 'true', message: m}]\n"
    reason = "stands for p@1 here and for p@1 in a.yaml:3:9; keep one, a set has each name once"
    assert_only(text, 7, 21, "guardrails[0].name", reason)


def test_a_name_in_two_versions_is_told_with_both() -> None:
    text = DENY + "- {name: p, version: 2, when: {}, deny: {place: US}}\n"
    reason = "stands for p@2 here and for p@1 in a.yaml:3:9; keep one, a set has each name once"
    assert_only(text, 7, 10, "policies[1].name", reason)


@pytest.mark.parametrize(
    ("policy", "column", "key"),
    [
        ("deny: {parent_country: far}", 26, "policies[0].deny.parent_country"),
        ("deny: {operator_country: [US, far]}", 33, "policies[0].deny.operator_country[1]"),
    ],
)
def test_a_group_of_regions_is_no_group_of_countries(policy: str, column: int, key: str) -> None:
    groups = "groups: {far: [DE, farther], farther: [FR, 'aws:us-*']}\n"
    reason = "the group 'far' has 'aws:us-*' as a member, which is no country"
    assert_only(f"{POLICY}  {policy}\n{groups}", 6, column, key, reason)


def test_the_people_of_a_group_of_regions_are_nobody() -> None:
    groups = "groups: {parts: [CA-QC, DE], far: ['aws:us-*']}\n"
    assert_only(f"{groups}classes: {{c: {{subjects: [parts, far]}}}}\n", 2, 33, "classes.c.subjects[1]", "no country")
    text = groups + DENY.replace("when: {}", "when: {subjects: far}")
    assert_only(text, 6, 20, "policies[0].when.subjects", "the group 'far' has 'aws:us-*' as a member")
    guardrail = (GUARDRAIL % "expression: 'true', message: m").replace("when: {}", "when: {subjects: far}")
    assert_only(groups + guardrail, 2, 53, "guardrails[0].when.subjects", "the group 'far' has")


def test_all_mistakes_are_told_at_once_in_the_order_of_the_text() -> None:
    text = (
        "policies:\n- {name: a, version: x, when: {sensitivity: odd}, deny: {place: [uk, US, ax]}}\n- {name: a}\n"
        "waivers:\n- {policy: b, workload: w, by: me, ticket: 7, expires: never}\ngroups: {us: [DE]}\nclass: {}\n"
    )
    assert [(flaw.line, flaw.key) for flaw in flaws_of(text)] == [
        (2, "policies[0].version"),
        (2, "policies[0].when.sensitivity"),
        (2, "policies[0].deny.place[0]"),
        (2, "policies[0].deny.place[2]"),
        (3, "policies[1].version"),
        (3, "policies[1].when"),
        (3, "policies[1]"),
        (3, "policies[1].name"),
        (5, "waivers[0].policy"),
        (5, "waivers[0].ticket"),
        (5, "waivers[0].expires"),
        (6, "groups.us"),
        (7, "class"),
    ]


def test_each_way_back_of_groups_within_groups_is_told_once() -> None:
    flaws = flaws_of("groups:\n  a: [b, c]\n  b: [a]\n  c: [DE, c, b]\n  d: [a, b]\n")
    assert [(flaw.line, flaw.column, flaw.key) for flaw in flaws] == [(3, 7, "groups.b[0]"), (4, 11, "groups.c[1]")]


def test_a_group_that_stands_in_many_is_no_cycle() -> None:
    assert flaws_of("groups: {a: [b, c], b: [d], c: [d, b], d: [DE]}\n") == ()


def test_of_hundreds_of_ways_back_a_hundred_are_told() -> None:
    members = ", ".join(f"g{n}" for n in range(30))
    assert len(flaws_of("".join(f"{'groups:' if n == 0 else ''}\n  g{n}: [{members}]" for n in range(30)))) == 100


def test_a_long_way_back_is_shortened() -> None:
    groups = ", ".join(f"g{n}: g{(n + 1) % 3000}" for n in range(3000))
    (flaw,) = flaws_of(f"groups: {{{groups}}}\n")
    assert "g0 > g1 > g2 > g3 > g4 > g5 > ... > g0; leave" in flaw.reason
