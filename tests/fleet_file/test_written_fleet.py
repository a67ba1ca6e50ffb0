import io
import json

from hypothesis import HealthCheck, given, settings
from ruamel.yaml import YAML

from placement.domain.fleet import Dataset, Fleet, Flow, Resources, Spread, Workload
from placement.fleet_file import parse_fleet, to_document
from tests.fleet_file.fleets import fleets
from tests.fleet_file.shop import ONE, SHOP, read

TOO_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]


@given(fleets())
@settings(suppress_health_check=TOO_SLOW)
def test_a_fleet_that_is_written_as_json_is_read_again_the_same(fleet: Fleet) -> None:
    for text in (json.dumps(to_document(fleet)), json.dumps(to_document(fleet), ensure_ascii=False, indent="\t")):
        assert parse_fleet(text, "body").fleet == fleet


@given(fleets())
@settings(suppress_health_check=TOO_SLOW, max_examples=30)
def test_a_fleet_that_is_written_as_yaml_is_read_again_the_same(fleet: Fleet) -> None:
    stream = io.StringIO()
    yaml = YAML(typ="safe", pure=True)
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    # In a list on one line the writer leaves `?x` without quotes, which the reader takes for a key.
    yaml.default_flow_style = False
    yaml.dump(to_document(fleet), stream)
    assert parse_fleet(stream.getvalue(), "fleet.yaml").fleet == fleet


def test_a_document_with_every_key_is_read_again_the_same() -> None:
    fleet = read(SHOP).fleet
    assert read(json.dumps(to_document(fleet))).fleet == fleet


def test_what_has_its_default_is_not_written() -> None:
    assert to_document(read(ONE).fleet) == {
        "fleet": "f",
        "workloads": [{"name": "web", "resources": {"vcpus": 2, "memory_gib": 8}}],
    }


def test_the_words_of_the_file_are_used() -> None:
    fleet = Fleet(
        "f",
        (Workload("web", Resources(2, 8), spread=Spread()),),
        (Dataset("d", 1.5, at=("aws:x", "aws:y"), copies=2),),
        (Flow("d", "web", 0),),
    )
    document = to_document(fleet)
    assert document["workloads"][0]["spread"] == {}
    assert document["datasets"] == [{"name": "d", "size_gb": 1.5, "at": ["aws:x", "aws:y"]}]
    assert document["flows"] == [{"from": "d", "to": "web", "gb_per_month": 0}]
