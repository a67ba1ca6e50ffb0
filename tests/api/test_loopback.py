import pytest

from api.errors import LoopbackOnly
from api.loopback import check
from placement.domain.loopback import is_loopback
from tests.api.serving import Service, problem_of


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8080", "127.0.0.1", "127.0.0.1:1", "127.1.2.3", "[::1]:8080"])
def test_this_machine_is_answered_under_any_of_its_names(host: str, sample: Service) -> None:
    assert sample.get("/v1/regions", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["placement.example", "127.0.0.1.example", "10.0.0.1", "[::2]", "localhost.example:80", ""]
)
def test_another_name_is_refused_even_if_it_leads_here(host: str, sample: Service) -> None:
    problem_of(sample.get("/v1/regions", headers={"Host": host}), 403, "loopback-only")


@pytest.mark.parametrize("address", [("10.0.0.1", 8080), ("::ffff:10.0.0.1", 8080), ("0.0.0.0", 1)])
def test_what_came_in_by_another_address_is_refused(address: tuple[str, int]) -> None:
    with pytest.raises(LoopbackOnly):
        check({"type": "http", "server": address, "headers": [(b"host", b"localhost")]})


@pytest.mark.parametrize("address", [("127.0.0.1", 8080), ("::1", 8080), ("/run/placement.sock", None), None])
def test_what_came_in_by_this_machine_is_answered(address: tuple[str, int | None] | None) -> None:
    check({"type": "http", "server": address, "headers": [(b"host", b"localhost")]})


def test_names_are_not_looked_up() -> None:
    assert not is_loopback("localhost.localdomain")
    assert not is_loopback("ip6-loopback")
