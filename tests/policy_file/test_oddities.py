"""What is likely not meant is read, with a warning that has its line and column."""

from datetime import date

import pytest

from tests.policy_file.texts import CLASSES, DENY, POLICY, read

WAIVER = "waivers: [{policy: p, workload: %s, by: me, ticket: T-1, expires: 2026-11-24}]\n"


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        (
            DENY + WAIVER % "web",
            "a.yaml:7:68: waivers[0].expires: expired on 2026-11-24, so that p holds again for 'web'",
        ),
        (
            DENY + (WAIVER % "'web-*'").replace("2026", "2027"),
            "a.yaml:7:33: waivers[0].workload: is taken for the name of one workload or dataset: "
            "a waiver knows no patterns",
        ),
        (
            DENY.replace("when: {}", "when: {categories: [pii, piii]}"),
            "a.yaml:5:28: policies[0].when.categories[1]: no class has the category 'piii'; did you mean 'pii'?",
        ),
        (
            DENY.replace("when: {}", "when: {subjects: [DE, RU]}"),
            "a.yaml:5:25: policies[0].when.subjects[1]: no class has subjects in 'RU'",
        ),
        (
            DENY.replace("when: {}", "when: {subjects: EFTA}"),
            "a.yaml:5:20: policies[0].when.subjects: no class has subjects in 'EFTA'",
        ),
        (
            DENY + "  valid_to: 2026-11-24\n",
            "a.yaml:7:13: policies[0].valid_to: p@1 ended on 2026-11-24 and no longer holds",
        ),
        (
            POLICY + "  require_transfer_basis: {accept: [scc], documents: "
            "[{basis: scc, to: US, reference: SCC-7, valid_to: 2026-11-24}]}\n",
            "a.yaml:6:104: policies[0].require_transfer_basis.documents[0].valid_to: "
            "'SCC-7' ended on 2026-11-24 and is no basis any more",
        ),
        (
            POLICY + "  require_transfer_basis: {accept: [scc], documents: [{basis: bcr, to: US, reference: B}]}\n",
            "a.yaml:6:63: policies[0].require_transfer_basis.documents[0].basis: "
            "has no effect: the policy accepts scc, but not bcr",
        ),
        (
            POLICY + "  deny: {place: [US, 'gpc:us-*']}\n",
            "a.yaml:6:22: policies[0].deny.place[1]: the provider 'gpc' is not known; did you mean 'gcp'?",
        ),
        (
            POLICY + "  deny: {place: 'azur:*'}\n",
            "a.yaml:6:17: policies[0].deny.place: the provider 'azur' is not known; did you mean 'azure'?",
        ),
        (
            "groups: {ours: ['asw:*']}\n",
            "a.yaml:1:17: groups.ours[0]: the provider 'asw' is not known; did you mean 'aws'?",
        ),
        (
            "groups: {ours: [{place: 'asw:*'}]}\n",
            "a.yaml:1:25: groups.ours[0].place: the provider 'asw' is not known; did you mean 'aws'?",
        ),
        (
            POLICY + "  deny: {operator: [google, Amazon]}\n",
            "a.yaml:6:29: policies[0].deny.operator[1]: the operator 'Amazon' is not known; "
            "did you mean 'Amazon Web Services'?",
        ),
        (
            CLASSES + "guardrails: [{name: g, version: 1, when: {categories: phi}, expression: 'true', message: m}]\n",
            "a.yaml:2:55: guardrails[0].when.categories: no class has the category 'phi'; did you mean 'pii'?",
        ),
    ],
)
def test_what_is_odd_is_read_with_a_warning(text: str, warning: str) -> None:
    assert read(text).warnings == (warning,)


@pytest.mark.parametrize(
    "text",
    [
        DENY + (WAIVER % "web").replace("2026-11-24", "2026-11-25"),
        DENY + "  valid_to: 2026-11-25\n",
        DENY + "  valid_from: 2030-01-01\n",
        DENY.replace("when: {}", "when: {subjects: [EU, EEA, DE, FR]}"),
        POLICY + "  deny: {operator: [Own Cellar, amazon web services, 'Micros*ft']}\n",
        POLICY + "  deny: {place: ['hetzner:*', '*:eu', 'aw*:x', 'onprem:y']}\n",
    ],
)
def test_what_is_not_odd_is_read_in_silence(text: str) -> None:
    assert read(text).warnings == ()


def test_whether_something_is_over_depends_on_the_day() -> None:
    text = DENY + WAIVER % "web"
    assert read(text, as_of=date(2026, 11, 24)).warnings == ()
    assert len(read(text, as_of=date(2026, 11, 25)).warnings) == 1


def test_who_is_in_a_union_depends_on_the_day() -> None:
    text = DENY.replace("when: {}", "when: {subjects: GB}")
    assert read(text, as_of=date(2020, 1, 31)).warnings == ()
    assert read(text, as_of=date(2020, 2, 1)).warnings != ()


def test_people_of_a_part_are_people_of_the_country() -> None:
    def warnings(subjects: str, when: str) -> tuple[str, ...]:
        classes = f"classes: {{c: {{subjects: {subjects}}}}}\n"
        return read(classes + DENY.removeprefix(CLASSES).replace("when: {}", f"when: {{subjects: {when}}}")).warnings

    assert warnings("CA-QC", "CA") == warnings("CA-QC", "CA-QC") == warnings("CA", "CA-QC") == ()
    assert warnings("GB-LND", "GB-ENG") == warnings("GB-LND", "GB") == ()
    assert warnings("CA-QC", "CA-AB") != ()


def test_who_is_in_a_group_of_ones_own_is_not_doubted() -> None:
    text = "groups: {ours: [RU]}\nclasses: {c: {subjects: %s}}\n" + DENY.removeprefix(CLASSES)
    assert read((text % "DE").replace("when: {}", "when: {subjects: ours}")).warnings == ()
    assert read((text % "ours").replace("when: {}", "when: {subjects: RU}")).warnings == ()
