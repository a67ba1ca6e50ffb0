"""No text makes the reader slow, hungry, or fail in any way but one."""

import json
import time
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from placement.domain.errors import BadPolicies
from placement.policy_file import parse_policies, read_policies, to_document
from tests.policy_file.texts import CLASSES, DENY, EVERYTHING, POLICY, TODAY, flaws_of, read

LAUGHS = "a0: &a0 [ha, ha, ha, ha, ha, ha, ha, ha, ha]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)
)
A_FEW_SECONDS = 10


def only_flaw(text: str) -> str:
    (flaw,) = flaws_of(text)
    return str(flaw)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (LAUGHS, "a.yaml:6:15: a5[1]: aliases repeat more than 200000 values; write out what is meant"),
        ("[" * 20_000, "lists and mappings are nested more than 40 deep"),
        ("{a: " * 20_000, "lists and mappings are nested more than 40 deep"),
        ('{"a":' * 20_000, "lists and mappings are nested more than 40 deep"),
        ("groups: {a: &a [*a]}\n", "a.yaml:1:17: groups.a[0]: there is no finished anchor &a before this alias"),
        ("classes: {}\n---\nclasses: {}\n", "a.yaml:2:1: there are several documents in here, write one a file"),
        ("policies:\n\t- a\n", "a.yaml:2:1: this is not YAML: a tab cannot indent, use spaces"),
        ("classes: {a\x07b: {}}\n", "a.yaml:1:12: the character U+0007 cannot be in YAML text"),
        ("x" * 5_000_001, "the document is too long: 5,000,000 bytes at most are read"),
        ("# nothing\n", "the document is empty; a policy file has the keys classes, policies"),
        (DENY.replace("US", "!place US"), "a.yaml:6:17: policies[0].deny.place: the tag '!place' has no meaning here"),
        (
            DENY.replace("US", '"U\\0S"'),
            "a.yaml:6:17: policies[0].deny.place: must be one line of text without control",
        ),
        (DENY.replace("US", "x" * 501), "has 501 characters, 500 at most are allowed"),
        (DENY.replace("US", "q" * 500), f"'{'q' * 80}' is no place"),
    ],
)
def test_text_that_cannot_be_used_is_refused_once(text: str, words: str) -> None:
    assert words in only_flaw(text)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"classes: {}\nx: \xff\n", ":2: this is not UTF-8 text: byte 15 is 0xFF"),
        (CLASSES.encode("utf-16"), ":1: this is not UTF-8 text: byte 0 is 0x"),
        (bytes(range(128)), "the character U+0000 cannot be in YAML text"),
        (b"", "the document is empty"),
    ],
)
def test_a_file_that_is_no_text_is_refused(raw: bytes, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "policies.yaml"
    path.write_bytes(raw)
    with pytest.raises(BadPolicies) as refusal:
        read_policies([path], TODAY)
    assert reason in str(refusal.value)
    assert len(refusal.value.flaws) == 1


def test_a_file_that_is_too_large_is_refused_without_being_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "policies.yaml"
    with path.open("wb") as file:
        file.truncate(50_000_000)
    tracemalloc.start()
    with pytest.raises(BadPolicies, match="the document is too long"):
        read_policies([path], TODAY)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 6_000_000


def json_of(**keys: object) -> str:
    return json.dumps(keys)


def policy(number: int, **overrides: object) -> dict[str, object]:
    return {"name": f"p{number}", "version": 1, "when": {}, "deny": {"place": "US"}} | overrides


MANY = 10_000
LARGE = {
    "bad places": json_of(groups={"a": [f"x{n}" for n in range(MANY)]}),
    "slips of the pen in providers": json_of(groups={"a": [f"asw{n}:x" for n in range(MANY)]}),
    "patterns": json_of(groups={"a": [f"a*{n}:[x]*?{n}" for n in range(MANY)]}),
    "groups in a chain": json_of(groups={f"g{n}": [f"g{n + 1}" if n < MANY else "DE"] for n in range(MANY + 1)}),
    "groups in a ring": json_of(groups={f"g{n}": [f"g{(n + 1) % MANY}"] for n in range(MANY)}),
    "groups all in one another": json_of(groups={f"g{n}": [f"g{m}" for m in range(150)] for n in range(150)}),
    "groups of regions as countries": json_of(
        groups={f"g{n}": [f"g{n + 1}" if n < MANY else "aws:*"] for n in range(MANY + 1)},
        policies=[policy(n, deny={"parent_country": [f"g{n}"]}) for n in range(MANY // 4)],
    ),
    "unknown classes": json_of(
        classes={f"klass-{n}": {} for n in range(MANY)},
        policies=[policy(0, when={"classification": [f"class-{n}" for n in range(MANY)]})],
    ),
    "unknown categories": json_of(
        classes={f"c{n}": {"categories": [f"kategory-{n}"]} for n in range(MANY)},
        policies=[policy(0, when={"categories": [f"category-{n}" for n in range(MANY)]})],
    ),
    "unknown policies": json_of(
        policies=[policy(n) for n in range(MANY // 4)],
        waivers=[
            {"policy": f"q{n}", "workload": "w", "by": "b", "ticket": "t", "expires": "2027-01-01"}
            for n in range(MANY // 4)
        ],
    ),
    "policies of one name": json_of(policies=[policy(0, version=n + 1) for n in range(MANY // 4)]),
    "good policies": json_of(policies=[policy(n) for n in range(MANY)]),
}


@pytest.mark.parametrize("what", list(LARGE))
def test_much_of_one_thing_is_refused_or_read_in_reasonable_time(what: str) -> None:
    started = time.perf_counter()
    flaws = flaws_of(LARGE[what])
    assert time.perf_counter() - started < A_FEW_SECONDS
    assert len(flaws) <= 1001
    assert sum("did you mean" in flaw.reason for flaw in flaws) <= 100


@pytest.mark.parametrize("opening", ["(", "[", "!", "-", "a.", "1+", "a?b:", '"'])
def test_an_expression_that_is_nested_deep_is_refused_or_read(opening: str) -> None:
    guardrail = {"name": "g", "version": 1, "when": {}, "message": "m", "expression": opening * 3000}
    for flaw in flaws_of(json_of(guardrails=[guardrail])):
        assert flaw.key == "guardrails[0].expression"


def refused_or_read(text: str, source: str) -> None:
    """Anything but BadPolicies would fail the test."""
    try:
        parse_policies([(source, text)], TODAY)
    except BadPolicies as error:
        for flaw in error.flaws:
            assert flaw.reason
            assert flaw.source == source


YAMLISH = st.text(st.sampled_from("ab:- \n\t[]{},&*!|>'\"%#?<~@`\\01.ex\u2028\x85\ufeff"), max_size=60)


@given(st.text() | YAMLISH | YAMLISH.map(lambda text: DENY + text), st.sampled_from(["body", "p.json"]))
@example("{", "body")
@example("\x00", "body")
@example('{"groups": {"\\ud800": ["DE"]}}', "p.json")
@example('{"classes": {"": {}}}', "p.json")
@settings(max_examples=300)
def test_any_text_is_refused_or_read(text: str, source: str) -> None:
    refused_or_read(text, source)


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A good document in which a few parts were cut, doubled, or replaced."""
    text = EVERYTHING
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(len(text), start + 30)))
        put = draw(
            st.sampled_from(["", text[start:end] * 2, "null", "-1", ".nan", "[]", "{}", "own", ":", "'", "*a", "@"])
            | st.text(max_size=5)
        )
        text = text[:start] + put + text[end:]
    return text


@given(mutated())
@settings(max_examples=200)
def test_a_damaged_document_is_refused_or_read(text: str) -> None:
    refused_or_read(text, "policies.yaml")


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.data())
@settings(max_examples=300)
def test_a_document_with_a_wrong_value_is_refused_or_read(data: st.DataObject) -> None:
    document = to_document(read(EVERYTHING).policies)
    part: dict[str, object] | list[object] = document
    while True:
        key = data.draw(st.sampled_from(list(part) if isinstance(part, dict) else list(range(len(part)))))
        inner = part[key]  # type: ignore[index, call-overload]
        if not isinstance(inner, dict | list) or not inner or data.draw(st.booleans()):
            break
        part = inner
    part[key] = data.draw(JUNK)  # type: ignore[index, call-overload]
    refused_or_read(json.dumps(document), "body")


def test_a_deep_alias_is_no_more_than_what_it_stands_for() -> None:
    text = POLICY + "  deny: {place: &far [US, JP]}\n- {name: q, version: 1, when: {}, allow_only: {place: *far}}\n"
    assert flaws_of(text) == ()
