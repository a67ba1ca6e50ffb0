"""A guardrail has an expression in CEL, whose grammar is checked where it is read."""

import unicodedata

from placement.domain.policy import Guardrail
from placement.policy_file.names import no_version_sign
from placement.policy_file.policies import VERSION
from placement.policy_file.selector import WHEN, read_selector
from placement.policy_file.words import Words
from placement.written.fields import Fields
from placement.written.nodes import Scalar, Table, described

_MOST_LETTERS = 10_000
"""In an expression."""


def read_guardrail(fields: Fields, words: Words) -> Guardrail:
    """One item of `guardrails`."""
    with fields:
        return Guardrail(
            name=fields.text("name", no_version_sign),
            version=fields.whole("version", VERSION),
            when=read_selector(fields.section("when", WHEN), words),
            expression=_expression(fields),
            message=fields.text("message"),
        )


def _expression(fields: Fields) -> str:
    """The text of an expression, which may have several lines; its grammar is checked."""
    path = (*fields.path, "expression")
    if not fields.given("expression"):
        if isinstance(fields.node, Table):
            fields.notes.on(fields.node, path, "is missing; it must be a CEL expression that is true of what is good")
        return ""
    node = fields.node_of("expression")
    if node is None:
        fields.flaw("expression", "must be a CEL expression, but is empty")
        return ""
    if not isinstance(node, Scalar) or not isinstance(node.value, str):
        hint = "; put it in quotes" if isinstance(node, Scalar) else ""
        fields.notes.on(node, path, f"must be a CEL expression in a text, but is {described(node)}{hint}")
        return ""
    text = node.value.strip()
    reason = _unfit(text) or _no_expression(text)
    if reason:
        fields.notes.on(node, path, reason)
    return text


def _unfit(text: str) -> str | None:
    if not text:
        return "must be a CEL expression, but there is nothing in it"
    if len(text) > _MOST_LETTERS:
        return f"has {len(text)} characters, {_MOST_LETTERS} at most are allowed"
    if any(unicodedata.category(letter) in ("Cc", "Cs") and letter not in "\n\t" for letter in text):
        return "must be text without control characters"
    return None


def _no_expression(text: str) -> str | None:
    # The library of CEL takes long to load, and most files have no guardrails.
    from placement.residency.guardrails import check

    complaint = check(text)
    return None if complaint is None else f"this is no CEL expression: {complaint}"
