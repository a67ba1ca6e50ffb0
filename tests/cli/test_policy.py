"""What users see of policies: checks, cases, refusals with their reasons, and prices."""

import json
import re
import shutil
from pathlib import Path

import pytest

from placement.residency.disclaimer import NO_LEGAL_ADVICE
from placement.store.repository import Store
from providers.onprem import sample_folder
from tests.cli.running import EXAMPLES, Command, sample_rows, write_fleet

POLICIES = """\
classes:
  pii: {sensitivity: restricted, subjects: [EU]}
policies:
- {name: eea, version: 2, when: {classification: [pii]}, allow_only: {place: [EEA]}, legal_ref: GDPR Art. 44}
- {name: not-azure, version: 1, when: {workloads: [web]}, deny: {provider: [azure]}}
"""
FLEET = """\
fleet: shop
policies: [p.yaml]
workloads:
- {name: web, resources: {vcpus: 2, memory_gib: 8}, places: {deny: [onprem]}}
datasets:
- {name: orders, size_gb: 10, classification: [pii], at: ["onprem:fra-1"]}
flows:
- {from: orders, to: web, gb_per_month: 1}
"""
CASES = """\
policies: [p.yaml]
cases:
- name: personal data stays
  given: {workloads: [{name: api, classification: [pii]}]}
  then: {api: {only_in: [EEA], because: eea@2 not_allowed}}
- name: web is not at azure
  given: {workloads: [{name: web}]}
  then: {web: {in: [JP], not_in: [azure], because: not-azure@1 denied}}
"""


@pytest.fixture
def fleet(folder: Path) -> Path:
    """A fleet with its policies, in the working folder."""
    write_fleet(folder, POLICIES, "p.yaml")
    write_fleet(folder, FLEET)
    return Path("fleet.yaml")


def kept(folder: Path) -> int:
    """How many decisions are stored."""
    store = Store.open(f"sqlite:///{folder / 'placement.db'}")
    try:
        with store.engine.connect() as connection:
            return int(connection.exec_driver_sql("select count(*) from decision").scalar_one())
    finally:
        store.close()


def change(file: str, old: str, new: str) -> None:
    path = Path(file)
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_check_shows_where_everything_may_lie(placement: Command, fleet: Path) -> None:
    ran = placement("policy", "check", fleet)
    lines = [line.rstrip() for line in ran.out.splitlines()]
    assert (ran.code, ran.err) == (0, "")
    assert lines[0] == "Regions admitted, catalog version 1:"
    assert lines[3] == "pii         pii      12 of 33  DE, FI, FR, IE, NL, NO, SE"
    assert lines[7:9] == [
        "web                  pii       8 of 33  DE, FI, FR, IE, NL, SE",
        "orders               pii      12 of 33  DE, FI, FR, IE, NL, NO, SE",
    ]
    assert lines[-1] == NO_LEGAL_ADVICE


def test_a_check_as_json_has_all_of_it(placement: Command, fleet: Path) -> None:
    ran = placement("policy", "check", fleet, "--json", "--as-of", "2027-03-01")
    document = ran.document
    assert (ran.code, ran.err) == (0, "")
    assert list(document) == [
        "catalog",
        "digest",
        "as_of",
        "regions",
        "classes",
        "subjects",
        "refusals",
        "warnings",
        "note",
    ]
    assert document["digest"].startswith("sha256:")
    assert (document["as_of"], document["regions"], document["note"]) == ("2027-03-01", 33, NO_LEGAL_ADVICE)
    (pii,) = document["classes"]
    in_eea = {
        f"{row['provider']}:{row['region']}" for row in sample_rows("regions") if row["country"] in pii["countries"]
    }
    assert set(pii["regions"]) == in_eea
    web, orders = document["subjects"]
    assert (web["name"], web["classes"], orders["name"]) == ("web", ["pii"], "orders")
    assert set(web["regions"]) == {region for region in in_eea if not region.startswith("azure:")}
    assert document["refusals"] == document["warnings"] == web["conflict"] == []


