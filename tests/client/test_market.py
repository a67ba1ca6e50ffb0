from datetime import UTC, datetime

import pytest

from placement.client import Client
from placement.domain.errors import BadInput
from placement.domain.fleet import Globs, GpuRequest
from placement.domain.offering import CapacityType
from placement.domain.quote import QuoteRequest
from tests.cli.running import sample_rows


def test_a_quote_asks_for_all_that_is_in_the_request(client: Client) -> None:
    request = QuoteRequest(
        4,
        16,
        architecture=("arm64", "x86_64"),
        burstable=True,
        capacity_types=(CapacityType.SPOT, CapacityType.ON_DEMAND),
        places=Globs(("EU",), ("aws",)),
        top=7,
        risk_adjusted=True,
        allow_stale=True,
    )
    offerings = client.market.quote(request)["offerings"]
    assert len(offerings) == 7
    assert "aws" not in {offering["provider"] for offering in offerings}
    assert {offering["capacity_type"] for offering in offerings} <= {"spot", "on_demand"}
    assert all(offering["vcpus"] >= 4 and offering["memory_gib"] >= 16 for offering in offerings)


def test_a_quote_for_gpus_has_gpus(client: Client) -> None:
    kinds = {(row["provider"], row["instance_type"]): row for row in sample_rows("instance_types")}
    offerings = client.market.quote(QuoteRequest(1, 1, gpus=GpuRequest(1, ("T4",))))["offerings"]
    assert {kinds[o["provider"], o["instance_type"]]["gpu_model"] for o in offerings} == {"T4"}


def test_where_nothing_fits_the_rules_that_refuse_it_are_told(client: Client) -> None:
    quote = client.market.quote(QuoteRequest(4000, 16))
    assert quote["offerings"] == []
    assert quote["searched"] == len(sample_rows("prices"))
    assert quote["rejections"][0]["rule"] == "resources"


def test_a_place_that_means_nothing_is_pointed_at(client: Client) -> None:
    with pytest.raises(BadInput, match=r"#/places/allow/0: .*Atlantis"):
        client.market.quote(QuoteRequest(1, 1, places=Globs(("Atlantis",))))


def test_a_history_has_its_window_and_filters(client: Client) -> None:
    window = datetime(2020, 1, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
    found = client.market.price_history("aws:eu-central-1", "m5.large", window, capacity_type=CapacityType.SPOT)
    assert (found["since"], found["until"]) == ("2020-01-01T00:00:00Z", "2026-11-01T00:00:00Z")
    assert {point["capacity_type"] for point in found["points"]} == {"spot"}
    assert client.market.price_history("aws:eu-central-1", "m5.large", window, zone="nowhere")["points"] == []
    assert client.market.price_history("aws:eu-central-1", "m5.large")["points"]


def test_the_catalog_counts_what_there_is(client: Client) -> None:
    assert client.market.catalog()["offerings"] == len(sample_rows("prices"))


def test_collections_are_listed_and_begun(client: Client) -> None:
    assert [done["source"] for done in client.market.collections(["sample"], "stored")] == ["sample"]
    assert list(client.market.collections(["nobody"])) == []
    with pytest.raises(BadInput, match="there is no provider 'awz'; did you mean aws"):
        client.market.collect("awz")
    started = client.market.collect("onprem")
    assert started["provider"] == "onprem"
