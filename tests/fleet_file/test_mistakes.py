"""Each mistake is told with its line, its column, its key, and words that help."""

import pytest

from tests.fleet_file.shop import ONE, flaws_of

IN_THE_DOCUMENT = [
    ("- a\n", 1, 1, "", "must be a mapping of fleet, policies, workloads, datasets, flows, affinity"),
    ("fleet: f\n", 1, 1, "workloads", "is missing; it must be a list of 1 at least"),
    ("fleet: f\nworkloads: []\n", 2, 12, "workloads", "needs 1 at least, but has 0"),
    ("fleet: f\nworkloads: {a: 1}\n", 2, 12, "workloads", "must be a list, but is a mapping"),
    ("fleet: f\nworkloads: [5]\n", 2, 13, "workloads[0]", "must be a mapping of name, replicas, labels"),
    ("fleet: f\nworkloads: [5]\n", 2, 13, "workloads[0]", "but is the number 5"),
    (ONE + "flow: []\n", 5, 1, "flow", "unknown key, allowed are fleet"),
    (ONE + "flow: []\n", 5, 1, "flow", "did you mean 'flows'?"),
    (ONE + "fleet: g\n", 5, 1, "fleet", "this key stands here twice, first in line 1"),
    (ONE + "policies: [{name: gdpr}]\n", 5, 12, "policies[0]", "must be a text, but is a mapping"),
    (ONE.replace("fleet: f", "fleet: 7"), 1, 8, "fleet", "must be a text, but is the number 7; put it in quotes"),
    (ONE.replace("fleet: f", "fleet: true"), 1, 8, "fleet", "must be a text, but is true; put it in quotes"),
    (ONE.replace("fleet: f", "fleet:"), 1, 1, "fleet", "must be a text, but is empty"),
    (ONE.replace("fleet: f", "fleet: ' '"), 1, 8, "fleet", "there is nothing in it"),
    (ONE.replace("fleet: f", 'fleet: "a\\tb"'), 1, 8, "fleet", "one line of text without control characters"),
    (ONE.replace("fleet: f", f"fleet: {'f' * 501}"), 1, 8, "fleet", "has 501 characters, 500 at most"),
    (ONE.replace("web", "internet"), 3, 9, "workloads[0].name", "'internet' means the people outside"),
    (ONE.replace("name: web", "nam: web"), 3, 3, "workloads[0].name", "is missing; it must be a text"),
    (ONE.replace("name: web", "nam: web"), 3, 3, "workloads[0].nam", "did you mean 'name'?"),
    (ONE + "- {name: api}\n", 5, 3, "workloads[1].resources", "is missing; it must be a mapping with vcpus"),
    (
        ONE + "- {name: web, resources: {vcpus: 1, memory_gib: 1}}\n",
        5,
        10,
        "workloads[1].name",
        "the name 'web' is taken by workloads[0]; each needs its own",
    ),
    (
        ONE + "datasets: [{name: web, size_gb: 1, at: aws:x}]\n",
        5,
        19,
        "datasets[0].name",
        "the name 'web' is taken by workloads[0]",
    ),
]

