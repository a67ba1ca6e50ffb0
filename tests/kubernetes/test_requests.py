"""Requests are counted as the scheduler counts them."""

import pytest

from placement.kubernetes.objects import Container, Pod, PodSpec, Requests
from placement.kubernetes.requests import requested
from placement.kubernetes.shape import BadPod


def container(cpu: str = "1", memory: str = "1Gi", restart: str | None = None, **more: str) -> Container:
    return Container(Requests({"cpu": cpu, "memory": memory} | more), restart)


def asks(*containers: Container, **spec: object) -> tuple[float, float, int]:
    return requested(Pod(spec=PodSpec(containers=list(containers), **spec)))  # type: ignore[arg-type]


def test_containers_add_up() -> None:
    assert asks(container("500m", "1Gi"), container("1.5", "512Mi")) == (2.0, 1.5, 0)


def test_a_pod_that_requests_nothing_counts_as_the_scheduler_counts_it() -> None:
    assert asks(Container()) == (0.1, 200 / 1024, 0)
    assert asks(Container(Requests({"cpu": "0", "memory": "1Gi"})))[:2] == (0.1, 1.0)


def test_one_that_starts_before_the_others_counts_where_it_needs_more() -> None:
    assert asks(container("1"), init_containers=[container("3", "1Gi"), container("2", "4Gi")]) == (3.0, 4.0, 0)


def test_one_that_goes_on_beside_the_others_counts_with_them() -> None:
    beside = container("1", "1Gi", restart="Always")
    assert asks(container("1"), init_containers=[beside]) == (2.0, 2.0, 0)
    assert asks(container("1"), init_containers=[beside, container("3")]) == (4.0, 2.0, 0)
    assert asks(container("1"), init_containers=[container("3"), beside]) == (3.0, 2.0, 0)


def test_requests_of_the_pod_count_more_than_those_of_its_containers() -> None:
    assert asks(container("1", "2Gi"), resources=Requests({"cpu": "4"})) == (4.0, 2.0, 0)


def test_overhead_is_added() -> None:
    assert asks(container("1", "1Gi"), overhead={"cpu": "250m", "memory": "1Gi"}) == (1.25, 2.0, 0)


def test_gpus_are_counted() -> None:
    assert asks(container(**{"nvidia.com/gpu": "2"}), container(**{"nvidia.com/gpu": "1"}))[2] == 3


def test_what_is_no_quantity_is_told() -> None:
    with pytest.raises(BadPod, match="the pod requests what cannot be read: 'many' is no quantity"):
        asks(container("many"))
