"""Documents of policies, and what reading them gives."""

from datetime import date

from placement.domain.errors import BadPolicies, Flaw
from placement.policy_file import PolicyDocument, parse_policies

TODAY = date(2026, 11, 25)

DESIGN = """\
classes: {pii-eu: {sensitivity: restricted, categories: [pii], subjects: [EU]}}
policies:
- name: gdpr
  version: 3
  when: {classification: [pii-eu]}
  allow_only: {place: [EEA]}                 # countries, subdivisions, groups, regions, partitions
  activities: [compute, store, replicate, backup, transit]
  legal_ref: GDPR Art. 44
- {name: no-us-parent, version: 1, when: {sensitivity: restricted}, deny: {parent_country: [US]}}
- {name: ru-primary, version: 1, when: {subjects: [RU]}, require_copy_in: {place: [RU]}}
- {name: iso, version: 1, when: {}, require: {attestation: iso-27001}}
waivers: [{policy: gdpr, workload: legacy, by: dpo, ticket: LEG-9, expires: 2027-01-31}]
"""
"""The example of the design."""

EVERYTHING = """\
classes:
  pii-eu: {sensitivity: restricted, categories: [pii], subjects: [EU]}
  health: {sensitivity: restricted, categories: [phi, pii], subjects: [CA-QC, nordics]}
  logs: {}
groups:
  nordics: [SE, FI, {place: DK, valid_from: 1973-01-01}, {place: "NO", valid_to: 2030-12-31}]
  own: [nordics, "onprem:*", aws-eusc, europe, CA-QC, gcp]
policies:
- name: gdpr
  version: 3
  when:
    classification: [pii-eu]
    categories: [pii]
    subjects: [eu]
    sensitivity: confidential
    labels: {team: [web, shop], stage: production}
    workloads: ["shop-*", orders]
  allow_only:
    place: [EEA, own, "gcp:europe-*"]
    provider: [aws, gcp]
    partition: aws-eusc
    operator: [Amazon Web Services]
    operator_country: [EEA, US]
    parent_country: nordics
  activities: [store, compute, deliver]
  legal_ref: GDPR Art. 44
  valid_from: 2018-05-25
  valid_to: 2030-12-31
- {name: attested, version: 1, when: {}, require: {attestation: [soc-2, iso-27001], place: europe}}
- {name: ru-primary, version: 1, when: {subjects: SE}, require_copy_in: {place: [RU]}}
- name: transfers
  version: 2
  when: {}
  require_transfer_basis:
    from: [EEA]
    accept: [scc, adequacy]
    documents:
    - {basis: scc, to: [US, "aws:us-*"], reference: SCC-7, valid_from: 2024-01-01, valid_to: 2028-01-01}
    - {basis: scc, to: JP, reference: SCC-8}
- {name: near, version: 1, when: {}, prefer: {place: [DE], penalty_usd_per_month: 12.5}}
guardrails:
- name: no-root
  version: 1
  when: {labels: {team: web}}
  expression: workload.isolation == "vm"
  message: runs beside others
waivers:
- {policy: gdpr, workload: legacy, by: dpo, ticket: LEG-9, expires: 2027-01-31}
"""
"""A document with every key."""

CLASSES = "classes: {pii-eu: {sensitivity: restricted, categories: [pii], subjects: [EU]}}\n"
"""One line."""

POLICY = CLASSES + "policies:\n- name: p\n  version: 1\n  when: {}\n"
"""Five lines, the last three of them an item in which the effect is missing."""

DENY = POLICY + "  deny: {place: US}\n"
"""Six lines: the least that is a policy."""


def read(*texts: str, as_of: date = TODAY) -> PolicyDocument:
    """Of one text a.yaml, of the next b.yaml, and so on."""
    return parse_policies(named(*texts), as_of)


def flaws_of(*texts: str) -> tuple[Flaw, ...]:
    """All that is wrong with the texts; empty if nothing is."""
    try:
        parse_policies(named(*texts), TODAY)
    except BadPolicies as error:
        return error.flaws
    return ()


def named(*texts: str) -> list[tuple[str, str]]:
    return [(f"{'abcdefgh'[index]}.yaml", text) for index, text in enumerate(texts)]


def assert_only(text: str, line: int | None, column: int | None, key: str, words: str) -> None:
    flaws = flaws_of(text)
    assert [(flaw.source, flaw.line, flaw.column, flaw.key) for flaw in flaws] == [("a.yaml", line, column, key)], flaws
    assert words in flaws[0].reason
