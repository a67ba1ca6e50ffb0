"""What Prometheus is told: requests as they end, and the market as it is when it asks."""

from collections import Counter as Counts
from collections.abc import Callable, Iterator
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, GCCollector, Histogram, PlatformCollector, ProcessCollector
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from api.jobs import Jobs
from api.market import Market
from placement.kubernetes.scheduler import Scheduler

_BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))


class Requests:
    """Counts requests and their durations, by method, route and status."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._count = Counter(
            "placement_http_requests", "Requests that ended.", ("method", "route", "status"), registry=registry
        )
        self._seconds = Histogram(
            "placement_http_request_duration_seconds",
            "Time from a request's first line to the end of its answer.",
            ("route",),
            buckets=_BUCKETS_S,
            registry=registry,
        )

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """One request; `route` is the pattern of its path, so that there are few."""
        self._count.labels(method if method in _METHODS else "other", route, status).inc()
        self._seconds.labels(route).observe(seconds)


class MarketCollector(Collector):
    """Reads the market when it is asked."""

    def __init__(self, market: Market, clock: Callable[[], datetime]) -> None:
        self._market, self._clock = market, clock

    def collect(self) -> Iterator[Metric]:
        """Gauges; of the catalog only once there is one."""
        market, now = self._market, self._clock()
        yield GaugeMetricFamily(
            "placement_database_up", "1 if the last question to the database was answered.", market.failure is None
        )
        snapshot, provenance = market.snapshot, market.provenance
        if snapshot is None or provenance is None:
            return
        yield GaugeMetricFamily("placement_catalog_version", "Version of the catalog in use.", snapshot.version)
        yield GaugeMetricFamily(
            "placement_catalog_age_seconds",
            "Since the newest collection.",
            (now - snapshot.catalog.as_of).total_seconds(),
        )
        yield GaugeMetricFamily(
            "placement_catalog_stale_offerings", "Offerings too old to be used.", snapshot.stale_offerings
        )
        ages = GaugeMetricFamily(
            "placement_source_age_seconds", "Since the source was last stored.", labels=("source",)
        )
        for done in provenance.collections:
            ages.add_metric((done.source,), (now - done.finished_at).total_seconds())
        yield ages
        failing = GaugeMetricFamily("placement_source_failing", "1 if its last sweep failed.", labels=("source",))
        for source in sorted({done.source for done in provenance.collections} | provenance.failures.keys()):
            failing.add_metric((source,), source in provenance.failures)
        yield failing
        counts: Counts[tuple[str, ...]] = Counts()
        for row in provenance.freshness:
            for kind, number in row.offerings.items():
                counts[row.source, row.provider, kind.value] += number
        offerings = GaugeMetricFamily(
            "placement_catalog_offerings", "Live offerings.", labels=("source", "provider", "capacity_type")
        )
        for labels, number in sorted(counts.items()):
            offerings.add_metric(labels, number)
        yield offerings


class QueueCollector(Collector):
    """Tells of the requests for decisions, as the jobs saw them last."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs

    def collect(self) -> Iterator[Metric]:
        """Gauges; of the queue only once it was looked at."""
        yield GaugeMetricFamily("placement_worker_up", "1 if this process works on jobs.", float(self._jobs.works))
        if self._jobs.open_requests is not None:
            waiting, working = self._jobs.open_requests
            depth = GaugeMetricFamily(
                "placement_decision_requests", "Requests for decisions that have not ended.", labels=("state",)
            )
            depth.add_metric(("queued",), waiting)
            depth.add_metric(("running",), working)
            yield depth


class ClusterCollector(Collector):
    """Tells of the cluster whose scheduler is answered."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler

    def collect(self) -> Iterator[Metric]:
        """Gauges; of the nodes only while there are answers."""
        census = self._scheduler.census()
        yield GaugeMetricFamily("placement_cluster_up", "1 if the cluster's scheduler is answered.", census is not None)
        if census is not None:
            yield GaugeMetricFamily("placement_cluster_nodes", "Nodes of the cluster.", census.nodes)
            yield GaugeMetricFamily(
                "placement_cluster_nodes_without_region",
                "Nodes of which nobody knows where they are.",
                census.without_region,
            )
            yield GaugeMetricFamily(
                "placement_cluster_nodes_without_price",
                "Nodes of which the catalog has no price.",
                census.without_price,
            )


def registry_of_process() -> CollectorRegistry:
    """A registry that tells of this process, its memory and its collector of garbage."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    GCCollector(registry=registry)
    return registry
