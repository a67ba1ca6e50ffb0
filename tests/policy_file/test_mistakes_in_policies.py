"""Each mistake in a policy is told once, with its line, its column, its key, and words that help."""

import pytest

from tests.policy_file.texts import DENY, POLICY, assert_only

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
