"""A file of cases is read whole or refused with all its flaws, each with line, column and what would be right."""

from datetime import date
from pathlib import Path

import pytest

from placement.domain.errors import BadPolicies
from placement.domain.region import Attestation, Region
from placement.policy_file.cases import is_case_file, read_cases
from placement.policy_file.expectations import Expected

POLICIES = "policies: [{name: eea, version: 2, when: {}, allow_only: {place: [EEA]}}]\n"


def write(folder: Path, text: str) -> Path:
    (folder / "p.yaml").write_text(POLICIES, encoding="utf-8")
    file = folder / "c.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def flaws(folder: Path, text: str) -> list[str]:
    """What is wrong with the text, after the name of its file."""
    file = write(folder, text)
    with pytest.raises(BadPolicies) as caught:
        read_cases(file)
    return [str(flaw).removeprefix(f"{file}:") for flaw in caught.value.flaws]


def test_all_that_can_be_written_is_read(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        "policies: [p.yaml]\n"
        "as_of: 2026-11-25\n"
        "regions:\n"
        "- {region: 'own:x:y', country: DE, attestations: [{scheme: iso, valid_from: 2026-01-01}]}\n"
        "cases:\n"
        "- name: one\n"
        "  given: {workloads: [{name: web}]}\n"
        "  when: {as_of: 2030-01-01}\n"
        "  then:\n"
        "    web: {in: [DE, own], not_in: US, because: eea@2 not_allowed, activity: backup, copy_in: []}\n"
        "    db: {nowhere: true}\n"
        "- {name: two, given: {}, then: {web: {only_in: ['own:*']}}}\n"
        "- {name: three, given: {}, then: {error: some words}}\n",
    )
    read = read_cases(file)
    assert (read.path, read.policies, read.as_of) == (file, (tmp_path / "p.yaml",), date(2026, 11, 25))
    attested = Attestation("iso", date(2026, 1, 1))
    assert read.regions == (Region("own", "x:y", "DE", attestations=(attested,)),)
    one, two, three = read.cases
    assert (one.name, one.line, one.as_of, one.error) == ("one", 6, date(2030, 1, 1), None)
    assert [each.subject for each in one.expected] == ["web", "db"]
    web, db = one.expected
    assert (web.admitted, web.refused, web.because) == (("DE", "own"), ("US",), ("eea@2 not_allowed",))
    assert (web.activity, web.copy_in, web.only_in, web.nowhere) == ("backup", (), None, False)
    assert db.nowhere
    assert two.expected == (Expected("web", only_in=("own:*",)),)
    assert (two.line, two.as_of) == (12, None)
    assert (three.expected, three.error) == ((), "some words")


def test_providers_of_the_market_are_place_words(tmp_path: Path) -> None:
    text = "policies: [p.yaml]\ncases: [{name: a, given: {}, then: {w: {only_in: [ovh]}}}]\n"
    assert len(flaws(tmp_path, text)) == 1
    assert read_cases(write(tmp_path, text), ["ovh"]).cases


def test_what_has_cases_is_a_file_of_cases(tmp_path: Path) -> None:
    assert is_case_file(write(tmp_path, "cases: nonsense\n"))
    assert not is_case_file(tmp_path / "p.yaml")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "the document is empty; cases for policies have the keys policies and cases"),
        (
            "cases: [{name: a, given: {}, then: {w: {in: [DE]}}}]",
            "1:1: policies: is missing; it must be a list of policy files, as paths relative to this file",
        ),
        ("policies: [p.yaml]", "1:1: cases: is missing; it must be a list of 1 at least"),
        ("policies: [p.yaml]\ncases: []", "2:8: cases: needs 1 at least, but has 0"),
        (
            "policies: [pp.yaml]\ncases: [{name: a, given: {}, then: {w: {in: [DE]}}}]",
            "1:12: policies[0]: there is no policy file 'pp.yaml'; paths are relative to the file with the cases; "
            "did you mean 'p.yaml'?",
        ),
        (
            "policies: [.]\ncases: [{name: a, given: {}, then: {w: {in: [DE]}}}]",
            "1:12: policies[0]: '.' is a folder; name a policy file in it",
        ),
        (
            "policies: [far/away.yaml]\ncases: [{name: a, given: {}, then: {w: {in: [DE]}}}]",
            "1:12: policies[0]: there is no policy file 'far/away.yaml'; paths are relative to the file with the cases",
        ),
    ],
)
def test_what_is_wrong_with_the_file_is_told_with_its_place(text: str, told: str, tmp_path: Path) -> None:
    (found,) = flaws(tmp_path, text)
    assert found.strip() == told


