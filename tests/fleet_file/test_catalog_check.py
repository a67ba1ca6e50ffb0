import pytest

from placement.domain.errors import BadFleet
from placement.fleet_file import check_places
from placement.market.catalog import Catalog
from tests.builders import REGIONS, catalog, offering
from tests.fleet_file.shop import ONE, SHOP, read


@pytest.fixture(scope="module")
def market() -> Catalog:
    return catalog([offering()], regions=REGIONS)


def refusal(text: str, market: Catalog) -> str:
    with pytest.raises(BadFleet) as caught:
        check_places(read(text), market)
    return str(caught.value)


def test_names_of_the_catalog_raise_nothing(market: Catalog) -> None:
    lines = (
        "  current: aws:eu-central-1\n"
        "  instance_types: {allow: [m.large, 'm.*']}\n"
        "  places: {allow: [aws, 'gcp:europe-*', 'azure:japaneast'], deny: ['*:us-*']}\n"
        "datasets: [{name: d, size_gb: 1, at: [gcp:us-central1], places: {allow: [EU]}}]\n"
        "limits: {quotas: [{region: aws:us-east-1, vcpus: 1}]}\n"
    )
    assert check_places(read(ONE + lines), market) == []


def test_countries_and_groups_need_no_regions_there(market: Catalog) -> None:
    lines = "  places: {allow: [FJ, NZ-AUK, oceania, eea], deny: [ES, South-America]}\n"
    assert check_places(read(ONE + lines), market) == []


@pytest.mark.parametrize(
    ("lines", "flaw"),
    [
        (
            "  current: aws:eu-centrl-1\n",
            "fleet.yaml:5:12: workloads[0].current: there is no region 'aws:eu-centrl-1'; "
            "did you mean 'aws:eu-central-1'?",
        ),
        (
            "  current: [{region: 'gcp:us-central-1'}]\n",
            "fleet.yaml:5:22: workloads[0].current[0].region: there is no region 'gcp:us-central-1'; "
            "did you mean 'gcp:us-central1'?",
        ),
        (
            "datasets: [{name: d, size_gb: 1, at: [aws:eu-central-1, asw:eu-west-1]}]\n",
            "fleet.yaml:5:57: datasets[0].at[1]: there is no region 'asw:eu-west-1'; did you mean 'aws:eu-west-1'?",
        ),
        (
            "limits: {quotas: [{region: 'aws:*', vcpus: 1}]}\n",
            "fleet.yaml:5:28: limits.quotas[0].region: there is no region 'aws:*'",
        ),
        (
            "  places: {allow: [aws:eu-centrl-1]}\n",
            "fleet.yaml:5:20: workloads[0].places.allow[0]: there is no region 'aws:eu-centrl-1'; "
            "did you mean 'aws:eu-central-1'?",
        ),
        (
            "  places: {deny: UK}\n",
            "fleet.yaml:5:18: workloads[0].places.deny: 'UK' is no place: use a provider (aws, azure, gcp), ",
        ),
        (
            "datasets: [{name: d, size_gb: 1, movable: true, places: {allow: [germany]}}]\n",
            "fleet.yaml:5:66: datasets[0].places.allow[0]: 'germany' is no place: ",
        ),
        (
            "  places: {allow: ['gpc:europe-*']}\n",
            "fleet.yaml:5:20: workloads[0].places.allow[0]: 'gpc:europe-*' is no place: there is no provider 'gpc', "
            "known are aws, azure, gcp; did you mean 'gcp'?",
        ),
    ],
)
def test_an_unknown_place_is_refused_where_it_stands(lines: str, flaw: str, market: Catalog) -> None:
    assert refusal(ONE + lines, market).startswith(flaw)


@pytest.mark.parametrize(
    ("lines", "warning"),
    [
        (
            "  places: {allow: [EU], deny: ['aws:eu-south-*']}\n",
            "fleet.yaml:5:32: workloads[0].places.deny[0]: no region matches 'aws:eu-south-*'",
        ),
        (
            "  instance_types: {deny: ['*.metal']}\n",
            "fleet.yaml:5:27: workloads[0].instance_types.deny[0]: no instance type matches '*.metal'",
        ),
        (
            "  instance_types: {allow: m.larg}\n",
            "fleet.yaml:5:27: workloads[0].instance_types.allow: there is no instance type 'm.larg'; "
            "did you mean 'm.large'?",
        ),
        (
            "  current: [{region: aws:eu-west-1, instance_type: m1.old}]\n",
            "fleet.yaml:5:52: workloads[0].current[0].instance_type: there is no instance type 'm1.old'",
        ),
    ],
)
def test_a_name_that_matches_nothing_gives_a_warning(lines: str, warning: str, market: Catalog) -> None:
    (said,) = check_places(read(ONE + lines), market)
    assert said.startswith(warning)


def test_all_unknown_places_are_told_in_the_order_of_the_text(market: Catalog) -> None:
    text = SHOP.replace("aws:eu-west-1", "aws:x").replace("places: {deny: [US]}", "places: {deny: [XX]}")
    lines = refusal(text.replace("allow: [aws,", "allow: [asw,"), market).splitlines()
    assert [line.split(": ")[1] for line in lines] == [
        "workloads[0].places.allow[0]",
        "workloads[1].current[1].region",
        "datasets[0].places.deny[0]",
    ]


def test_a_catalog_without_regions_knows_none() -> None:
    empty = catalog([], regions=[])
    assert "there is no region 'aws:eu-central-1'" in refusal(ONE + "  current: aws:eu-central-1\n", empty)
    assert check_places(read(ONE + "  places: {allow: [EU]}\n"), empty) == []


def test_thousands_of_unknown_places_are_told_in_reasonable_time(market: Catalog) -> None:
    words = ", ".join(f"aws:eu-{n}, word{n}" for n in range(3000))
    said = refusal(f"{ONE}  places: {{allow: [{words}]}}\n", market).splitlines()
    assert len(said) == 1001
    assert said[-1] == "fleet.yaml: and 5000 more like these"
    assert 0 < sum("did you mean" in line for line in said) <= 101