def test_a_contradiction_ends_with_2_and_the_policies_that_are_needed_for_it(placement: Command, fleet: Path) -> None:
    change("p.yaml", "deny: {provider: [azure]}", "allow_only: {place: [asia]}")
    ran = placement("policy", "check", fleet)
    assert ran.code == 2
    assert (
        "web may lie nowhere; these cannot hold together:\n"
        "  eea@2 allows pii only in EEA (GDPR Art. 44)\n"
        "  not-azure@1 allows what is called web only in asia\n"
    ) in ran.out
    document = placement("policy", "check", fleet, "--json").document
    assert document["subjects"][0]["conflict"] == [
        "eea@2 allows pii only in EEA (GDPR Art. 44)",
        "not-azure@1 allows what is called web only in asia",
    ]
    assert placement("solve", fleet).code == 2


def test_a_single_policy_without_any_region_is_told_by_itself(placement: Command, fleet: Path) -> None:
    change("p.yaml", "place: [EEA]", "place: [AQ]")
    out = placement("policy", "check", fleet).out
    assert "the class pii may lie nowhere; this refuses every region:\n  eea@2 allows pii only in AQ" in out


def test_data_that_lie_where_they_may_not_end_with_2(placement: Command, fleet: Path) -> None:
    change("fleet.yaml", "onprem:fra-1", "aws:us-east-1")
    ran = placement("policy", "check", fleet)
    assert ran.code == 2
    assert (
        "What cannot be, wherever the rest is placed:\n"
        "  orders lies in aws:us-east-1, but eea@2: place is aws:us-east-1 (US-VA), only EEA is allowed, GDPR Art. 44\n"
    ) in ran.out
    assert placement("solve", fleet).code == 2


def test_what_is_odd_is_a_warning_with_its_place(placement: Command, fleet: Path) -> None:
    change("p.yaml", "workloads: [web]", "workloads: [wbe]")
    with Path("p.yaml").open("a", encoding="utf-8") as file:
        file.write(
            "waivers:\n"
            "- {policy: eea, workload: web, by: dpo, ticket: LEG-1, expires: 2020-01-31}\n"
            "- {policy: eea, workload: gone, by: dpo, ticket: LEG-2, expires: 2999-01-31}\n"
        )
    ran = placement("policy", "check", fleet)
    told = [
        "p.yaml:7:65: waivers[0].expires: expired on 2020-01-31, so that eea holds again for 'web'",
        "p.yaml:5:3: policies[1]: not-azure@1 concerns no workload and no dataset of this fleet",
        "p.yaml:8:27: waivers[1].workload: 'gone' is neither a workload nor a dataset of this fleet (LEG-2)",
    ]
    assert ran.code == 0
    assert ran.err.splitlines() == [f"warning: {warning}" for warning in told]
    as_json = placement("policy", "check", fleet, "--json")
    assert (as_json.document["warnings"], as_json.err) == (told, "")


def test_a_check_is_made_as_of_the_day_that_is_asked_for(placement: Command, fleet: Path) -> None:
    change("p.yaml", "legal_ref: GDPR Art. 44", "valid_to: 2030-12-31")
    counts = {}
    for day in ("2030-12-31", "2031-01-01"):
        document = placement("policy", "check", fleet, "--json", "--as-of", day).document
        counts[day] = len(document["classes"][0]["regions"])
    assert counts == {"2030-12-31": 12, "2031-01-01": 33}
    assert (
        "'tomorrow' is no date; write it as 2027-01-31"
        in placement("policy", "check", fleet, "--as-of", "tomorrow").message
    )


@pytest.mark.parametrize("command", [("policy", "check"), ("solve",)], ids=" ".join)
@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        (
            "p.yaml",
            "[EEA]",
            "[EAE]",
            r"p\.yaml:4:79: policies\[0\]\.allow_only\.place\[0\]: 'EAE' is no place.*'EEA'\?",
        ),
        ("p.yaml", "classification: [pii]", "classification: [pi]", r"p\.yaml:4:\d+: .*no file defines the class 'pi'"),
        ("p.yaml", "deny:", "dney:", r"p\.yaml:5:\d+: policies\[1\]\.dney: unknown key.*did you mean 'deny'"),
        ("p.yaml", "deny:", "deny: {place: [DE]}, prefer:", r"p\.yaml:5:.*a policy has one effect"),
        ("p.yaml", "not-azure", "eea", r"p\.yaml:5:10: policies\[1\]\.name: stands for eea@1 here and for eea@2 in"),
        ("p.yaml", "version: 2", "version: two", r"p\.yaml:4:24: policies\[0\]\.version: must be a whole number"),
        ("p.yaml", "policies:", "policies: [", r"p\.yaml:4:.*this is not YAML"),
        (
            "fleet.yaml",
            "p.yaml",
            "q.yaml",
            r"fleet\.yaml:2:12: policies\[0\]: there is no policy file 'q\.yaml'.*'p\.yaml'",
        ),
        (
            "fleet.yaml",
            "[pii]",
            "[pi]",
            r"fleet\.yaml:6:\d+: datasets\[0\]\.classification\[0\]: no class 'pi' is defined",
        ),
        (
            "fleet.yaml",
            "gb_per_month: 1",
            "gb_per_month: 1, declassify: {method: x}",
            r"declassify\.evidence: is missing",
        ),
    ],
)
def test_mistakes_are_told_with_their_place_and_nothing_is_stored(
    command: tuple[str, ...], file: str, old: str, new: str, told: str, placement: Command, fleet: Path, folder: Path
) -> None:
    change(file, old, new)
    assert re.search(told, placement(*command, fleet).message)
    assert kept(folder) == 0


