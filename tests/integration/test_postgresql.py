"""What only a server can refuse."""

from collections.abc import Iterator

import psycopg
import pytest

from placement.domain.errors import StoreBusy, StoreError
from placement.domain.sweep import FailedCollection
from placement.store.engine import Part
from placement.store.repository import Store
from tests.integration.postgresql import PASSWORD, USER, Server, running_server
from tests.store.market import NOON


@pytest.fixture
def server() -> Server:
    return running_server()


@pytest.fixture
def name(server: Server) -> Iterator[str]:
    with server.database() as name:
        yield name


def refusal(url: str) -> str:
    with pytest.raises(StoreError) as refused:
        Store.open(url)
    words = str(refused.value)
    assert PASSWORD not in words
    assert "\n" not in words
    return words


@pytest.mark.parametrize("form", ["postgresql", "postgres", "postgresql+psycopg", "postgresql+psycopg2"])
def test_any_of_the_usual_forms_of_the_url_will_do(server: Server, name: str, form: str) -> None:
    store = Store.open(server.url(name).replace("postgresql", form, 1))
    assert store.is_new()
    store.upgrade()
    store.check_schema()
    store.close()


def test_a_wrong_password_is_not_shown(server: Server, name: str) -> None:
    words = refusal(server.url(name, password="not-the-secret"))
    assert "check user and password in the URL" in words
    assert "not-the-secret" not in words


def test_a_database_that_is_not_there_is_named(server: Server) -> None:
    assert '"nowhere" does not exist; create it, or name another in the URL' in refusal(server.url("nowhere"))


def test_where_no_server_answers_the_port_is_named(server: Server, name: str) -> None:
    closed = server.url(name).replace(str(server.port), "1")
    assert "start the server, or check host and port in the URL" in refusal(closed)


def test_a_host_that_is_not_known_is_named() -> None:
    words = refusal(f"postgresql://{USER}:{PASSWORD}@no-such-host.invalid/placement")
    assert "check the host in the URL" in words


def test_a_user_without_the_right_to_make_tables_is_told_so(server: Server, name: str) -> None:
    server.execute("CREATE ROLE {} LOGIN PASSWORD 'reader'", reader := f"reader_{name}")
    store = Store.open(server.url(name, user=reader, password="reader"))
    with pytest.raises(StoreError, match="grant the rights"):
        store.upgrade()
    store.close()
    server.execute("DROP ROLE {}", reader)


def test_a_lost_connection_is_made_again(server: Server, name: str) -> None:
    store = Store.open(server.url(name))
    store.upgrade()
    server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'placement'")
    store.check_schema()
    store.close()


def test_a_sweep_that_is_being_written_holds_up_no_worker_that_tells_it_is_alive(server: Server, name: str) -> None:
    url = server.url(name)
    store = Store.open(url, busy_timeout_s=0.2)
    store.upgrade()
    with psycopg.connect(url) as sweeping:
        sweeping.execute(f"SELECT pg_advisory_xact_lock({Part.MARKET.value})")
        with pytest.raises(StoreBusy):
            store.save_failure(FailedCollection("aws", NOON, NOON, "no answer"))
        store.beat("worker", NOON)
    assert store.executor_beats() == {"worker": NOON}
    store.close()
