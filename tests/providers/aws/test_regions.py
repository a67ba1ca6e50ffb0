"""The table of regions says of each public region of AWS where it lies."""

from botocore.session import Session  # type: ignore[import-untyped]

from providers.aws.places import is_region
from providers.known_regions import known_regions
from providers.sheets import cells

TABLE = known_regions("providers.aws", "aws")


def test_every_region_that_the_sdk_knows_is_in_the_table() -> None:
    sdk = Session()
    for partition in ("aws", "aws-cn", "aws-us-gov", "aws-eusc"):
        for name in sdk.get_available_regions("ec2", partition):
            assert TABLE[name].partition == partition


def test_the_table_is_made_of_real_places() -> None:
    for name, region in TABLE.items():
        assert is_region(name)
        assert cells.country(region.country)
        assert region.continent in cells.CONTINENTS
        assert -90 <= (region.lat or 99) <= 90
        assert -180 <= (region.lon or 999) <= 180
        assert region.subdivision is None or cells.subdivision(region.subdivision).startswith(region.country)
        assert (region.operator is None) == (region.operator_country is None)


def test_china_and_the_sovereign_cloud_have_operators_of_their_own() -> None:
    assert {name for name, region in TABLE.items() if region.operator} == {
        "cn-north-1",
        "cn-northwest-1",
        "eusc-de-east-1",
    }
    assert {region.parent_country for region in TABLE.values() if not region.operator} == {"US"}


def test_codes_of_local_and_wavelength_zones_are_not_those_of_regions() -> None:
    assert is_region("us-gov-west-1")
    assert is_region("ap-southeast-7")
    for code in ("us-east-1-bos-1", "us-east-1-wl1-atl1", "us-west-2-lax-1", "eu-west-2-wl1", "", "Any"):
        assert not is_region(code)
