"""Cases pass or say what is different, and a file of cases that cannot be read says where and what would be right."""

import re
from datetime import date
from pathlib import Path

import pytest

from placement.domain.errors import BadInput, BadPolicies
from placement.domain.region import Region
from placement.planner.policy_cases import CaseResult, case_files, run_cases
from providers.onprem import PriceSheets
from tests.residency.judging import TODAY

EXAMPLES = Path(__file__).parents[2] / "examples" / "policies"
FEWEST_EXAMPLES = 120

BERLIN = Region("own", "berlin", "DE", continent="europe")
OSLO = Region("own", "oslo", "NO", continent="europe")
LONDON = Region("own", "london", "GB", continent="europe")
BOSTON = Region("own", "boston", "US", continent="north-america")
MARKET = (BERLIN, OSLO, LONDON, BOSTON)

POLICIES = """\
classes: {pii: {}, cards: {}}
policies:
- {name: eea, version: 2, when: {classification: [pii]}, allow_only: {place: [EEA]}, valid_from: 2020-01-01}
- {name: not-uk, version: 1, when: {}, deny: {place: [GB]}}
- {name: copy, version: 1, when: {classification: [cards]}, require_copy_in: {place: [US]}}
- {name: backup, version: 1, when: {classification: [cards]}, deny: {place: ["NO"]}, activities: [backup]}
guardrails:
- {name: small, version: 1, when: {labels: {size: [s]}}, expression: workload.resources.vcpus < 4, message: small}
"""
WEB = "given: {workloads: [{name: web, classification: [pii]}]}"
DATA = "given: {datasets: [{name: db, classification: [cards]}]}"


def write(folder: Path, cases: str, head: str = "") -> Path:
    (folder / "p.yaml").write_text(POLICIES, encoding="utf-8")
    file = folder / "c.yaml"
    file.write_text(f"policies: [p.yaml]\n{head}cases:\n{cases}", encoding="utf-8")
    return file


def run(folder: Path, cases: str, head: str = "") -> list[CaseResult]:
    return list(run_cases(write(folder, cases, head), MARKET, TODAY))


def differences(folder: Path, given: str, then: str, head: str = "") -> tuple[str, ...]:
    """Of the only case."""
    (result,) = run(folder, f"- name: one\n  {given}\n  then: {then}\n", head)
    return result.differences


def test_all_example_cases_pass_and_there_are_many() -> None:
    market = list(PriceSheets.sample().sweep().regions)
    results = [result for file in case_files(EXAMPLES) for result in run_cases(file, market, TODAY)]
    assert [f"{r.file.name}:{r.line} {r.name}: {r.differences}" for r in results if r.differences] == []
    assert len(results) >= FEWEST_EXAMPLES


def test_the_example_cases_have_names_of_their_own() -> None:
    market = list(PriceSheets.sample().sweep().regions)
    for file in case_files(EXAMPLES):
        names = [result.name for result in run_cases(file, market, TODAY)]
        assert len(set(names)) == len(names), file


def test_the_example_cases_pin_every_code_that_policies_have() -> None:
    text = "".join(file.read_text(encoding="utf-8") for file in case_files(EXAMPLES))
    codes = set(re.findall(r"@\d+ ([a-z_]+)", text))
    assert codes == {"not_allowed", "denied", "missing", "unknown", "no_transfer_basis", "guardrail"}


@pytest.mark.parametrize(
    ("given", "then"),
    [
        (WEB, "{web: {only_in: [EEA]}}"),
        (WEB, "{web: {only_in: [DE, 'own:oslo']}}"),
        (WEB, "{web: {in: [DE], not_in: [US], because: eea@2 not_allowed}}"),
        (WEB, "{web: {not_in: [GB], because: not-uk@1 denied}}"),
        (WEB, "{web: {not_in: [GB], because: eea@2 not_allowed}}"),
        (WEB, "{web: {only_in: [EEA], because: [eea@2 not_allowed, not-uk@1 denied]}}"),
        (DATA, "{db: {copy_in: [US]}}"),
        (DATA, "{db: {in: [NO]}}"),
        (DATA, "{db: {activity: backup, not_in: [NO], because: backup@1 denied}}"),
        (DATA, "{bystander: {in: [US]}, db: {in: [US]}}"),
        ("given: {}", "{bystander: {only_in: [DE, NO, US]}}"),
        ("given: {workloads: , datasets: , flows: }", "{bystander: {in: [DE]}}"),
        ("given: {workloads: [{name: error}]}", "{error: {in: [DE]}}"),
        (
            "given: {workloads: [{name: web, labels: {size: s}, resources: {vcpus: 8, memory_gib: 2}}]}",
            "{web: {nowhere: true, because: small@1 guardrail}}",
        ),
        (
            "given: {workloads: [{name: web, labels: {size: s}, resources: {vcpus: 8, memory_gib: 2}}]}",
            "{web: {activity: backup, not_in: [DE], because: small@1 guardrail}}",
        ),
        ("given: {workloads: [{name: web, replicas: 0}]}", "{error: must be a whole number from 1}"),
        ("given: {workloads: [{name: web, classification: [pi]}]}", "{error: no class 'pi' is defined}"),
    ],
)
def test_a_case_that_is_as_expected_passes(given: str, then: str, tmp_path: Path) -> None:
    assert differences(tmp_path, given, then) == ()


