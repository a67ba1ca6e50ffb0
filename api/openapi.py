"""The OpenAPI document tells of every problem a path may answer with, and shows what the service really answered.

The examples stand in examples.json: a test asks the same of a tiny market, and holds both equal.
"""

import json
from functools import cache
from importlib.resources import files
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel

from api import errors
from api.bodies import Body
from api.problems import PROBLEM_JSON, status_and_slug, title_of
from api.schemas import Problem
from placement.domain.errors import BadFleet, BadPolicies, EmptyCatalog, PlacementError, StoreError

Document = dict[str, Any]
Kinds = tuple[type[PlacementError], ...]

_ANYWHERE: Kinds = (errors.LoopbackOnly, errors.BodyTooLarge, PlacementError, errors.TookTooLong)
OF_KEYS: Kinds = (
    errors.Unauthenticated,
    errors.Forbidden,
    errors.NoRule,
    errors.TooManyRequests,
    StoreError,
    errors.IssuerUnreachable,
)
"""What a path may answer with that is not open to all."""
_OF_DATA: Kinds = (*OF_KEYS, errors.NotAcceptable, errors.InvalidRequest)
_KEY = "A key (placement keys create), or a token of an OIDC issuer that the service is set to trust."
_KEYS: Document = {"key": {"type": "http", "scheme": "bearer", "description": _KEY}}
_SCHEMAS = "#/components/schemas/"

FROM_MEMORY: Kinds = (EmptyCatalog,)
"""What a path may answer with that needs the catalog."""
FROM_STORE: Kinds = (EmptyCatalog, StoreError)
"""What a path may answer with that needs the database."""
OF_FLEETS: Kinds = (BadFleet, BadPolicies)
"""What a path may answer with that reads a fleet."""
OF_BODIES: Kinds = (errors.MalformedBody, errors.BodyTooSlow, errors.UnsupportedMedia)
"""What a path may answer with that reads a body."""


def documented(*kinds: type[PlacementError], data: bool = True) -> dict[int | str, Document]:
    """The problems of a path, for `responses`; with `data` those of every path under /v1."""
    by_status: dict[int, list[str]] = {}
    for kind in (*kinds, *_ANYWHERE, *(_OF_DATA if data else ())):
        status, slug = status_and_slug(kind)
        by_status.setdefault(status, []).append(f"`{slug}`: {title_of(kind)}.")
    content = {PROBLEM_JSON: {"schema": {"$ref": f"{_SCHEMAS}Problem"}}}
    return {
        status: {"description": " ".join(dict.fromkeys(words)), "content": content}
        for status, words in sorted(by_status.items())
    }


def body_of(form: type[Body]) -> Document:
    """For `openapi_extra` of a path that reads its body by itself."""
    content = {"application/json": {"schema": {"$ref": f"{_SCHEMAS}{form.__name__}"}}}
    return {"requestBody": {"required": True, "content": content}}


def text_body(description: str) -> Document:
    """For `openapi_extra` of a path that reads a document as a text."""
    form: Document = {"schema": {"type": "object", "description": description}}
    return {"requestBody": {"required": True, "content": {"application/json": form, "application/yaml": form}}}


def describe(app: FastAPI, bodies: tuple[type[Body], ...]) -> None:
    """Make the app describe itself, these bodies included."""

    def document() -> Document:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app, bodies)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def _document(app: FastAPI, bodies: tuple[type[Body], ...]) -> Document:
    document = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
    document["components"]["securitySchemes"] = _KEYS
    # Either is right: a service without keys asks for none.
    document["security"] = [{"key": []}, {}]
    schemas = document["components"]["schemas"]
    models: tuple[type[BaseModel], ...] = (Problem, *bodies)
    for model in models:
        schema = model.model_json_schema(ref_template=_SCHEMAS + "{model}")
        schemas.update(schema.pop("$defs", {}))
        schemas[model.__name__] = schema
    for example in examples():
        operation = document["paths"][example["path"]][example["method"].lower()]
        shown = {example["name"]: {"value": example["answer"]}}
        for media, content in operation["responses"][str(example["status"])]["content"].items():
            if "json" in media:
                content.setdefault("examples", {}).update(shown)
        if "body" in example:
            content = operation["requestBody"]["content"]["application/json"]
            content.setdefault("examples", {})[example["name"]] = {"value": example["body"]}
    return document


@cache
def examples() -> tuple[Document, ...]:
    """Each with `name`, `method`, `path`, `asked` (path and query), perhaps `body`, `status` and `answer`."""
    return tuple(json.loads((files("api") / "examples.json").read_text(encoding="utf-8")))
