"""Keys are kept as hashes, and whatever is done with them is noted."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from placement.domain.access import Scope
from placement.domain.errors import BadInput
from placement.planner.keys import PREFIX, issue_key, key_of
from placement.store.repository import Store
from tests.store.market import NOON

HOUR = timedelta(hours=1)


def test_a_key_opens_until_it_expires(store: Store) -> None:
    key, token = issue_key(store, "pipeline", (Scope.DECIDE, Scope.READ), NOON + HOUR, NOON, "cli:me")
    assert (key.scopes, key.state(NOON)) == ((Scope.READ, Scope.DECIDE), "active")
    assert key_of(store, token, NOON) == key
    assert key_of(store, token, NOON + HOUR) is None
    assert store.keys() == [key]


def test_a_revoked_key_opens_nothing_and_stays_revoked_since_then(store: Store) -> None:
    key, token = issue_key(store, "pipeline", (Scope.READ,), None, NOON, "cli:me")
    store.revoke_key(key.id, NOON + HOUR, "cli:you")
    again = store.revoke_key(key.id, NOON + 2 * HOUR, "cli:you")
    assert again.revoked_at == NOON + HOUR
    assert again.state(NOON) == "revoked"
    assert key_of(store, token, NOON) is None


@pytest.mark.parametrize("token", ["", "plc_", "plc_guess", "other", PREFIX + "x" * 43])
def test_what_is_no_secret_opens_nothing(store: Store, token: str) -> None:
    issue_key(store, "pipeline", (Scope.READ,), None, NOON, "cli:me")
    assert key_of(store, token, NOON) is None


def test_the_secret_is_nowhere_in_the_database(store: Store) -> None:
    _, token = issue_key(store, "pipeline", (Scope.READ,), None, NOON, "cli:me")
    with store.engine.connect() as connection:
        for table in ("api_key", "audit"):
            for row in connection.execute(text(f"SELECT * FROM {table}")):
                assert token.removeprefix(PREFIX) not in str(row)


def test_who_made_and_who_revoked_is_noted_newest_first(store: Store) -> None:
    key, _ = issue_key(store, "pipeline", (Scope.READ,), None, NOON, "cli:me")
    store.revoke_key(key.id, NOON + HOUR, "cli:you")
    assert [(e.at, e.who, e.action, e.subject) for e in store.audit()] == [
        (NOON + HOUR, "cli:you", "keys.revoke", key.id),
        (NOON, "cli:me", "keys.create", key.id),
    ]


def test_admin_may_do_everything_and_others_what_they_are_for(store: Store) -> None:
    admin, _ = issue_key(store, "admin", (Scope.ADMIN,), None, NOON, "cli:me")
    reader, _ = issue_key(store, "reader", (Scope.READ,), None, NOON, "cli:me")
    assert all(admin.may(scope) for scope in Scope)
    assert [scope for scope in Scope if reader.may(scope)] == [Scope.READ]


def test_a_key_needs_a_name_a_scope_and_a_time_to_live(store: Store) -> None:
    with pytest.raises(BadInput, match="needs a name"):
        issue_key(store, " ", (Scope.READ,), None, NOON, "cli:me")
    with pytest.raises(BadInput, match="needs a scope: read, decide, collect, admin"):
        issue_key(store, "x", (), None, NOON, "cli:me")
    with pytest.raises(BadInput, match="would have expired"):
        issue_key(store, "x", (Scope.READ,), NOON, NOON, "cli:me")
    with pytest.raises(BadInput, match="there is no key 'abc'; placement keys list"):
        store.revoke_key("abc", NOON, "cli:me")
    assert store.keys() == []
    assert store.audit() == []