def test_cyclic_groups_are_told_with_the_way(placement: Command, fleet: Path) -> None:
    with Path("p.yaml").open("a", encoding="utf-8") as file:
        file.write("groups: {a: [b], b: [c], c: [a]}\n")
    assert (
        "leads back to the group 'a': a > b > c > a; leave one of these members out"
        in placement("policy", "check", fleet).message
    )


def test_a_fleet_without_policies_has_nothing_to_check(placement: Command, fleet: Path) -> None:
    change("fleet.yaml", "policies: [p.yaml]\n", "")
    assert "names no policies; write policies: [FILE]" in placement("policy", "check", fleet).message


def test_places_that_the_market_lacks_are_told_by_the_check(placement: Command, fleet: Path) -> None:
    change("fleet.yaml", "onprem:fra-1", "onprem:fra-9")
    assert "fleet.yaml:6:59: datasets[0].at[0]: there is no region 'onprem:fra-9'; did you mean 'onprem:fra-1'?" in (
        placement("policy", "check", fleet).message
    )


def test_policies_may_name_a_provider_of_the_market(placement: Command, fleet: Path, folder: Path) -> None:
    sheet = Path(shutil.copytree(sample_folder(), folder / "sheet"))
    for file in sheet.glob("*.csv"):
        change(str(file), "onprem,", "ovh,") if "onprem," in file.read_text(encoding="utf-8") else None
    assert placement("--database", "sqlite:///ovh.db", "catalog", "load", sheet).code == 0
    change("p.yaml", "[azure]", "[azure, ovh]")
    change("fleet.yaml", "onprem:fra-1", "ovh:fra-1")
    change("fleet.yaml", "deny: [onprem]", "deny: [ovh]")
    assert placement("--database", "sqlite:///ovh.db", "policy", "check", fleet).code == 0
    assert (
        "there is no provider 'ovh', known are aws, azure, gcp, onprem" in placement("policy", "check", fleet).message
    )


def test_without_a_market_the_check_says_how_to_get_one(bare_placement: Command, empty_folder: Path) -> None:
    write_fleet(empty_folder, POLICIES, "p.yaml")
    message = bare_placement("policy", "check", write_fleet(empty_folder, FLEET)).message
    assert "run: placement catalog load DIR (or --sample)" in message
    assert not Path("placement.db").exists()


def test_cases_that_pass_are_counted_without_a_database(bare_placement: Command, empty_folder: Path) -> None:
    write_fleet(empty_folder, POLICIES, "p.yaml")
    write_fleet(empty_folder, CASES, "c.yaml")
    ran = bare_placement("policy", "test", empty_folder)
    assert (ran.code, ran.out, ran.err) == (0, "2 passed, 0 failed in 1 file\n", "")
    assert not Path("placement.db").exists()
    document = bare_placement("policy", "test", "c.yaml", "--json").document
    assert document == {
        "passed": 2,
        "failed": 0,
        "cases": [
            {"file": "c.yaml", "line": 3, "name": "personal data stays", "differences": []},
            {"file": "c.yaml", "line": 6, "name": "web is not at azure", "differences": []},
        ],
    }


def test_the_examples_pass(bare_placement: Command) -> None:
    ran = bare_placement("policy", "test", EXAMPLES / "policies")
    assert (ran.code, ran.err) == (0, "")
    assert int(ran.out.split()[0]) >= 120
    assert " passed, 0 failed in " in ran.out