IN_A_WORKLOAD = [
    ("colour: red", 3, "colour", "unknown key, allowed are name, replicas"),
    ("service: {}\n  job: {hours: 1}", (6, 3), "job", "a workload is a service or a job, but here are both"),
    ("replicas: 0", 13, "replicas", "must be a whole number from 1 to 100,000, but is 0"),
    ("replicas: -3", 13, "replicas", "but is -3"),
    ("replicas: 1.5", 13, "replicas", "must be a whole number from 1 to 100,000, but is 1.5"),
    ("replicas: '3'", 13, "replicas", "but is the text '3'; drop the quotes"),
    ("replicas: true", 13, "replicas", "must be a whole number from 1 to 100,000, but is true"),
    ("replicas: 1_000", 13, "replicas", "but is the text '1_000'"),
    ("replicas:", 3, "replicas", "but is empty"),
    ("replicas: .inf", 13, "replicas", "but is inf"),
    (f"replicas: {'9' * 5000}", 13, "replicas", "but is inf"),
    ("labels: {team: 5}", 18, "labels.team", "must be a text, but is the number 5; put it in quotes"),
    ("labels: [a]", 11, "labels", "must be a mapping of texts, but is a list"),
    ("labels: {5: a}", 12, "labels", "a key must be text, but here it is the number 5; put it in quotes"),
    ("labels: {yes: a, no: b, '': c}", 27, "labels", "'' cannot be a key here"),
    ("labels: {? [a] : b}", 14, "labels", "a key must be text, but here it is a list"),
    ("overhead: {vcpus: -1}", 21, "overhead.vcpus", "must be a number from 0 to 10,000, but is -1"),
    ("instance_types: [m5]", 19, "instance_types", "must be a mapping of allow, deny, but is a list"),
    ("capacity: {types: []}", 21, "capacity.types", "needs 1 at least, but has 0"),
    ("capacity: {types: [spott]}", 22, "capacity.types[0]", "did you mean 'spot'?"),
    ("capacity: {types: preemptible}", 21, "capacity.types", "did you mean 'spot'?"),
    ("capacity: {types: [spot, spot]}", 28, "capacity.types[1]", "'spot' stands in this list twice"),
    ("capacity: {max_spot_fraction: 50}", 33, "capacity.max_spot_fraction", "from 0 to 1, but is 50"),
    ("service: {restart_minutes: .nan}", 30, "service.restart_minutes", "from 0 to 43,800, but is nan"),
    ("service: {restart: 1}", 13, "service.restart", "did you mean 'restart_minutes'?"),
    ("service:", 3, "service", "must be a mapping of restart_minutes, interruption_usd, but is empty"),
    ("job: {}", 8, "job.hours", "is missing; it must be a number above 0 and at most 8,760"),
    ("job: {hours: 0}", 16, "job.hours", "must be a number above 0 and at most 8,760, but is 0"),
    ("hours_per_month: 745", 20, "hours_per_month", "must be a number above 0 and at most 744, but is 745"),
    ("classification: 5", 19, "classification", "must be a list of texts, but is the number 5"),
    ("classification:", 3, "classification", "must be a list of texts, but is empty"),
    ("places: {allow: }", 12, "places.allow", "must be a list of texts, but is empty"),
    ("places: {alow: [EU]}", 12, "places.alow", "did you mean 'allow'?"),
    ("places: [EU]", 11, "places", "must be a mapping of allow, deny, but is a list"),
    ("spread: {min_regions: 2}", 25, "spread.min_regions", "1 replica cannot be in 2 of them at once"),
    ("replicas: 2\n  spread: {min_zones: 3}", (6, 23), "spread.min_zones", "2 replicas cannot be in 3"),
    ("replicas: 2\n  spread: {min_providers: 3}", (6, 27), "spread.min_providers", "2 replicas cannot be"),
    (
        "replicas: 6\n  spread: {max_fraction_per_region: 0.1}",
        (6, 37),
        "spread.max_fraction_per_region",
        "0.1 of 6 replicas is less than one, so that no region could have any; it must be 0.1667 at least",
    ),
    ("spread: {max_fraction_per_region: 0}", 37, "spread.max_fraction_per_region", "above 0 and at most 1"),
    ("isolation: pod", 14, "isolation", "must be container or vm, but is 'pod'"),
    ("isolation:", 3, "isolation", "must be a text, but is empty"),
    ("current: here", 12, "current", "'here' is no region; write provider:region, such as aws:eu-central-1"),
    ("current: {region: aws:x}", 12, "current", "must be a region or a list of mappings"),
    ("current: [{replicas: 1}]", 13, "current[0].region", "is missing; it must be a text"),
    ("current: [{region: aws:x}, {region: aws:y}]", 13, "current[0].replicas", "is missing; it must be a whole"),
    ("state_gb: 1e300", 13, "state_gb", "must be a number from 0 to 1,000,000,000, but is 1e+300"),
    ("state_gb: 40GB", 13, "state_gb", "must be a number from 0 to 1,000,000,000, but is the text '40GB'"),
    ("<<: [1]", 8, "<<", "<< takes over a mapping, but this is the number 1"),
    ("state_gb: !!int 5", 13, "state_gb", "the tag 'tag:yaml.org,2002:int' has no meaning here"),
    ("state_gb: !money 5", 13, "state_gb", "the tag '!money' has no meaning here"),
]

IN_RESOURCES = [
    ("vcpus: 0, memory_gib: 8", 22, "vcpus", "must be a number above 0 and at most 10,000, but is 0"),
    ("vcpus: 2, memory_gib: 16Gi", 37, "memory_gib", "but is the text '16Gi'"),
    ("vcpus: 2", 14, "memory_gib", "is missing; it must be a number above 0 and at most 100,000"),
    ("vcpus: 2, memory_gib: 8, cpus: 1", 40, "cpus", "did you mean 'vcpus'?"),
    ("vcpus: 2, memory_gib: 8, architecture: amd64", 54, "architecture", "did you mean 'x86_64'?"),
    ("vcpus: 2, memory_gib: 8, architecture: []", 54, "architecture", "needs 1 at least, but has 0"),
    ("vcpus: 2, memory_gib: 8, architecture: [arm]", 55, "architecture[0]", "x86_64 or arm64, but is 'arm'"),
    ("vcpus: 2, memory_gib: 8, burstable: yes", 51, "burstable", "yes, no, on and off are texts in YAML 1.2"),
    ("vcpus: 2, memory_gib: 8, burstable: 1", 51, "burstable", "must be true or false, but is the number 1"),
    ("vcpus: 2, memory_gib: 8, gpus: 2", 46, "gpus", "must be a mapping of count, model, memory_gib"),
    ("vcpus: 2, memory_gib: 8, gpus: {}", 46, "gpus.count", "is missing; it must be a whole number from 1"),
]

