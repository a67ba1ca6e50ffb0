"""What is no body of JSON is refused before anybody looks for values in it."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.bodies import nested_deeper_than
from tests.api.serving import Service, problem_of, serving

JSON = {"content-type": "application/json"}
GOOD = b'{"resources": {"vcpus": 4, "memory_gib": 16}}'


@pytest.fixture(scope="module")
def small(sample_file: Path) -> Iterator[Service]:
    """A service that reads a thousand bytes at most."""
    with serving(f"sqlite:///{sample_file}", max_body_bytes=1000) as service:
        yield service


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b'{"resources": ', "EOF"),
        (GOOD + b"x", "trailing"),
        (b"\xff\xfe", "expected value"),
        (b'{"resources": "\xff"}', "invalid unicode"),
        (b"[" * 50_000, "40 deep"),
        (b'{"a":' * 41 + b"1" + b"}" * 41, "40 deep"),
    ],
)
def test_what_is_no_json_is_malformed(body: bytes, words: str, sample: Service) -> None:
    problem = problem_of(sample.ask("POST", "/v1/quotes", content=body, headers=JSON), 400, "malformed-body")
    assert words in problem["detail"]


@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": "application/x-www-form-urlencoded"},
        {"content-type": "text/json"},
        {"content-type": "application/json; charset=latin-1"},
        {},
        JSON | {"content-encoding": "gzip"},
    ],
)
def test_other_forms_are_unsupported(headers: dict[str, str], sample: Service) -> None:
    answer = sample.ask("POST", "/v1/quotes", content=GOOD, headers=headers)
    assert problem_of(answer, 415, "unsupported-media-type")["supported"] in (["application/json"], ["identity"])


@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-8", "Application/JSON"])
def test_json_is_json_however_it_is_announced(kind: str, sample: Service) -> None:
    assert sample.ask("POST", "/v1/quotes", content=GOOD, headers={"content-type": kind}).status_code == 200


def test_a_body_is_too_large_by_what_it_says_or_by_what_it_is(small: Service) -> None:
    large = GOOD + b" " * 1000
    said = small.ask("POST", "/v1/quotes", content=large, headers=JSON)
    assert problem_of(said, 413, "body-too-large")["max_bytes"] == 1000
    unsaid = small.ask("POST", "/v1/quotes", content=iter([GOOD, b" " * 1000]), headers=JSON)
    assert problem_of(unsaid, 413, "body-too-large")["max_bytes"] == 1000
    assert small.ask("POST", "/v1/quotes", content=GOOD + b" " * 900, headers=JSON).status_code == 200


def test_a_body_counts_whoever_reads_it(small: Service) -> None:
    answer = small.ask("GET", "/healthz", content=b"x" * 1001)
    problem_of(answer, 413, "body-too-large")


json_values = st.recursive(
    st.none() | st.integers() | st.text() | st.sampled_from(['"', "\\", '\\"[', "]{"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=12,
)


def _depth(value: object) -> int:
    match value:
        case list():
            return 1 + max(map(_depth, value), default=0)
        case dict():
            return 1 + max(map(_depth, value.values()), default=0)
        case _:
            return 0


@given(value=json_values, most=st.integers(0, 6), ascii_only=st.booleans())
def test_depth_is_counted_as_a_reader_would(value: object, most: int, ascii_only: bool) -> None:
    body = json.dumps(value, ensure_ascii=ascii_only).encode("utf-8", errors="replace")
    assert nested_deeper_than(most, body) == (_depth(value) > most)