def test_a_case_that_fails_ends_with_1_and_says_what_is_different(bare_placement: Command, empty_folder: Path) -> None:
    write_fleet(empty_folder, POLICIES.replace("[azure]", "[gcp]"), "p.yaml")
    write_fleet(empty_folder, CASES, "c.yaml")
    ran = bare_placement("policy", "test", ".")
    lines = ran.out.splitlines()
    assert (ran.code, ran.err) == (1, "")
    assert lines[0] == "FAILED c.yaml:6 web is not at azure"
    assert lines[1] == (
        "  web: azure:eastus (US-VA), azure:germanywestcentral (DE-HE), azure:norwayeast (NO), "
        "azure:southafricanorth (ZA-GP), azure:swedencentral (SE-X), azure:switzerlandnorth (CH-ZH) and 2 more "
        "are admitted, and should not be"
    )
    assert lines[2] == (
        "  web: gcp:asia-northeast1 (JP) is refused, and should not be: not-azure@1: provider is gcp, "
        "a region at gcp is denied"
    )
    assert lines[-1] == "1 passed, 1 failed in 1 file"
    failed = bare_placement("policy", "test", ".", "--json")
    assert failed.code == 1
    assert failed.document["failed"] == 1
    assert [line.strip() for line in lines[1:-1]] == failed.document["cases"][1]["differences"]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("only_in: [EEA]", "only_in: [EAE]", r"c\.yaml:5:26: cases\[0\]\.then\.api\.only_in\[0\]: 'EAE' is no place"),
        ("policies: [p.yaml]", "policies: [q.yaml]", r"c\.yaml:1:12: policies\[0\]: there is no policy file 'q\.yaml'"),
        ("then: {web", "than: {web", r"c\.yaml:8:3: cases\[1\]\.than: unknown key.*did you mean 'then'\?"),
        ("cases:", "cases: {", r"c\.yaml:\d+:\d+: this is not YAML"),
    ],
)
def test_cases_that_cannot_be_read_are_told_with_their_place(
    old: str, new: str, told: str, bare_placement: Command, empty_folder: Path
) -> None:
    write_fleet(empty_folder, POLICIES, "p.yaml")
    write_fleet(empty_folder, CASES.replace(old, new), "c.yaml")
    assert re.search(told, bare_placement("policy", "test", empty_folder).message)


def test_a_folder_without_cases_is_a_mistake(bare_placement: Command, empty_folder: Path) -> None:
    assert "holds no cases for policies" in bare_placement("policy", "test", empty_folder).message
    assert "there is no folder nowhere" in bare_placement("policy", "test", "nowhere").message


def test_cases_can_be_run_on_the_regions_of_the_database(placement: Command, folder: Path) -> None:
    sheet = Path(shutil.copytree(sample_folder(), folder / "sheet"))
    for file in sheet.glob("*.csv"):
        text = file.read_text(encoding="utf-8").splitlines(keepends=True)
        file.write_text("".join(line for line in text if not line.startswith("azure,")), encoding="utf-8")
    assert placement("--database", "sqlite:///small.db", "catalog", "load", sheet).code == 0
    write_fleet(folder, POLICIES, "p.yaml")
    write_fleet(folder, CASES, "c.yaml")
    assert placement("policy", "test", "c.yaml", "--market").code == 0
    ran = placement("--database", "sqlite:///small.db", "policy", "test", "c.yaml", "--market")
    assert ran.code == 1
    assert "  web: no region lies in 'azure'; add one under `regions`\n" in ran.out
    message = placement("--database", "sqlite:///none.db", "policy", "test", "c.yaml", "--market").message
    assert "run: placement catalog load DIR (or --sample)" in message


def test_policies_may_be_json(placement: Command, fleet: Path, folder: Path) -> None:
    rule = {"name": "eea", "version": 2, "when": {"classification": ["pii"]}, "allow_only": {"place": ["EEA"]}}
    write_fleet(folder, json.dumps({"classes": {"pii": {}}, "policies": [rule]}), "p.json")
    change("fleet.yaml", "p.yaml", "p.json")
    assert placement("policy", "check", fleet).code == 0


def test_the_example_is_lawful(placement: Command) -> None:
    ran = placement("policy", "check", EXAMPLES / "residency.yaml")
    assert (ran.code, ran.err) == (0, "")
