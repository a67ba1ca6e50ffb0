"""No text makes the reader slow, hungry, or fail in any way but one."""

import json
import time
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from placement.domain.errors import BadFleet
from placement.fleet_file import read_fleet, to_document
from tests.fleet_file.shop import ONE, SHOP, flaws_of, read

LAUGHS = "a0: &a0 [ha, ha, ha, ha, ha, ha, ha, ha, ha]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)
)


def only_flaw(text: str, source: str = "fleet.yaml") -> str:
    (flaw,) = flaws_of(text, source)
    return str(flaw)


def test_a_billion_laughs_are_refused_at_once_and_in_little_memory() -> None:
    tracemalloc.start()
    started = time.perf_counter()
    words = only_flaw(LAUGHS)
    elapsed_seconds = time.perf_counter() - started
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert words == "fleet.yaml:6:15: a5[1]: aliases repeat more than 200000 values; write out what is meant"
    assert peak_bytes < 5_000_000
    assert elapsed_seconds < 10


def test_laughs_that_are_merged_are_counted_too() -> None:
    keys = ", ".join(f"k{n}: v" for n in range(1000))
    text = f"base: &b {{{keys}}}\nall:\n" + "- {<<: *b}\n" * 300
    assert "aliases repeat more than 200000 values" in only_flaw(text)


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? ", "[{a: ", '{"a":', "[[]," * 2])
def test_deep_nesting_is_refused(opening: str) -> None:
    assert "lists and mappings are nested more than 40 deep" in only_flaw(opening * 20_000)


@pytest.mark.parametrize("brackets", ["[]", "{}"])
def test_forty_deep_is_not_too_deep(brackets: str) -> None:
    nested = '{"a":' * 39 + brackets + "}" * 39
    assert "nested" not in str(flaws_of(nested))
    assert "nested" in only_flaw('{"a":' + nested + "}")
    assert "nested" not in str(flaws_of(nested.replace('"a":', "a: ")))
    assert "nested" in only_flaw("{a: " + nested.replace('"a":', "a: ") + "}")


def test_a_file_of_ten_megabytes_is_refused_without_being_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "fleet.yaml"
    with path.open("wb") as file:
        file.truncate(10_000_000)
    tracemalloc.start()
    with pytest.raises(BadFleet, match="the document is too long: 5,000,000 bytes at most are read"):
        read_fleet(path)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 6_000_000
    assert "too long" in only_flaw("x" * 10_000_000)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: &a [*a]\n", "fleet.yaml:1:8: a[0]: there is no finished anchor &a before this alias"),
        ("a: *b\n", "fleet.yaml:1:4: a: there is no finished anchor &b before this alias"),
        ("a: 1\n---\nb: 2\n", "fleet.yaml:2:1: there are several documents in here, write one a file"),
        (ONE + "---\n", "fleet.yaml:5:1: there are several documents in here"),
        ("a:\n\tb: 1\n", "fleet.yaml:2:1: this is not YAML: a tab cannot indent, use spaces"),
        ("a: [1, 2\nb: 3\n", "this is not YAML: while parsing a flow sequence"),
        ("a: 'x\n", "this is not YAML: while scanning a quoted scalar"),
        ("a: b: c\n", "fleet.yaml:1:5: this is not YAML: "),
        ("fleet: a\x07b\n", "fleet.yaml:1:9: the character U+0007 cannot be in YAML text"),
        ("ok: 1\nfleet: \x1b[31m\n", "fleet.yaml:2:8: the character U+001B cannot be in YAML text"),
        ("%YAML 9.9.9\n---\na: 1\n", "this is not YAML: "),
        ('a: "\\UFFFFFFFF"\n', "this is not YAML: "),
        ('a: "\\q"\n', "this is not YAML: while scanning a double-quoted scalar"),
    ],
)
def test_text_that_is_no_document_is_refused_once(text: str, words: str) -> None:
    assert words in only_flaw(text)


def refused_or_read(text: str, source: str) -> None:
    """Anything but BadFleet, which `flaws_of` catches, would fail the test."""
    for flaw in flaws_of(text, source):
        assert flaw.reason
        assert flaw.source == source


YAMLISH = st.text(st.sampled_from("ab:- \n\t[]{},&*!|>'\"%#?<~@`\\01.ex\u2028\x85\ufeff"), max_size=60)


@given(st.text() | YAMLISH | YAMLISH.map(lambda text: ONE + text), st.sampled_from(["body", "fleet.json"]))
@example("{", "body")
@example("\x00", "body")
@example("a: &x\nb: *x\n", "body")
@example("? &a\n: *a\n", "body")
@example('{"a": "\\ud800"}', "fleet.json")
@settings(max_examples=300)
def test_any_text_is_refused_or_read(text: str, source: str) -> None:
    refused_or_read(text, source)


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A good document in which a few parts were cut, doubled, or replaced."""
    text = SHOP
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(len(text), start + 30)))
        put = draw(
            st.sampled_from(["", text[start:end] * 2, "null", "-1", ".nan", "[]", "{}", "1e999", ":", "'", "*a", "\t"])
            | st.text(max_size=5)
        )
        text = text[:start] + put + text[end:]
    return text


@given(mutated())
def test_a_damaged_document_is_refused_or_read(text: str) -> None:
    refused_or_read(text, "fleet.yaml")


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.data())
@settings(max_examples=300)
def test_a_document_with_a_wrong_value_is_refused_or_read(data: st.DataObject) -> None:
    document = to_document(read(SHOP).fleet)
    part: dict[str, object] | list[object] = document
    while True:
        key = data.draw(st.sampled_from(list(part) if isinstance(part, dict) else list(range(len(part)))))
        inner = part[key]  # type: ignore[index, call-overload]
        if not isinstance(inner, dict | list) or not inner or data.draw(st.booleans()):
            break
        part = inner
    part[key] = data.draw(JUNK)  # type: ignore[index, call-overload]
    refused_or_read(json.dumps(document), "body")


@pytest.mark.long
@given(st.text(st.sampled_from("abc:- \n\t[]{},&*!|>'\"%#?<~@`\\01.ex\r\u2028\x85"), max_size=300))
def test_any_longer_text_is_refused_or_read(text: str) -> None:
    refused_or_read(text, "body")
