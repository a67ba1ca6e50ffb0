from collections import Counter

from tests.api.serving import Service, problem_of
from tests.cli.running import sample_rows


def test_all_regions_are_there_with_what_the_sheet_says(sample: Service) -> None:
    shown = sample.answer("/v1/regions")["regions"]
    sheet = {(row["provider"], row["region"]): row for row in sample_rows("regions")}
    assert [(r["provider"], r["region"]) for r in shown] == sorted(sheet, key=":".join)
    for region in shown:
        row = sheet[region["provider"], region["region"]]
        for key in ("country", "city", "continent", "operator_country"):
            assert (region[key] or "") == row.get(key, "")


def test_a_region_tells_its_storage_rate_its_attestations_and_its_offerings(sample: Service) -> None:
    shown = {(r["provider"], r["region"]): r for r in sample.answer("/v1/regions")["regions"]}
    for row in sample_rows("storage"):
        assert shown[row["provider"], row["region"]]["storage_usd_per_gb_month"] == float(row["usd_per_gb_month"])
    for row in sample_rows("attestations"):
        held = shown[row["provider"], row["region"]]["attestations"]
        assert {"scheme": row["scheme"], "valid_from": row["valid_from"], "valid_to": row["valid_to"] or None} in held
    offerings = Counter((row["provider"], row["region"]) for row in sample_rows("prices"))
    assert {place: region["offerings"] for place, region in shown.items() if region["offerings"]} == dict(offerings)


def test_regions_are_chosen_by_provider_and_country(sample: Service) -> None:
    every = sample.answer("/v1/regions")["regions"]
    asked = sample.answer("/v1/regions", provider=["aws", "gcp"], country=["de", "JP"])["regions"]
    assert asked == [r for r in every if r["provider"] in ("aws", "gcp") and r["country"] in ("DE", "JP")]
    assert len(asked) > 2


def test_a_parameter_that_is_not_known_is_named(sample: Service) -> None:
    problem = problem_of(sample.get("/v1/regions", params={"continent": "asia"}), 422, "invalid-request")
    assert problem["errors"] == [{"detail": "is not known here", "parameter": "continent"}]
