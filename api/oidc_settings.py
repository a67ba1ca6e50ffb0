"""Issuers as they are written, in YAML or JSON: read whole, or refused with every flaw and its place.

- issuer: https://token.actions.githubusercontent.com
  audience: placement                    # or a list
  algorithms: [RS256]                    # may be left out: RS256 and ES256
  jwks_url: https://keys.example/jwks    # may be left out: the issuer says where
  rules:
  - claims: {repository: acme/shop, ref: refs/heads/main}
    scopes: [decide]
"""

from pathlib import Path
from typing import TypeAlias
from urllib.parse import urlsplit

from api.oidc_issuers import DEFAULT_ALGORITHMS, Issuer, Rule, Wanted
from placement.domain.access import Scope
from placement.domain.errors import BadDocument
from placement.domain.loopback import is_loopback
from placement.written.document import text_of, tree_of
from placement.written.fields import Fields, among
from placement.written.nodes import Items, KeyPath, Node, Scalar, Table, described
from placement.written.notes import Notes

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""With a public key. Those with a shared secret, and none at all, are not among them."""

Issuers: TypeAlias = tuple[Issuer, ...]
_KEYS = "it must be a list of issuers, each with issuer, audience and rules"


class BadIssuers(BadDocument):
    """The issuers cannot be read."""


def issuers_in_text(text: object) -> object:
    """Those of a variable's value; raises ValueError, with the key of each flaw. What is no text is none of it."""
    if not isinstance(text, str):
        return text
    try:
        return _read(text, Notes("", BadIssuers))
    except BadIssuers as error:
        raise ValueError("; ".join(f"{f.key}: {f.reason}" if f.key else f.reason for f in error.flaws)) from None


def issuers_in_file(path: object) -> object:
    """Those of a file; raises ValueError, with the line of each flaw. What is no path is none of it."""
    if not isinstance(path, str):
        return path
    notes = Notes(path, BadIssuers)
    try:
        return _read(text_of(Path(path), notes), notes)
    except BadIssuers as error:
        raise ValueError("; ".join(str(flaw) for flaw in error.flaws)) from None


def _read(text: str, notes: Notes) -> Issuers:
    root = tree_of(text, notes, _KEYS)
    if not isinstance(root, Items):
        raise notes.refuse(f"{_KEYS}, but is {described(root)}", root.line, root.column)
    if not root.items:
        raise notes.refuse("there is no issuer in it; name one, or leave the variable out", root.line, root.column)
    found = tuple(_issuer(Fields(notes, item, (index,))) for index, item in enumerate(root.items))
    seen: set[str] = set()
    for index, issuer in enumerate(found):
        if issuer.url in seen:
            notes.about(root, (index, "issuer"), f"{issuer.url!r} stands here twice; write its rules under one entry")
        seen.add(issuer.url)
    notes.settle()
    return found


def _issuer(fields: Fields) -> Issuer:
    with fields:
        url = fields.text("issuer", _no_issuer)
        audiences = fields.words("audience", at_least=1)
        if not audiences and not fields.given("audience"):
            fields.section("audience", "the audience that tokens for this service name, such as placement")
        algorithms = fields.words("algorithms", DEFAULT_ALGORITHMS, among(ALGORITHMS), at_least=1)
        jwks_url = fields.optional_text("jwks_url", no_address)
        rules = tuple(_rule(rule) for rule in fields.sections("rules", at_least=1))
    return Issuer(url, audiences, rules, algorithms, jwks_url)


def _rule(fields: Fields) -> Rule:
    with fields:
        claims = _claims(fields)
        words = fields.words("scopes", complaint=among([scope.value for scope in Scope]), at_least=1)
        if not words and not fields.given("scopes"):
            fields.section("scopes", f"a list of {', '.join(Scope)}")
    return Rule(claims, tuple(scope for scope in Scope if scope in words))


def _claims(fields: Fields) -> tuple[tuple[str, Wanted], ...]:
    node, path = fields.node_of("claims"), (*fields.path, "claims")
    if node is None:
        fields.section("claims", "a mapping of what a token must claim, such as {repository: acme/shop}")
        return ()
    if not isinstance(node, Table):
        fields.notes.on(node, path, f"must be a mapping of claims, but is {described(node)}")
        return ()
    found = [(name, _wanted(fields.notes, entry.value, (*path, name[:80]))) for name, entry in node.entries.items()]
    claims = tuple((name, wanted) for name, wanted in found if wanted is not None)
    if len(claims) == len(found) and all(isinstance(w, str) and w and not w.strip("*?") for _, w in claims):
        fields.notes.on(
            node, path, "admits every token of the issuer, whoever asked for it; name a claim and its value"
        )
    return claims


def _wanted(notes: Notes, node: Node, path: KeyPath) -> Wanted | None:
    if isinstance(node, Scalar) and node.value is not None:
        return node.value
    notes.on(node, path, f"must be a text, a number or true or false, but is {described(node)}; write a rule for each")
    return None


def _no_issuer(url: str) -> str | None:
    if "?" in url:
        return f"must have no query, but is {url[:80]!r}"
    return no_address(url)


def no_address(url: str) -> str | None:
    """What is wrong with it as an address that keys may come from."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return f"is no address: {url[:80]!r}"
    if not host or parts.fragment or "@" in parts.netloc:
        return f"must be an address such as https://gitlab.com, but is {url[:80]!r}"
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
        return f"must begin with https://, but is {url[:80]!r}"
    return None
