"""Each mistake is told once, with its line, its column, its key, and words that help."""

import pytest

from tests.policy_file.texts import CLASSES, DENY, POLICY, flaws_of

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

IN_A_POLICY = [
    (
        "",
        3,
        3,
        "",
        "has no effect; it needs one of allow_only, deny, require, require_copy_in, require_transfer_basis, pre",
    ),
    ("alow_only: {place: EU}", 6, 3, "alow_only", "did you mean 'allow_only'?"),
    (
        "deny: {place: US}\n  require: {place: EU}",
        7,
        3,
        "require",
        "a policy has one effect, but here are deny and requ",
    ),
    ("deny: {place: US}\n  id: 7", 7, 3, "id", "unknown key, allowed are name, version, when, allow_only"),
    ("deny: {place: US}\n  actvities: [compute]", 7, 3, "actvities", "did you mean 'activities'?"),
    (
        "deny:",
        6,
        3,
        "deny",
        "must be a mapping of place, provider, partition, operator, operator_country, parent_country",
    ),
    ("deny: US", 6, 9, "deny", "must be a mapping of place, provider"),
    (
        "deny: {}",
        6,
        9,
        "deny",
        "says nothing about a region; it needs one at least of place, provider, partition, operator,",
    ),
    ("deny: {country: US}", 6, 10, "deny.country", "unknown key, allowed are place, provider, partition"),
    ("deny: {parent: US}", 6, 10, "deny.parent", "did you mean 'parent_country'?"),
    ("deny: {place: []}", 6, 17, "deny.place", "needs 1 at least, but has 0"),
    ("deny: {place: {a: b}}", 6, 17, "deny.place", "must be a list of texts, but is a mapping"),
    ("deny: {place: }", 6, 10, "deny.place", "must be a list of texts, but is empty"),
    ("deny: {place: [US, 5]}", 6, 22, "deny.place[1]", "must be a text, but is the number 5; put it in quotes"),
    ("deny: {place: [US, US]}", 6, 22, "deny.place[1]", "'US' stands in this list twice"),
    (
        "deny: {place: [US, uk]}",
        6,
        22,
        "deny.place[1]",
        "'uk' is no place: use a provider (aws, azure, gcp, onprem), pro",
    ),
    ("deny: {place: [US, uk]}", 6, 22, "deny.place[1]", "did you mean 'GB'?"),
    ("deny: {place: UUA}", 6, 17, "deny.place", "'UUA' is no place"),
    ("deny: {place: us}", 6, 17, "deny.place", "did you mean 'US'?"),
    ("deny: {place: ca-qc}", 6, 17, "deny.place", "did you mean 'CA-QC'?"),
    ("deny: {place: asw}", 6, 17, "deny.place", "did you mean 'aws'?"),
    ("deny: {place: hetzner}", 6, 17, "deny.place", "'hetzner' is no place"),
    ("deny: {place: eurpe}", 6, 17, "deny.place", "did you mean 'europe'?"),
    ("deny: {place: aws-us-gv}", 6, 17, "deny.place", "did you mean 'aws-us-gov'?"),
    ("deny: {place: 'aws:'}", 6, 17, "deny.place", "regions are written provider:region, such as gcp:europe-*"),
    ("deny: {place: ':eu'}", 6, 17, "deny.place", "regions are written provider:region"),
    ("deny: {place: 'aws:eu west'}", 6, 17, "deny.place", "regions are written provider:region"),
    ("deny: {place: 'aws:a:b'}", 6, 17, "deny.place", "regions are written provider:region"),
    (
        "deny: {place: 'AWS:eu-*'}",
        6,
        17,
        "deny.place",
        "a provider is written in lower case, such as gcp:europe-*; did",
    ),
    ("deny: {place: 'AWS:eu-*'}", 6, 17, "deny.place", "did you mean 'aws'?"),
    (
        "deny: {provider: asw}",
        6,
        20,
        "deny.provider",
        "there is no provider 'asw', known are aws, azure, gcp, onprem; did",
    ),
    ("deny: {partition: aws-gov}", 6, 21, "deny.partition", "there is no partition 'aws-gov', known are aws"),
    ("deny: {partition: aws-gov}", 6, 21, "deny.partition", "did you mean 'aws-us-gov'?"),
    ("deny: {operator: 5}", 6, 20, "deny.operator", "must be a list of texts, but is the number 5"),
    ("deny: {operator_country: USA}", 6, 28, "deny.operator_country", "'USA' is no country"),
    ("deny: {operator_country: USA}", 6, 28, "deny.operator_country", "did you mean 'US'?"),
    ("deny: {parent_country: [us]}", 6, 27, "deny.parent_country[0]", "did you mean 'US'?"),
    ("deny: {parent_country: CA-QC}", 6, 26, "deny.parent_country", "'CA-QC' is no country"),
    ("deny: {parent_country: aws}", 6, 26, "deny.parent_country", "'aws' is no country"),
    (
        "deny: {attestation: soc-2}",
        6,
        10,
        "deny.attestation",
        "can only be required; write require: {attestation: ...}",
    ),
    ("allow_only: {attestation: x}", 6, 16, "allow_only.attestation", "can only be required; write require"),
    ("require: {attestation: []}", 6, 26, "require.attestation", "needs 1 at least"),
    (
        "prefer: {place: DE}",
        6,
        11,
        "prefer.penalty_usd_per_month",
        "is missing; it must be a number above 0 and at most",
    ),
    ("prefer: {penalty_usd_per_month: 5}", 6, 11, "prefer", "says nothing about a region; it needs one at least of"),
    ("prefer: {place: DE, penalty_usd_per_month: 0}", 6, 46, "prefer.penalty_usd_per_month", "above 0 and at most"),
    ("prefer: {place: DE, penalty_usd_per_month: '5'}", 6, 46, "prefer.penalty_usd_per_month", "drop the quotes"),
    (
        "prefer: {place: DE, penalty: 5, penalty_usd_per_month: 5}",
        6,
        23,
        "prefer.penalty",
        "did you mean 'penalty_usd_per_month'?",
    ),
    ("require_copy_in: {}", 6, 20, "require_copy_in.place", "is missing; it must be a place word or a list of them"),
    (
        "require_copy_in: {place: RU, provider: aws}",
        6,
        32,
        "require_copy_in.provider",
        "unknown key, allowed are place",
    ),
    ("require_copy_in: [RU]", 6, 20, "require_copy_in", "must be a mapping of place, but is a list"),
    ("deny: {place: US}\n  activities: []", 7, 15, "activities", "needs 1 at least, but has 0"),
    ("deny: {place: US}\n  activities: [storage]", 7, 16, "activities[0]", "did you mean 'store'?"),
    (
        "deny: {place: US}\n  activities: [stor]",
        7,
        16,
        "activities[0]",
        "must be compute, store, replicate, backup, trans",
    ),
    (
        "deny: {place: US}\n  legal_ref: 44",
        7,
        14,
        "legal_ref",
        "must be a text, but is the number 44; put it in quotes",
    ),
    (
        "deny: {place: US}\n  valid_from: soon",
        7,
        15,
        "valid_from",
        "must be a date such as 2027-01-31, but is the text 'soon",
    ),
    ("deny: {place: US}\n  valid_from: 2026-02-30", 7, 15, "valid_from", "must be a date such as 2027-01-31"),
    ("deny: {place: US}\n  valid_from: 20260101", 7, 15, "valid_from", "but is the number 20260101"),
    ("deny: {place: US}\n  valid_to: 2026-01-01T00:00:00Z", 7, 13, "valid_to", "must be a date such as 2027-01-31"),
    ("deny: {place: US}\n  valid_to: '20260101'", 7, 13, "valid_to", "but is the text '20260101'"),
    ("deny: {place: US}\n  valid_to: 2026-W01-1", 7, 13, "valid_to", "but is the text '2026-W01-1'"),
    ("deny: {place: US}\n  valid_to: 2026-1-1", 7, 13, "valid_to", "must be a date such as 2027-01-31"),
    ("deny: {place: US}\n  valid_to: [2026-01-01]", 7, 13, "valid_to", "but is a list"),
    (
        "deny: {place: US}\n  valid_from: 2027-01-02\n  valid_to: 2027-01-01",
        8,
        13,
        "valid_to",
        "ends on 2027-01-01, before it begins on 2027-01-02; the two dates may have to change places",
    ),
]

