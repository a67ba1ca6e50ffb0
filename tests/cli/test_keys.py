from tests.cli.running import Command


def test_a_key_is_made_shown_once_listed_and_revoked(bare_placement: Command) -> None:
    made = bare_placement("keys", "create", "pipeline", "--scope", "decide", "--scope", "read", "--json").document
    assert made["token"].startswith("plc_")
    assert (made["name"], made["scopes"], made["state"]) == ("pipeline", ["read", "decide"], "active")
    listed = bare_placement("keys", "list")
    assert made["id"] in listed.out
    assert made["token"] not in listed.out
    assert bare_placement("keys", "revoke", made["id"]).out == f"key {made['id']} for pipeline opens nothing any more\n"
    (only,) = bare_placement("keys", "list", "--json").document["keys"]
    assert only["state"] == "revoked"


def test_without_keys_the_list_says_how_to_make_one(placement: Command) -> None:
    assert "placement keys create NAME" in placement("keys", "list").out


def test_what_makes_no_key_is_refused(placement: Command) -> None:
    assert "a key needs a scope" in placement("keys", "create", "x").message
    assert "'write' is not one of" in placement("keys", "create", "x", "--scope", "write").message
    assert "there is no key 'x'" in placement("keys", "revoke", "x").message


def test_the_table_is_shown_for_people(bare_placement: Command) -> None:
    ran = bare_placement("keys", "create", "ever", "--scope", "admin", "--days", 0)
    assert "without an end; keep it, it is not shown again:\nplc_" in ran.out
    assert "never" in bare_placement("keys", "list").out