AFTER_THE_WORKLOADS = [
    ("datasets: [{name: d, at: aws:x}]", 12, "datasets[0].size_gb", "is missing; it must be a number from 0"),
    ("datasets: [{name: d, size_gb: 1}]", 12, "datasets[0].at", "is missing; say where the data lies"),
    ("datasets: [{name: d, size_gb: 1, at: [x]}]", 39, "datasets[0].at[0]", "'x' is no region; write provider:region"),
    ("datasets: [{name: d, size_gb: 1, at: [aws:x], copies: 2}]", 55, "datasets[0].copies", "it lies in 1 region"),
    ("datasets: [{name: d, size_gb: 1, movable: true, copies: 0}]", 57, "datasets[0].copies", "from 1 to 1,000"),
    ("datasets: [{name: d, size_gb: 1, movable: no}]", 43, "datasets[0].movable", "must be true or false"),
    ("datasets: [{name: d, size_gb: 1, at: [aws:x, aws:x]}]", 46, "datasets[0].at[1]", "stands in this list twice"),
    ("flows: [{from: wbe, to: internet, gb_per_month: 1}]", 16, "flows[0].from", "did you mean 'web'?"),
    ("flows: [{from: web, to: nowhere, gb_per_month: 1}]", 25, "flows[0].to", "no workload or dataset 'nowhere'"),
    ("flows: [{from: web, to: web, gb_per_month: 1}]", 25, "flows[0].to", "this one stays at 'web'"),
    ("flows: [{from: internet, to: internet, gb_per_month: 1}]", 30, "flows[0].to", "stays at 'internet'"),
    ("flows: [{from: web, to: internet}]", 9, "flows[0].gb_per_month", "is missing"),
    ("flows: [{from: web, to: internet, gb_per_month: -1}]", 49, "flows[0].gb_per_month", "from 0 to 1,000,000,000"),
    (
        "flows: [{from: web, to: internet, gb_per_month: 1, max_rtt_ms: 9}]",
        64,
        "flows[0].max_rtt_ms",
        "cannot be kept: where on the internet the other end is, nobody knows",
    ),
    (
        "flows: [{from: web, to: internet, gb_per_month: 1, declassify: {method: m}}]",
        64,
        "flows[0].declassify.evidence",
        "is missing; it must be a text",
    ),
    ("affinity: [{workloads: [web]}]", 24, "affinity[0].workloads", "needs 2 at least, but has 1"),
    ("affinity: [{workloads: [web, wbe]}]", 30, "affinity[0].workloads[1]", "no workload 'wbe'; did you mean 'web'?"),
    ("anti_affinity: [{workloads: [web, web]}]", 35, "anti_affinity[0].workloads[1]", "stands in this list twice"),
    ("affinity: [{workloads: [web, x], by: zone}]", 38, "affinity[0].by", "must be region or provider, but is 'zone'"),
    ("limits: {quotas: [{region: aws:x}]}", 19, "limits.quotas[0].vcpus", "is missing"),
    ("limits: {quotas: [{region: x, vcpus: 1}]}", 28, "limits.quotas[0].region", "'x' is no region"),
    (
        "limits: {spot_share: [{workloads: web2, max_fraction: 1}]}",
        35,
        "limits.spot_share[0].workloads",
        "there is no workload 'web2'; did you mean 'web'?",
    ),
    ("limits: {spot_share: [{workloads: [web]}]}", 23, "limits.spot_share[0].max_fraction", "is missing"),
    ("limits: {pool_exposure: 0.2}", 25, "limits.pool_exposure", "must be a mapping of max_fraction"),
    ("limits: {budget_usd_per_month: 0}", 32, "limits.budget_usd_per_month", "must be a number above 0"),
    ("limits: {migration: {horizon_months: 0}}", 38, "limits.migration.horizon_months", "above 0 and at most 120"),
    ("limits: {budget: 5}", 10, "limits.budget", "did you mean 'budget_usd_per_month'?"),
]