IN_WHEN = [
    (
        "[]",
        9,
        "",
        "must be a mapping of classification, categories, subjects, sensitivity, labels, workloads, but is a li",
    ),
    ("{class: a}", 10, ".class", "did you mean 'classification'?"),
    (
        "{classification: [pii_eu]}",
        27,
        ".classification[0]",
        "no file defines the class 'pii_eu'; did you mean 'pii-eu'?",
    ),
    ("{classification: []}", 26, ".classification", "needs 1 at least, but has 0"),
    ("{categories: 7}", 22, ".categories", "must be a list of texts, but is the number 7"),
    ("{subjects: [EUR]}", 21, ".subjects[0]", "'EUR' is no country"),
    ("{subjects: [de]}", 21, ".subjects[0]", "did you mean 'DE'?"),
    ("{sensitivity: restrict}", 23, ".sensitivity", "did you mean 'restricted'?"),
    ("{sensitivity: }", 10, ".sensitivity", "must be a text, but is empty"),
    ("{labels: [a]}", 18, ".labels", "must be a mapping of labels to values, but is a list"),
    ("{labels: {team: }}", 19, ".labels.team", "must be a list of texts, but is empty"),
    ("{labels: {team: [a, 5]}}", 29, ".labels.team[1]", "must be a text, but is the number 5; put it in quotes"),
    ("{labels: {team: []}}", 25, ".labels.team", "needs 1 at least, but has 0"),
    ("{labels: {? [a] : b}}", 21, ".labels", "a key must be text, but here it is a list"),
    ("{workloads: [web, web]}", 27, ".workloads[1]", "'web' stands in this list twice"),
]

