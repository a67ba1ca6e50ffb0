from prometheus_client.parser import text_string_to_metric_families

from placement.domain.sweep import FailedCollection
from placement.store.repository import Store
from tests.api.serving import Service, serving
from tests.store.market import API, HOUR, NOON, SPOT, observed, price, sweep

Labels = dict[str, str]


def _value(service: Service, name: str, **labels: str) -> float | None:
    """Of the sample with this name and these labels, None if there is none."""
    text = service.get("/metrics").text
    samples = [s for family in text_string_to_metric_families(text) for s in family.samples]
    found = [s.value for s in samples if s.name == name and labels.items() <= s.labels.items()]
    assert len(found) <= 1
    return found[0] if found else None


def test_requests_are_counted_by_route_and_status(sample: Service) -> None:
    def count(method: str, route: str, status: int) -> float:
        return _value(sample, "placement_http_requests_total", method=method, route=route, status=str(status)) or 0

    asked = [("POST", "/v1/quotes", 200), ("GET", "/problems/{slug}", 200), ("GET", "unknown", 404)]
    asked += [("DELETE", "/v1/quotes", 405), ("other", "unknown", 404), ("HEAD", "/healthz", 200)]
    before = {which: count(*which) for which in asked}
    sample.quote()
    sample.get("/problems/timeout")
    sample.get("/v1/nothing/12345")
    sample.ask("DELETE", "/v1/quotes")
    sample.ask("BREW", "/v1/nothing")
    sample.ask("HEAD", "/healthz")
    assert {which: count(*which) - before[which] for which in asked} == dict.fromkeys(asked, 1)


def test_durations_are_measured(sample: Service) -> None:
    def measured() -> tuple[float, float]:
        name = "placement_http_request_duration_seconds"
        count, total = (_value(sample, f"{name}_{part}", route="/v1/quotes") or 0.0 for part in ("count", "sum"))
        return count, total

    before = measured()
    sample.quote()
    after = measured()
    assert after[0] == before[0] + 1
    assert 0 < after[1] - before[1] < 10


def test_the_catalog_is_told_with_its_age_by_source(store: Store, url: str) -> None:
    store.save_sweep(sweep(price(0.1), price(0.2, zone="a")), NOON - HOUR)
    prices = observed(NOON - 2 * HOUR, [price(0.03, SPOT)])
    store.save_sweep(sweep(*prices, source="aws", kind=API), NOON - HOUR / 2)
    store.save_failure(FailedCollection("gcp", NOON, NOON, "no rights"))
    with serving(url, clock=lambda: NOON) as service:
        values = {
            (name, *labels.values()): _value(service, f"placement_{name}", **labels)
            for name, labels in (
                ("database_up", {}),
                ("catalog_version", {}),
                ("catalog_age_seconds", {}),
                ("catalog_stale_offerings", {}),
                ("source_age_seconds", {"source": "list"}),
                ("source_age_seconds", {"source": "aws"}),
                ("source_failing", {"source": "aws"}),
                ("source_failing", {"source": "gcp"}),
                ("catalog_offerings", {"source": "list", "provider": "aws", "capacity_type": "on_demand"}),
                ("catalog_offerings", {"source": "aws", "provider": "aws", "capacity_type": "spot"}),
            )
        }
    assert list(values.values()) == [1, 2, 1800, 1, 3600, 1800, 0, 1, 2, 1]


def test_before_there_is_a_catalog_nothing_is_told_of_it(url: str) -> None:
    with serving(url) as service:
        assert _value(service, "placement_database_up") == 0
        assert _value(service, "placement_catalog_version") is None
        assert _value(service, "process_resident_memory_bytes")
