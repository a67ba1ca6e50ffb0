"""The OpenAPI document is valid, complete, and true."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import ValidationError  # type: ignore[import-untyped]
from openapi_spec_validator import validate as validate_document

from api.openapi import examples
from placement.store.repository import Store
from tests.api.examples import QUESTIONS, answered, store_market
from tests.api.serving import Service, serving, validate
from tests.store.market import HOUR, NOON

Operation = dict[str, Any]
WRONG = next(question.body for question in QUESTIONS if question.name == "wrong values")
"""The only example that is not what its schema says: it shows how that is answered."""


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, Operation]]:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            yield method, path, operation


def _shown(document: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """(name, schema, example) of every example of a body or an answer."""
    for _, _, operation in _operations(document):
        for part in (operation.get("requestBody", {}), *operation["responses"].values()):
            for content in part.get("content", {}).values():
                for name, example in content.get("examples", {}).items():
                    yield name, content["schema"], example["value"]


def test_the_document_is_valid_openapi(sample: Service) -> None:
    validate_document(sample.document)


def test_each_path_shows_an_answer_and_each_example_is_what_its_schema_says(sample: Service) -> None:
    names = set()
    for name, schema, example in _shown(sample.document):
        if example != WRONG:
            validate(example, schema, sample.document)
        names.add(name)
    assert names == {question.name for question in QUESTIONS}
    shown = {path for _, path, _ in _operations(sample.document)} - {question.path for question in QUESTIONS}
    # These need a worker, or are no JSON; what they answer is held against the document by their own tests.
    assert shown == {"/metrics", "/problems", "/v1/collections/{provider}", "/v1/decisions/{decision_id}/events"}


def test_the_examples_are_what_the_service_answers(store: Store, url: str) -> None:
    store_market(store)
    with serving(url, clock=lambda: NOON + HOUR / 2) as service:
        now = list(answered(service))
    assert now == list(examples()), "write them anew with: python -m tests.api.examples"


def test_each_problem_of_a_path_is_a_problem_document(sample: Service) -> None:
    for method, path, operation in _operations(sample.document):
        problems = {status: r for status, r in operation["responses"].items() if status >= "400"}
        assert {"403", "413", "500", "504"} <= problems.keys(), f"{method} {path}"
        assert ("406" in problems) == path.startswith("/v1/")
        for response in problems.values():
            assert list(response["content"]) == ["application/problem+json"]
            assert "`" in response["description"]


def test_each_path_says_what_it_is_for(sample: Service) -> None:
    for method, path, operation in _operations(sample.document):
        assert operation["description"], f"{method} {path}"
        assert operation["tags"], f"{method} {path}"
        for parameter in operation.get("parameters", ()):
            named = parameter["name"].startswith("min_") or parameter["name"] in ("max_usd_per_hour", "result", "slug")
            assert named or parameter.get("description"), f"{path} {parameter['name']}"


def test_nothing_in_it_is_fetched_from_elsewhere(sample: Service) -> None:
    assert "http:" not in json.dumps(sample.document)
    assert "https:" not in json.dumps(sample.document)
    assert "HTTPValidationError" not in json.dumps(sample.document)


@pytest.mark.parametrize("body", [q.body for q in QUESTIONS if q.name == "cheapest in the EU"])
def test_the_schema_of_a_body_refuses_what_the_service_refuses(body: dict[str, Any], sample: Service) -> None:
    schema = {"$ref": "#/components/schemas/QuoteBody"}
    for good in (body, body | {"places": "DE"}, body | {"places": ["DE"]}, body | {"capacity": {"types": "spot"}}):
        validate(good, schema, sample.document)
        assert sample.post("/v1/quotes", good).status_code == 200
    for bad in ({}, body | {"top": 0}, body | {"more": 1}, body | {"places": 5}, body | {"capacity": {"types": []}}):
        with pytest.raises(ValidationError):
            validate(bad, schema, sample.document)
        assert sample.post("/v1/quotes", bad).status_code == 422