OF_A_POLICY = [
    ("{version: 1, when: {}, deny: {place: US}}", 4, "name", "is missing; it must be a text"),
    (
        "{name: p@2, version: 1, when: {}, deny: {place: US}}",
        11,
        "name",
        "'p@2' has an @, which stands before the version",
    ),
    ("{name: p, when: {}, deny: {place: US}}", 4, "version", "is missing; it must be a whole number from 1 to"),
    (
        "{name: p, version: 0, when: {}, deny: {place: US}}",
        23,
        "version",
        "must be a whole number from 1 to 1,000,000,000",
    ),
    ("{name: p, version: 1.5, when: {}, deny: {place: US}}", 23, "version", "must be a whole number"),
    ("{name: p, version: '1', when: {}, deny: {place: US}}", 23, "version", "drop the quotes"),
    (
        "{name: p, version: 1, deny: {place: US}}",
        4,
        "when",
        "is missing; it must be a mapping of what it is about, {} for",
    ),
    ("{name: p, version: 1, when: , deny: {place: US}}", 26, "when", "must be a mapping of classification, categories"),
]

IN_A_TRANSFER_BASIS = [
    ("{}", 27, ".accept", "is missing; it must be a list of adequacy, scc, bcr, derogation, assessment"),
    ("{accept: []}", 36, ".accept", "needs 1 at least"),
    (
        "{accept: [consent]}",
        37,
        ".accept[0]",
        "must be adequacy, scc, bcr, derogation or assessment, but is 'consent'; did you",
    ),
    ("{accept: scc, from: EUU}", 47, ".from", "'EUU' is no place"),
    ("{accept: scc, form: EU}", 41, ".form", "did you mean 'from'?"),
    ("{accept: scc, from: []}", 47, ".from", "needs 1 at least"),
    ("{accept: scc, documents: {}}", 52, ".documents", "must be a list, but is a mapping"),
    (
        "{accept: scc, documents: [x]}",
        53,
        ".documents[0]",
        "must be a mapping of basis, to, reference, valid_from, valid_to",
    ),
    (
        "{accept: scc, documents: [{basis: scc, to: US}]}",
        53,
        ".documents[0].reference",
        "is missing; it must be a text",
    ),
    ("{accept: scc, documents: [{to: US, reference: R}]}", 53, ".documents[0].basis", "is missing; it must be a text"),
    (
        "{accept: scc, documents: [{basis: scc, reference: R}]}",
        53,
        ".documents[0].to",
        "is missing; it must be a place word",
    ),
    (
        "{accept: adequacy, documents: [{basis: adequacy, to: US, reference: R}]}",
        66,
        ".documents[0].basis",
        "must be scc, bcr, derogation or assessment, but is 'adequacy'",
    ),
    ("{accept: scc, documents: [{basis: scc, to: USA, reference: R}]}", 70, ".documents[0].to", "did you mean 'US'?"),
    (
        "{accept: scc, documents: [{basis: scc, to: US, reference: R, valid_from: 2027-01-01, valid_to: 2026-01-01}]}",
        122,
        ".documents[0].valid_to",
        "ends on 2026-01-01, before it begins on 2027-01-01",
    ),
    (
        "{accept: scc, documents: [{basis: scc, to: US, reference: R, valid_to: never}]}",
        98,
        ".documents[0].valid_to",
        "must be a date such as 2027-01-31, but is the text 'never'",
    ),
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


def assert_only(text: str, line: int | None, column: int | None, key: str, words: str) -> None:
    flaws = flaws_of(text)
    assert [(flaw.source, flaw.line, flaw.column, flaw.key) for flaw in flaws] == [("a.yaml", line, column, key)], flaws
    assert words in flaws[0].reason


@pytest.mark.parametrize(("text", "line", "column", "key", "words"), IN_THE_DOCUMENT)
def test_a_mistake_in_the_document_is_told(
    text: str, line: int | None, column: int | None, key: str, words: str
) -> None:
    assert_only(text, line, column, key, words)


@pytest.mark.parametrize(("text", "column", "key", "words"), IN_A_CLASS)
def test_a_mistake_in_a_class_is_told(text: str, column: int, key: str, words: str) -> None:
    assert_only(f"classes: {{{text}}}\n", 1, column, f"classes.{key}" if key else "classes", words)


@pytest.mark.parametrize(("lines", "line", "column", "key", "words"), IN_A_POLICY)
def test_a_mistake_in_a_policy_is_told(lines: str, line: int, column: int, key: str, words: str) -> None:
    known_effect = lines if "alow_only" not in lines else f"{lines}\n  deny: {{place: US}}"
    text = f"{POLICY}  {known_effect}\n"
    assert_only(text, line, column, f"policies[0].{key}".rstrip("."), words)


@pytest.mark.parametrize(("when", "column", "key", "words"), IN_WHEN)
def test_a_mistake_in_when_is_told(when: str, column: int, key: str, words: str) -> None:
    assert_only(DENY.replace("when: {}", f"when: {when}"), 5, column, f"policies[0].when{key}", words)


@pytest.mark.parametrize(("policy", "column", "key", "words"), OF_A_POLICY)
def test_what_a_policy_lacks_is_told(policy: str, column: int, key: str, words: str) -> None:
    assert_only(f"policies:\n\n- {policy}\n".replace("- {", " - {"), 3, column, f"policies[0].{key}", words)


@pytest.mark.parametrize(("basis", "column", "key", "words"), IN_A_TRANSFER_BASIS)
def test_a_mistake_in_a_transfer_basis_is_told(basis: str, column: int, key: str, words: str) -> None:
    text = f"{POLICY}  require_transfer_basis: {basis}\n"
    assert_only(text, 6, column, f"policies[0].require_transfer_basis{key}", words)


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
