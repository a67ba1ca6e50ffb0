"""`placement keys`: who may ask the service."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from placement.cli.context import DatabaseOption, JsonOption, help_without_command, open_store, who
from placement.cli.output import print_json, say, show, table_of
from placement.documents import moment
from placement.domain.access import Scope

if TYPE_CHECKING:
    from placement.domain.access import ApiKey

app = typer.Typer(help="Keys of the service.", invoke_without_command=True)
app.callback()(help_without_command)


@app.command()
def create(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the key is for.")],
    scope: Annotated[
        list[Scope] | None, typer.Option(metavar="SCOPE", help="read, decide, collect or admin; may be repeated.")
    ] = None,
    days: Annotated[int, typer.Option(metavar="N", help="Expires after so many days; 0: never.", min=0, max=3650)] = 90,
    database: DatabaseOption = None,
    json: JsonOption = False,
) -> None:
    """Make a key.

    It is shown once: the database keeps its hash.
    """
    from placement.planner.keys import issue_key

    store = open_store(context, database, ready=False)
    if store.is_new():
        store.upgrade()
    store.check_schema()
    now = datetime.now(UTC)
    until = now + timedelta(days=days) if days else None
    key, token = issue_key(store, name, tuple(scope or ()), until, now, who())
    if json:
        print_json({**_document(key, now), "token": token})
    else:
        ends = f"until {key.expires_at:%Y-%m-%d}" if key.expires_at else "without an end"
        say(f"key {key.id} for {key.name} ({', '.join(key.scopes)}), {ends}; keep it, it is not shown again:", token)


@app.command("list")
def list_keys(context: typer.Context, database: DatabaseOption = None, json: JsonOption = False) -> None:
    """List the keys, without their secrets."""
    keys, now = open_store(context, database).keys(), datetime.now(UTC)
    if json:
        print_json({"keys": [_document(key, now) for key in keys]})
        return
    if not keys:
        say("there are no keys; placement keys create NAME --scope decide makes one")
        return
    table = table_of(("id", "name", "scopes", "created", "expires", "state"))
    for key in keys:
        ends = f"{key.expires_at:%Y-%m-%d}" if key.expires_at else "never"
        made = f"{key.created_at:%Y-%m-%d}"
        table.add_row(key.id, key.name, ", ".join(key.scopes), made, ends, key.state(now))
    show(table)


@app.command()
def revoke(
    context: typer.Context,
    key: Annotated[str, typer.Argument(metavar="ID", help="Of the key, as listed.")],
    database: DatabaseOption = None,
) -> None:
    """End a key, for good."""
    revoked = open_store(context, database).revoke_key(key, datetime.now(UTC), who())
    say(f"key {revoked.id} for {revoked.name} opens nothing any more")


def _document(key: "ApiKey", now: datetime) -> dict[str, object]:
    return {
        "id": key.id,
        "name": key.name,
        "scopes": list(key.scopes),
        "created_at": moment(key.created_at),
        "expires_at": moment(key.expires_at) if key.expires_at else None,
        "revoked_at": moment(key.revoked_at) if key.revoked_at else None,
        "state": key.state(now),
    }