def assert_flaw(text: str, line: int, column: int, key: str, words: str) -> None:
    flaws = flaws_of(text)
    found = [flaw for flaw in flaws if (flaw.line, flaw.column, flaw.key) == (line, column, key)]
    assert any(words in flaw.reason for flaw in found), "\n".join(map(str, flaws))
    assert all(flaw.source == "fleet.yaml" for flaw in flaws)


@pytest.mark.parametrize(("text", "line", "column", "key", "words"), IN_THE_DOCUMENT)
def test_a_mistake_in_the_document_is_told(text: str, line: int, column: int, key: str, words: str) -> None:
    assert_flaw(text, line, column, key, words)


@pytest.mark.parametrize(("lines", "at", "key", "words"), IN_A_WORKLOAD)
def test_a_mistake_in_a_workload_is_told(lines: str, at: int | tuple[int, int], key: str, words: str) -> None:
    line, column = (5, at) if isinstance(at, int) else at
    assert_flaw(f"{ONE}  {lines}\n", line, column, f"workloads[0].{key}", words)
    assert len(flaws_of(f"{ONE}  {lines}\n")) <= 2


@pytest.mark.parametrize(("resources", "column", "key", "words"), IN_RESOURCES)
def test_a_mistake_in_the_resources_is_told(resources: str, column: int, key: str, words: str) -> None:
    text = ONE.replace("vcpus: 2, memory_gib: 8", resources)
    assert_flaw(text, 4, column, f"workloads[0].resources.{key}", words)
    assert len(flaws_of(text)) == 1


@pytest.mark.parametrize(("lines", "column", "key", "words"), AFTER_THE_WORKLOADS)
def test_a_mistake_after_the_workloads_is_told(lines: str, column: int, key: str, words: str) -> None:
    assert_flaw(f"{ONE}{lines}\n", 5, column, key, words)


def test_a_dataset_is_no_workload() -> None:
    text = f"{ONE}datasets: [{{name: d, size_gb: 1, at: aws:x}}]\naffinity: [{{workloads: [web, d]}}]\n"
    assert_flaw(text, 6, 30, "affinity[0].workloads[1]", "'d' is a dataset, but only workloads can be here")


def test_all_mistakes_are_told_at_once_in_the_order_of_the_text() -> None:
    text = (
        "fleet: 1\npolicy: []\nworkloads:\n- {name: a, resources: {vcpus: x, memory_gib: -1}, replicas: 0, "
        "spread: {min_regions: 5}}\n- {name: a}\nflows:\n- {from: a, to: c, gb_per_month: true}\n"
    )
    assert [(flaw.line, flaw.key) for flaw in flaws_of(text)] == [
        (1, "fleet"),
        (2, "policy"),
        (4, "workloads[0].resources.vcpus"),
        (4, "workloads[0].resources.memory_gib"),
        (4, "workloads[0].replicas"),
        (5, "workloads[1].resources"),
        (5, "workloads[1].name"),
        (7, "flows[0].to"),
        (7, "flows[0].gb_per_month"),
    ]


def test_a_fraction_is_taken_as_it_is_written() -> None:
    """0.29 x 100 is 28.999... in binary, but 29 replicas of 100 are meant; and 0.01 of them is one."""
    assert flaws_of(f"{ONE}  replicas: 100\n  spread: {{max_fraction_per_region: 0.01}}\n") == ()
    assert flaws_of(f"{ONE}  replicas: 10\n  spread: {{max_fraction_per_region: 0.1}}\n") == ()


def test_the_least_fraction_that_is_named_is_enough() -> None:
    for replicas in range(2, 200):
        lines = f"{ONE}  replicas: {replicas}\n  spread: {{max_fraction_per_region: %s}}\n"
        (flaw,) = flaws_of(lines % "0.000001")
        named = flaw.reason.split("it must be ")[1].split(" at least")[0]
        assert flaws_of(lines % named) == ()


def test_thousands_of_mistakes_are_told_in_reasonable_time() -> None:
    names = "".join(f"- {{name: w{n}, resources: {{vcpus: 1, memory_gib: 1}}}}\n" for n in range(2000))
    flows = "".join(f"- {{from: v{n}, to: u{n}, gb_per_month: 1}}\n" for n in range(2000))
    flaws = flaws_of(f"fleet: f\nworkloads:\n{names}flows:\n{flows}")
    assert len(flaws) == 1001
    assert str(flaws[-1]) == "fleet.yaml: and 3000 more like these"
    assert 0 < sum("did you mean" in flaw.reason for flaw in flaws) < 100