@pytest.mark.parametrize(
    ("case", "told"),
    [
        ("{given: {}, then: {w: {in: [DE]}}}", "3:3: cases[0].name: is missing; it must be a text"),
        (
            "{name: a, then: {w: {in: [DE]}}}",
            "3:3: cases[0].given: is missing; it must be a mapping: a piece of a fleet, such as workloads, "
            "datasets and flows",
        ),
        (
            "{name: a, given: [w], then: {w: {in: [DE]}}}",
            "3:20: cases[0].given: is a list, but must be a mapping: a piece of a fleet, such as workloads, "
            "datasets and flows",
        ),
        (
            "{name: a, given: {workloads: {name: w}}, then: {w: {in: [DE]}}}",
            "3:32: cases[0].given.workloads: must be a list, but is a mapping",
        ),
        (
            "{name: a, given: {policies: [p.yaml]}, then: {w: {in: [DE]}}}",
            "3:21: cases[0].given.policies: stands beside `cases`, for all cases of the file; leave it out here",
        ),
        (
            "{name: a, given: {}, when: {as_off: 2026-01-01}, then: {w: {in: [DE]}}}",
            "3:31: cases[0].when.as_off: unknown key, allowed are as_of; did you mean 'as_of'?",
        ),
        (
            "{name: a, given: {}, when: {as_of: 2026-02-30}, then: {w: {in: [DE]}}}",
            "3:38: cases[0].when.as_of: must be a date such as 2027-01-31, but is the text '2026-02-30'",
        ),
        (
            "{name: a, given: {}}",
            "3:3: cases[0].then: is missing; it must name workloads or datasets and where they may lie, or an error",
        ),
        (
            "{name: a, given: {}, then: everywhere}",
            "3:30: cases[0].then: is the text 'everywhere', but must name workloads or datasets and where they may "
            "lie, or an error",
        ),
        (
            "{name: a, given: {}, then: {w: {}}}",
            "3:34: cases[0].then.w: expects nothing; use only_in, in, not_in, nowhere: true or copy_in",
        ),
        (
            "{name: a, given: {}, then: {w: {nowhere: false}}}",
            "3:34: cases[0].then.w: expects nothing; use only_in, in, not_in, nowhere: true or copy_in",
        ),
        (
            "{name: a, given: {}, then: {w: {inn: [DE], not_in: [FR]}}}",
            "3:35: cases[0].then.w.inn: unknown key, allowed are only_in, in, not_in, nowhere, copy_in, activity, "
            "because; did you mean 'in'?",
        ),
        (
            "{name: a, given: {}, then: {w: {only_in: []}}}",
            "3:44: cases[0].then.w.only_in: needs 1 at least, but has 0",
        ),
        (
            "{name: a, given: {}, then: {w: {only_in: [DE], not_in: [US]}}}",
            "3:50: cases[0].then.w.not_in: only_in says all there is to say; leave one of them out",
        ),
        (
            "{name: a, given: {}, then: {w: {nowhere: true, in: [US]}}}",
            "3:35: cases[0].then.w.nowhere: leaves nothing for in to say; leave one of them out",
        ),
        (
            "{name: a, given: {}, then: {w: {in: [US], because: eea@2 denied}}}",
            "3:45: cases[0].then.w.because: is about regions that are refused; say which with only_in, "
            "not_in or nowhere",
        ),
        (
            "{name: a, given: {}, then: {w: {not_in: [US], because: eea denied}}}",
            "3:58: cases[0].then.w.because: 'eea denied' is no reason; write policy@version and a code, such as "
            "gdpr@3 not_allowed",
        ),
        (
            "{name: a, given: {}, then: {w: {not_in: [US], because: [eea@2 denid]}}}",
            "3:59: cases[0].then.w.because[0]: there is no code 'denid', those are denied, not_allowed, missing, "
            "no_transfer_basis, no_copy, unknown, guardrail; did you mean 'denied'?",
        ),
        (
            "{name: a, given: {}, then: {w: {activity: stor, in: [US]}}}",
            "3:45: cases[0].then.w.activity: must be compute, store, replicate, backup, transit, deliver, "
            "process-memory, logs, keys, control-plane or support, but is 'stor'; did you mean 'store'?",
        ),
        (
            "{name: a, given: {}, then: {error: bad, w: {in: [DE]}}}",
            "3:31: cases[0].then.error: a fleet that is refused lies nowhere; make the rest a case of its own",
        ),
        (
            "{name: a, given: {}, then: {error: ''}}",
            "3:38: cases[0].then.error: must be a text, but there is nothing in it",
        ),
    ],
)
def test_what_is_wrong_with_a_case_is_told_with_its_place(case: str, told: str, tmp_path: Path) -> None:
    (found,) = flaws(tmp_path, f"policies: [p.yaml]\ncases:\n- {case}\n")
    assert found == told


