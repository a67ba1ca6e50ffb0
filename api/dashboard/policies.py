"""`/policies`: what is stored and where it admits data; a change is tried on what is in force, and then saved."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from anyio import to_thread
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from api.access import WHO
from api.dashboard.addresses import POLICY_TRIAL
from api.dashboard.forms import read_form, to
from api.dashboard.pages import Pages
from api.dashboard.yaml_text import yaml_of
from api.database import Database
from api.errors import InvalidRequest
from api.market import Market
from api.named_documents import NAME
from api.routers.policies import head_of, read_file
from placement.domain.errors import BadPolicies, Flaw
from placement.planner.policy_check import Admitted, admitted_by_class
from placement.planner.policy_trial import Trial, try_policies
from placement.planner.stored_policies import standing_policies
from placement.store.documents import StoredDocument

_NAME = re.compile(NAME)
_WRONG_NAME = "a name has 1 to 63 of a-z, 0-9, '.', '_', '-', beginning and ending with the former two"
_MOST_FLAWS = 100


def add(
    app: FastAPI,
    pages: Pages,
    market: Market,
    database: Database,
    clock: Callable[[], datetime],
    max_body_bytes: int,
) -> None:
    """Add the paths to the app."""

    @app.get("/policies", include_in_schema=False)
    async def listed(request: Request) -> Response:
        catalog, today = market.now.catalog, clock().date()
        providers = sorted(catalog.providers)
        stored = await database.ask(lambda store: store.documents("policy"))
        heads = await to_thread.run_sync(lambda: [head_of(each, today, providers) for each in stored])
        classes: Sequence[Admitted] = ()
        flaws: tuple[Flaw, ...] = ()
        try:
            together = await to_thread.run_sync(standing_policies, stored, (), today, providers)
            classes = await to_thread.run_sync(admitted_by_class, together.document.policies, catalog.regions, today)
        except BadPolicies as error:
            flaws = error.flaws
        return pages.show(
            request, "policies", heads=heads, classes=classes, flaws=flaws[:_MOST_FLAWS], regions=len(catalog.regions)
        )

    @app.get("/policies/{name}", include_in_schema=False)
    async def shown(request: Request, name: str) -> Response:
        stored = await database.ask(lambda store: store.document("policy", name))
        assert stored.content_json is not None
        head = head_of(stored, clock().date(), sorted(market.now.catalog.providers))
        is_saved = request.query_params.get("saved") == "yes"
        text = yaml_of(stored.content_json)
        return pages.show(request, "policy", stored=stored, head=head, text=text, is_saved=is_saved)

    @app.post(POLICY_TRIAL, include_in_schema=False)
    async def tried(request: Request) -> Response:
        sent = await read_form(request, max_body_bytes)
        name, text = sent.get("name", "").strip(), sent.get("file", "").strip("\n") or sent.get("text", "")
        return await trial(request, name, text)

    @app.post("/policies/{name}", include_in_schema=False)
    async def save(request: Request, name: str) -> Response:
        sent = await read_form(request, max_body_bytes)
        text, revision = sent.get("text", ""), sent.get("revision", "")
        if sent.get("confirm") != "yes":
            return await trial(request, name, text, unconfirmed=True)
        if not revision.isdigit() or not _NAME.fullmatch(name):
            raise InvalidRequest([{"detail": "is of no trial; try the change again", "parameter": "revision"}])
        now, providers = clock(), sorted(market.now.catalog.providers)
        _, content = await to_thread.run_sync(read_file, name, text, now.date(), providers)
        new = StoredDocument("policy", name, 0, now, str(request.scope[WHO]), content)
        await database.ask(lambda store: store.save_document(new, int(revision)))
        return to(f"/policies/{name}?saved=yes")

    async def trial(request: Request, name: str, text: str, *, unconfirmed: bool = False) -> Response:
        catalog, today = market.now.catalog, clock().date()
        found: Trial | None = None
        flaws: tuple[Flaw, ...] = ()
        stored, standings = await database.ask(lambda store: (store.documents("policy"), store.standings()))
        if not _NAME.fullmatch(name):
            flaws = (Flaw("name", None, None, "", _WRONG_NAME),)
        elif not text.strip():
            flaws = (Flaw(name, None, None, "", "there is no text; write policies, or choose a file"),)
        else:
            try:
                found = await to_thread.run_sync(try_policies, name, text, stored, standings, catalog, today)
            except BadPolicies as error:
                flaws = error.flaws
        return pages.show(
            request,
            "policy_trial",
            422 if flaws or unconfirmed else 200,
            name=name,
            text=text,
            # What the trial was made against: a change of somebody else's in between is not overwritten.
            revision=next((each.revision for each in stored if each.name == name), 0),
            trial=found,
            flaws=flaws[:_MOST_FLAWS],
            unconfirmed=unconfirmed,
            **_counts(found),
        )


def _counts(trial: Trial | None) -> dict[str, Any]:
    """How many placements the change would refuse that are lawful now, and in how many fleets."""
    if trial is None:
        return {"newly_refused": 0, "fleets_hit": 0}
    newly = [(fleet.fleet, place) for fleet in trial.fleets for place in fleet.refused if not place.was_refused]
    return {"newly_refused": len(newly), "fleets_hit": len({fleet for fleet, _ in newly})}