@pytest.mark.parametrize(
    ("given", "then", "told"),
    [
        (
            WEB,
            "{web: {only_in: [DE]}}",
            "web: own:oslo (NO) is admitted, and should not be",
        ),
        (
            WEB,
            "{web: {nowhere: true}}",
            "web: own:berlin (DE), own:oslo (NO) are admitted, and should not be",
        ),
        (
            WEB,
            "{web: {only_in: [EEA, US]}}",
            "web: own:boston (US) is refused, and should not be: eea@2: place is own:boston (US), only EEA is allowed",
        ),
        (
            WEB,
            "{web: {not_in: [US], because: eea@1 not_allowed}}",
            "web: own:boston (US) is refused by eea@2 not_allowed, not by eea@1 not_allowed",
        ),
        (
            WEB,
            "{web: {not_in: [US], because: [eea@2 not_allowed, not-uk@1 denied]}}",
            "web: of the regions that should be refused, none is because of not-uk@1 denied",
        ),
        (WEB, "{wbe: {in: [DE]}}", "wbe: is neither a workload nor a dataset of the given fleet; did you mean 'web'?"),
        (WEB, "{web: {in: [RU]}}", "web: no region lies in 'RU'; add one under `regions`"),
        (WEB, "{web: {in: ['own:berli']}}", "web: there is no region 'own:berli'; did you mean 'own:berlin'?"),
        (
            DATA,
            "{db: {copy_in: []}}",
            "db: no copy should be wanted anywhere, but copy@1 requires a copy of cards in US",
        ),
        (
            DATA,
            "{db: {copy_in: [DE]}}",
            "db: no policy wants a copy in just own:berlin (DE); but copy@1 requires a copy of cards in US",
        ),
        (
            "given: {datasets: [{name: db}]}",
            "{db: {copy_in: [DE]}}",
            "db: no policy wants a copy in just own:berlin (DE)",
        ),
        (
            "given: {workloads: [{name: web, replicas: 0}]}",
            "{web: {in: [DE]}}",
            "the given fleet cannot be read: FILE:4:45: workloads[0].replicas: must be a whole number from 1 to "
            "100,000, but is 0",
        ),
        (
            "given: {workloads: [{name: web, classification: [pi]}]}",
            "{web: {in: [DE]}}",
            "the given fleet cannot be read: FILE:4:52: workloads[0].classification[0]: no class 'pi' is defined in "
            "POLICIES; did you mean 'pii'?",
        ),
        (WEB, "{error: no such}", "the given fleet can be read, and should be refused with 'no such'"),
        (
            "given: {workloads: [{name: web, replicas: 0}]}",
            "{error: no such}",
            "the given fleet is refused, but not with 'no such': FILE:4:45: workloads[0].replicas: must be a whole "
            "number from 1 to 100,000, but is 0",
        ),
    ],
)
def test_a_case_that_fails_says_what_is_different(given: str, then: str, told: str, tmp_path: Path) -> None:
    (found,) = differences(tmp_path, given, then)
    assert found == told.replace("FILE", str(tmp_path / "c.yaml")).replace("POLICIES", str(tmp_path / "p.yaml"))


def test_many_regions_of_one_difference_are_counted(tmp_path: Path) -> None:
    regions = "".join(f"- {{region: 'own:{i}', country: FR}}\n" for i in range(20))
    (told,) = differences(tmp_path, WEB, "{web: {only_in: [DE, NO]}}", f"regions:\n{regions}")
    assert told.endswith("own:5 (FR) and 14 more are admitted, and should not be")


def test_regions_that_are_refused_in_different_ways_are_told_apart(tmp_path: Path) -> None:
    first, second = differences(tmp_path, WEB, "{web: {only_in: ['*:*']}}")
    assert first.startswith("web: own:london (GB) is refused, and should not be: not-uk@1: place is")
    assert "; eea@2: place is" in first
    assert second.startswith("web: own:boston (US) is refused, and should not be: eea@2: place is")


def test_a_region_of_the_file_takes_the_place_of_that_of_the_market(tmp_path: Path) -> None:
    moved = "regions: [{region: 'own:boston', country: FR, subdivision: FR-IDF}]\n"
    assert differences(tmp_path, WEB, "{web: {in: ['own:boston', FR]}}", moved) == ()
    assert differences(tmp_path, WEB, "{web: {in: [US]}}", moved) == (
        "web: no region lies in 'US'; add one under `regions`",
    )


