"""A workload as it is written: what it needs, where it may lie, and where it runs now."""

from placement.domain.fleet import (
    CapacityRequest,
    CurrentPlacement,
    Globs,
    GpuRequest,
    Job,
    Overhead,
    Resources,
    Service,
    Spread,
    Workload,
)
from placement.domain.money import HOURS_PER_MONTH
from placement.domain.offering import CAPACITY_TYPES, CapacityType
from placement.written.fields import Fields, Range, among, as_text
from placement.written.nodes import Items, Scalar, described

_ARCHITECTURE = among(
    ("x86_64", "arm64"),
    {"amd64": "x86_64", "x64": "x86_64", "x86": "x86_64", "aarch64": "arm64", "arm": "arm64"},
)
_CAPACITY_TYPE = among(
    [capacity_type.value for capacity_type in CAPACITY_TYPES],
    {"preemptible": "spot", "low-priority": "spot", "ondemand": "on_demand", "od": "on_demand"},
)
_ISOLATION = among(("container", "vm"))

FRACTION = Range(0, 1)
REPLICAS = Range(1, 100_000)
SCATTERED = Range(1, 1000)
GIGABYTES = Range(0, 1e9)
VCPUS = Range(0, 10_000, above=True)
MEMORY_GIB = Range(0, 100_000, above=True)
MINUTES = Range(0, 43_800)
HOURS_OF_A_MONTH = Range(0, 744, above=True)
HOURS_OF_A_RUN = Range(0, 8760, above=True)


def read_workload(fields: Fields) -> Workload:
    """One item of `workloads`."""
    with fields:
        name = fields.text("name")
        replicas = fields.whole("replicas", REPLICAS, 1)
        return Workload(
            name=name,
            labels=fields.texts_by_key("labels"),
            replicas=replicas,
            resources=_resources(fields.section("resources", "a mapping with vcpus and memory_gib")),
            overhead=_overhead(fields.section("overhead")),
            instance_types=read_globs(fields.section("instance_types")),
            capacity=_capacity(fields.section("capacity")),
            run=_run(fields),
            hours_per_month=fields.number("hours_per_month", HOURS_OF_A_MONTH, HOURS_PER_MONTH),
            classification=fields.words("classification"),
            places=read_globs(fields.section("places")),
            spread=_spread(fields),
            isolation="vm" if fields.text("isolation", _ISOLATION, "container") == "vm" else "container",
            current=_current(fields, replicas),
            state_gb=fields.number("state_gb", GIGABYTES, 0.0),
            failover=fields.words("failover", complaint=no_region),
        )


def read_globs(fields: Fields) -> Globs:
    """`{allow: [...], deny: [...]}`."""
    with fields:
        return Globs(allow=fields.words("allow"), deny=fields.words("deny"))


def no_region(text: str) -> str | None:
    """Complains of what cannot be a region's id; whether there is such a region, the catalog knows."""
    provider, _, name = text.partition(":")
    if provider and name and not any(letter.isspace() for letter in text):
        return None
    return f"{text[:60]!r} is no region; write provider:region, such as aws:eu-central-1"


def read_capacity_type(fields: Fields) -> CapacityType | None:
    """`capacity_type`, None where it is left out."""
    word = fields.optional_text("capacity_type", _CAPACITY_TYPE)
    return None if word is None else CapacityType(word)


def _resources(fields: Fields) -> Resources:
    with fields:
        return Resources(
            vcpus=fields.number("vcpus", VCPUS),
            memory_gib=fields.number("memory_gib", MEMORY_GIB),
            architecture=fields.words("architecture", ("x86_64",), _ARCHITECTURE, at_least=1),
            burstable=fields.flag("burstable", False),
            gpus=_gpus(fields.optional_section("gpus")),
        )


def _gpus(fields: Fields | None) -> GpuRequest | None:
    if fields is None:
        return None
    with fields:
        return GpuRequest(
            count=fields.whole("count", Range(1, 1024)),
            model=fields.words("model"),
            memory_gib=fields.number("memory_gib", Range(0, 100_000), 0.0),
        )


def _overhead(fields: Fields) -> Overhead:
    with fields:
        return Overhead(
            vcpus=fields.number("vcpus", Range(0, VCPUS.high), 0.0),
            memory_gib=fields.number("memory_gib", Range(0, MEMORY_GIB.high), 0.0),
        )


def _capacity(fields: Fields) -> CapacityRequest:
    with fields:
        types = fields.words("types", (CapacityType.ON_DEMAND,), _CAPACITY_TYPE, at_least=1)
        return CapacityRequest(
            types=tuple(map(CapacityType, types)),
            max_spot_fraction=fields.number("max_spot_fraction", FRACTION, 1.0),
        )


def _run(fields: Fields) -> Service | Job:
    service, job = fields.given("service"), fields.given("job")
    if service and job:
        fields.flaw("job", "a workload is a service or a job, but here are both")
    if not job:
        return _service(fields.section("service"))
    if service:
        _service(fields.section("service"))
    return _job(fields.section("job"))


def _service(fields: Fields) -> Service:
    with fields:
        return Service(
            restart_minutes=fields.number("restart_minutes", MINUTES, Service().restart_minutes),
            interruption_usd=fields.number("interruption_usd", Range(0, 1e9), 0.0),
        )


def _job(fields: Fields) -> Job:
    with fields:
        return Job(
            hours=fields.number("hours", HOURS_OF_A_RUN),
            runs_per_month=fields.number("runs_per_month", Range(0, 1e6, above=True), 1.0),
            checkpoint_write_minutes=fields.optional_number("checkpoint_write_minutes", MINUTES),
            restart_minutes=fields.number("restart_minutes", MINUTES, Service().restart_minutes),
            reload_gb=fields.number("reload_gb", GIGABYTES, 0.0),
            deadline_hours=fields.optional_number("deadline_hours", HOURS_OF_A_RUN),
        )


def _spread(fields: Fields) -> Spread | None:
    inner = fields.optional_section("spread")
    if inner is None:
        return None
    with inner:
        return Spread(
            min_regions=inner.whole("min_regions", SCATTERED, 1),
            min_providers=inner.whole("min_providers", SCATTERED, 1),
            min_zones=inner.whole("min_zones", SCATTERED, 1),
            max_fraction_per_region=inner.number("max_fraction_per_region", Range(0, 1, above=True), 1.0),
        )


def _current(fields: Fields, replicas: int) -> tuple[CurrentPlacement, ...]:
    node = fields.node_of("current")
    path = (*fields.path, "current")
    if node is None:
        return ()
    if isinstance(node, Items):
        items = fields.sections("current")
        return tuple(_current_part(item, replicas if len(items) == 1 else None) for item in items)
    if isinstance(node, Scalar):
        region = as_text(fields.notes, node, path, no_region)
        return (CurrentPlacement(region, replicas),) if region else ()
    reason = f"must be a region or a list of mappings with region and replicas, but is {described(node)}"
    fields.notes.on(node, path, reason)
    return ()


def _current_part(fields: Fields, replicas: int | None) -> CurrentPlacement:
    with fields:
        return CurrentPlacement(
            region=fields.text("region", no_region),
            replicas=fields.whole("replicas", REPLICAS, replicas),
            instance_type=fields.optional_text("instance_type"),
            capacity_type=read_capacity_type(fields),
        )