def test_a_place_in_an_expectation_is_a_place_word(tmp_path: Path) -> None:
    (told,) = flaws(tmp_path, "policies: [p.yaml]\ncases: [{name: a, given: {}, then: {w: {only_in: [Germany]}}}]\n")
    assert told.startswith("2:51: cases[0].then.w.only_in[0]: 'Germany' is no place: use a provider (aws, azure, gcp, ")
    assert told.endswith("; did you mean 'DE'?")


@pytest.mark.parametrize(
    ("region", "told"),
    [
        ("{country: DE}", "3:3: regions[0].region: is missing; it must be a text"),
        (
            "{region: berlin, country: DE}",
            "3:12: regions[0].region: 'berlin' is no region; write provider:region, such as own:berlin",
        ),
        (
            "{region: 'own:*', country: DE}",
            "3:12: regions[0].region: 'own:*' is no region; write provider:region, such as own:berlin",
        ),
        ("{region: 'own:b'}", "3:3: regions[0].country: is missing; it must be a text"),
        (
            "{region: 'own:b', country: Germany}",
            "3:30: regions[0].country: 'Germany' is no country; write its ISO 3166 code (DE); did you mean 'DE'?",
        ),
        (
            "{region: 'own:b', country: DE, operator_country: uk}",
            "3:52: regions[0].operator_country: 'uk' is no country; write its ISO 3166 code (DE); did you mean 'GB'?",
        ),
        (
            "{region: 'own:b', country: CA, subdivision: ca-qc}",
            "3:47: regions[0].subdivision: 'ca-qc' is no part of a country; write its ISO 3166-2 code (CA-QC); "
            "did you mean 'CA-QC'?",
        ),
        (
            "{region: 'own:b', country: US, subdivision: CA-QC}",
            "3:47: regions[0].subdivision: 'CA-QC' is no part of US",
        ),
        (
            "{region: 'own:b', country: DE, continent: Europe}",
            "3:45: regions[0].continent: must be africa, asia, europe, north-america, oceania or south-america, but is "
            "'Europe'; did you mean 'europe'?",
        ),
        (
            "{region: 'own:b', country: DE, attestations: [{scheme: iso}]}",
            "3:49: regions[0].attestations[0].valid_from: is missing; it must be a date such as 2026-01-31, the first "
            "day on which it holds",
        ),
        (
            "{region: 'own:b', country: DE, attestations: [{scheme: iso, valid_from: 1.1.26}]}",
            "3:75: regions[0].attestations[0].valid_from: must be a date such as 2027-01-31, but is the text '1.1.26'",
        ),
    ],
)
def test_what_is_wrong_with_a_region_is_told_with_its_place(region: str, told: str, tmp_path: Path) -> None:
    cases = "cases: [{name: a, given: {}, then: {w: {in: [DE]}}}]\n"
    (found,) = flaws(tmp_path, f"policies: [p.yaml]\nregions:\n- {region}\n{cases}")
    assert found == told


def test_a_region_stands_in_a_file_once(tmp_path: Path) -> None:
    twice = "regions: [{region: 'own:b', country: DE}, {region: 'own:b', country: FR}]\n"
    (told,) = flaws(
        tmp_path, f"policies: [p.yaml]\n{twice}cases: [{{name: a, given: {{}}, then: {{w: {{in: [DE]}}}}}}]\n"
    )
    assert told == "2:44: regions[1].region: 'own:b' stands in this list twice"


def test_everything_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    told = flaws(tmp_path, "policies: [q.yaml]\nas_of: today\nregions: [{}]\ncases: [{}, {name: b, given: {}}]\n")
    assert [flaw.split(": ")[1] for flaw in told] == [
        "policies[0]",
        "as_of",
        "regions[0].region",
        "regions[0].country",
        "cases[0].name",
        "cases[0].given",
        "cases[0].then",
        "cases[1].then",
    ]