def test_all_that_is_said_of_a_region_counts(tmp_path: Path) -> None:
    (tmp_path / "q.yaml").write_text(
        "policies:\n"
        "- {name: a, version: 1, when: {}, require: {attestation: [soc-2]}}\n"
        "- {name: b, version: 1, when: {}, allow_only: {partition: [aws-eusc], operator: [Own], "
        "operator_country: [FR], parent_country: [CH], place: [europe]}}\n",
        encoding="utf-8",
    )
    file = tmp_path / "d.yaml"
    file.write_text(
        "policies: [q.yaml]\n"
        "regions:\n"
        "- region: 'own:nice'\n"
        "  country: FR\n"
        "  continent: europe\n"
        "  partition: aws-eusc\n"
        "  subdivision: FR-PAC\n"
        "  operator: own\n"
        "  operator_country: FR\n"
        "  parent_country: CH\n"
        "  attestations: [{scheme: SOC-2, valid_from: 2020-01-01, valid_to: 2026-12-31}]\n"
        "cases:\n"
        "- {name: today, given: {}, then: {bystander: {only_in: ['own:nice']}}}\n"
        "- {name: later, given: {}, when: {as_of: 2027-01-01}, then: {bystander: {nowhere: true, "
        "because: [a@1 missing, a@1 unknown]}}}\n",
        encoding="utf-8",
    )
    assert [result.differences for result in run_cases(file, MARKET, TODAY)] == [(), ()]


def test_a_case_is_judged_as_of_its_own_day_then_that_of_the_file_then_today(tmp_path: Path) -> None:
    before = f"- name: a\n  {WEB}\n  when: {{as_of: 2019-12-31}}\n  then: {{web: {{in: [US]}}}}\n"
    without = f"- name: b\n  {WEB}\n  then: {{web: {{in: [US]}}}}\n"
    assert [bool(result.differences) for result in run(tmp_path, before + without)] == [False, True]
    assert [bool(result.differences) for result in run(tmp_path, without, "as_of: 2019-12-31\n")] == [False]
    file = write(tmp_path, without)
    assert [bool(result.differences) for result in run_cases(file, MARKET, date(2019, 12, 31))] == [False]


def test_results_know_their_file_line_and_name(tmp_path: Path) -> None:
    (result,) = run(tmp_path, f"- name: one\n  {WEB}\n  then: {{web: {{in: [DE]}}}}\n")
    assert (result.file, result.line, result.name) == (tmp_path / "c.yaml", 3, "one")


def test_json_is_read_too(tmp_path: Path) -> None:
    write(tmp_path, "")
    file = tmp_path / "c.json"
    file.write_text(
        '{"policies": ["p.yaml"], "cases": [{"name": "one", "given": {}, "then": {"bystander": {"in": ["DE"]}}}]}',
        encoding="utf-8",
    )
    assert [result.differences for result in run_cases(file, MARKET, TODAY)] == [()]


def test_policies_that_cannot_be_read_are_told_with_their_own_place(tmp_path: Path) -> None:
    file = write(tmp_path, f"- name: one\n  {WEB}\n  then: {{web: {{in: [DE]}}}}\n")
    (tmp_path / "p.yaml").write_text(POLICIES.replace("place: [EEA]", "place: [EEEA]"), encoding="utf-8")
    with pytest.raises(
        BadPolicies, match=re.escape(str(tmp_path / "p.yaml")) + r":3:79: policies\[0\].allow_only.place"
    ):
        list(run_cases(file, MARKET, TODAY))


def test_policies_may_name_the_providers_of_the_market_and_of_the_file(tmp_path: Path) -> None:
    file = write(tmp_path, "- name: one\n  given: {}\n  then: {bystander: {only_in: ['ovh:x']}}\n")
    file.write_text("regions: [{region: 'ovh:x', country: FR}]\n" + file.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "p.yaml").write_text(
        "policies: [{name: a, version: 1, when: {}, deny: {provider: [own]}}]\n", encoding="utf-8"
    )
    assert [result.differences for result in run_cases(file, MARKET, TODAY)] == [()]


def test_files_with_cases_are_found_in_folders_of_the_folder_and_others_are_passed_over(tmp_path: Path) -> None:
    inner = tmp_path / "b" / "cases.yaml"
    inner.mkdir(parents=True)
    found = [write(tmp_path, "- {}\n"), write(inner, "- {}\n"), tmp_path / "a.JSON"]
    found[2].write_text('{"cases": []}', encoding="utf-8")
    (tmp_path / "notes.txt").write_text("cases: []\n", encoding="utf-8")
    (tmp_path / "list.yml").write_text("- cases\n", encoding="utf-8")
    assert case_files(tmp_path) == sorted(found)
    assert case_files(found[0]) == [found[0]]


def test_a_folder_without_cases_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"there is no folder .*nowhere"):
        case_files(tmp_path / "nowhere")
    with pytest.raises(BadInput, match="holds no cases for policies: no YAML or JSON file there has the key `cases`"):
        case_files(tmp_path)
    write(tmp_path, "- {}\n")
    with pytest.raises(BadInput, match=r"p\.yaml holds no cases for policies: it has no key `cases`"):
        case_files(tmp_path / "p.yaml")


def test_a_file_that_cannot_be_read_is_told_and_not_passed_over(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("cases: [\n", encoding="utf-8")
    with pytest.raises(BadPolicies, match=r"x\.yaml:2:1: this is not YAML"):
        case_files(tmp_path)
