from pathlib import Path

import pytest

from placement.domain.errors import BadFleet, BadPolicies
from placement.fleet_file import FleetDocument, parse_fleet, read_fleet
from placement.policy_file import check_classes, parse_policies, read_fleet_policies, resolve
from tests.policy_file.texts import CLASSES, DENY, DESIGN, TODAY, read

WEB = "workloads:\n- {name: web, resources: {vcpus: 1, memory_gib: 1}%s}\n"


def fleet(policies: str = "[]", workload: str = "", rest: str = "") -> FleetDocument:
    return parse_fleet(f"fleet: f\npolicies: {policies}\n{WEB % workload}{rest}", "fleet.yaml")


def refusal(document: FleetDocument, folder: Path) -> str:
    with pytest.raises(BadFleet) as caught:
        read_fleet_policies(document, folder, TODAY)
    return str(caught.value)


def undefined(document: FleetDocument, *texts: str) -> str:
    with pytest.raises(BadFleet) as caught:
        check_classes(document, read(*texts))
    return str(caught.value)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "fleets").mkdir()
    (tmp_path / "laws").mkdir()
    (tmp_path / "laws" / "gdpr.yaml").write_text(DESIGN, encoding="utf-8")
    (tmp_path / "fleets" / "own.json").write_text("{}", encoding="utf-8")
    return tmp_path / "fleets"


def test_policy_files_are_found_beside_the_fleet(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = folder / "fleet.yaml"
    path.write_text(f"fleet: f\npolicies: [own.json, ../laws/gdpr.yaml]\n{WEB % ''}", encoding="utf-8")
    monkeypatch.chdir(folder.parent)
    document = read_fleet(Path("fleets/fleet.yaml"))
    policies = read_fleet_policies(document, Path("fleets"), TODAY)
    assert policies.policies == read(DESIGN).policies
    assert policies.sources == ("fleets/own.json", "fleets/../laws/gdpr.yaml")
    assert resolve(Path("fleets/fleet.yaml"), document.fleet.policies) == list(map(Path, policies.sources))


def test_a_path_from_the_root_is_taken_as_it_is(folder: Path) -> None:
    path = folder.parent / "laws" / "gdpr.yaml"
    assert resolve(Path("elsewhere/fleet.yaml"), [str(path)]) == [path]


def test_a_fleet_without_policies_has_none(folder: Path) -> None:
    assert read_fleet_policies(fleet(), folder, TODAY).policies.policies == ()


@pytest.mark.parametrize(
    ("policies", "flaw"),
    [
        (
            "[own.json, ../laws/gdrp.yaml]",
            "fleet.yaml:2:22: policies[1]: there is no policy file '../laws/gdrp.yaml'; "
            "paths are relative to the fleet file; did you mean 'gdpr.yaml'?",
        ),
        (
            "owm.json",
            "fleet.yaml:2:11: policies: there is no policy file 'owm.json'; "
            "paths are relative to the fleet file; did you mean 'own.json'?",
        ),
        (
            "[nowhere/gdpr.yaml]",
            "fleet.yaml:2:12: policies[0]: there is no policy file 'nowhere/gdpr.yaml'; "
            "paths are relative to the fleet file",
        ),
        ("[../laws]", "fleet.yaml:2:12: policies[0]: '../laws' is a folder; name a policy file in it"),
        (
            "[own.json, ../fleets/own.json]",
            "fleet.yaml:2:22: policies[1]: '../fleets/own.json' is the same file as policies[0]; name it once",
        ),
        (
            f"[{'a' * 400}]",
            f"fleet.yaml:2:12: policies[0]: there is no policy file '{'a' * 400}'; "
            "paths are relative to the fleet file",
        ),
    ],
)
def test_a_file_that_is_not_there_is_told_with_the_line_of_the_fleet(policies: str, flaw: str, folder: Path) -> None:
    assert refusal(fleet(policies), folder) == flaw


def test_all_files_that_are_not_there_are_told(folder: Path) -> None:
    assert len(refusal(fleet("[a, own.json, b]"), folder).splitlines()) == 2
    with pytest.raises(BadFleet) as caught:
        resolve(folder / "fleet.yaml", ["a", "own.json", "../laws"])
    assert [flaw.key for flaw in caught.value.flaws] == ["policies[0]", "policies[2]"]
    assert caught.value.flaws[0].source == str(folder / "fleet.yaml")


def test_what_is_wrong_in_a_policy_file_is_told_with_its_own_line(folder: Path) -> None:
    (folder / "own.json").write_text('{"classes": 5}', encoding="utf-8")
    with pytest.raises(BadPolicies, match=r"own\.json:1:13: classes: must be a mapping"):
        read_fleet_policies(fleet("own.json"), folder, TODAY)


def test_the_providers_of_a_catalog_are_known(folder: Path) -> None:
    (folder / "own.yaml").write_text(DENY.replace("US", "hetzner"), encoding="utf-8")
    with pytest.raises(BadPolicies, match="'hetzner' is no place"):
        read_fleet_policies(fleet("own.yaml"), folder, TODAY)
    assert read_fleet_policies(fleet("own.yaml"), folder, TODAY, ["hetzner"]).policies.policies


def test_classes_that_are_defined_raise_nothing() -> None:
    rest = (
        "datasets: [{name: d, size_gb: 1, at: aws:x, classification: pii-eu}]\n"
        "flows: [{from: d, to: web, gb_per_month: 1, declassify: {method: m, evidence: e, classes: pii-eu}}]\n"
    )
    check_classes(fleet(workload=", classification: [pii-eu]", rest=rest), read(CLASSES))
    check_classes(fleet(), parse_policies([], TODAY))


@pytest.mark.parametrize(
    ("workload", "rest", "place"),
    [
        (", classification: [pii-eu, pii-ue]", "", "fleet.yaml:4:78: workloads[0].classification[1]"),
        (", classification: pii-ue", "", "fleet.yaml:4:69: workloads[0].classification"),
        (
            "",
            "datasets: [{name: d, size_gb: 1, at: aws:x, classification: [pii-ue]}]\n",
            "fleet.yaml:5:62: datasets[0].classification[0]",
        ),
        (
            "",
            "flows: [{from: web, to: internet, gb_per_month: 1, "
            "declassify: {method: m, evidence: e, classes: [pii-ue]}}]\n",
            "fleet.yaml:5:99: flows[0].declassify.classes[0]",
        ),
    ],
)
def test_a_class_that_is_not_defined_is_told_where_it_stands(workload: str, rest: str, place: str) -> None:
    said = undefined(fleet(workload=workload, rest=rest), CLASSES, "groups: {a: [DE]}\n")
    assert said == f"{place}: no class 'pii-ue' is defined in a.yaml, b.yaml; did you mean 'pii-eu'?"


def test_a_class_of_a_fleet_without_policies_is_told_too() -> None:
    said = undefined(fleet(workload=", classification: [pii]"))
    assert "the class 'pii' is not defined: no file of policies is named (`policies` in a fleet file, " in said


def test_thousands_of_undefined_classes_are_told_in_reasonable_time() -> None:
    names = ", ".join(f"class-{n}" for n in range(3000))
    known = "classes: {" + ", ".join(f"klass-{n}: {{}}" for n in range(3000)) + "}\n"
    said = undefined(fleet(workload=f", classification: [{names}]"), known).splitlines()
    assert len(said) == 1001
    assert sum("did you mean" in line for line in said) == 50
