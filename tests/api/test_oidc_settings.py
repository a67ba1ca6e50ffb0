"""Issuers are read whole, or refused by one line that names the variable, the entry and what would be right."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from api.app import create_app
from api.oidc_issuers import Issuer, Rule, Wanted, meets
from api.settings import BadSettings, Settings, from_environment
from placement.domain.access import Scope

GITHUB: dict[str, Any] = {
    "issuer": "https://token.actions.githubusercontent.com",
    "audience": "placement",
    "rules": [{"claims": {"repository": "acme/shop", "ref": "refs/heads/main"}, "scopes": ["decide"]}],
}
READ = Issuer(
    "https://token.actions.githubusercontent.com",
    ("placement",),
    (Rule((("repository", "acme/shop"), ("ref", "refs/heads/main")), (Scope.DECIDE,)),),
    ("RS256", "ES256"),
    None,
)
FILE = """\
- issuer: https://gitlab.example:8443/sub
  audience: [placement, https://placement.example]
  algorithms: [RS256]
  jwks_url: https://gitlab.example/oauth/discovery/keys
  rules:
  - claims: {project_path: acme/*, ref_protected: "true", runner_id: 12, trusted: true}
    scopes: [decide, read]
"""


def rule(**claims: Any) -> dict[str, Any]:
    return GITHUB | {"rules": [{"claims": claims, "scopes": ["read"]}]}


def test_the_environment_names_issuers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLACEMENT_OIDC", json.dumps([GITHUB]))
    assert from_environment().oidc == (READ,)


def test_a_file_names_issuers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "oidc.yaml"
    file.write_text(FILE, encoding="utf-8")
    monkeypatch.setenv("PLACEMENT_OIDC_FILE", str(file))
    (issuer,) = from_environment().oidc_file
    assert issuer.audiences == ("placement", "https://placement.example")
    assert (issuer.algorithms, issuer.host) == (("RS256",), "gitlab.example:8443")
    assert issuer.jwks_url == "https://gitlab.example/oauth/discovery/keys"
    wanted = (("project_path", "acme/*"), ("ref_protected", "true"), ("runner_id", 12), ("trusted", True))
    assert issuer.rules == (Rule(wanted, (Scope.READ, Scope.DECIDE)),)


def test_the_issuers_shown_in_the_guide_are_read() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "security.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"^```yaml\n(# oidc\.yaml\n.*?)^```$", guide, re.MULTILINE | re.DOTALL)
    github, gitlab = Settings(oidc=shown).oidc
    assert github.url == READ.url
    assert github.rules[0] == READ.rules[0]
    assert gitlab.rules[0].claims == (("project_path", "acme/shop"), ("ref_protected", "true"))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("github", "must be a list of issuers"),
        ("{}", "must be a list of issuers"),
        ("[]", "there is no issuer in it"),
        ("[", "this is not YAML"),
        ([7], "[0]: must be a mapping of issuer, audience, algorithms, jwks_url, rules"),
        ([{}], "[0].issuer: is missing"),
        ([GITHUB, GITHUB | {"issuer": None}], "[1].issuer: must be a text"),
        ([GITHUB, GITHUB], "[1].issuer: 'https://token.actions.githubusercontent.com' stands here twice"),
        ([GITHUB | {"issuer": "http://gitlab.example"}], "[0].issuer: must begin with https://"),
        ([GITHUB | {"issuer": "gitlab.com"}], "[0].issuer: must be an address"),
        ([GITHUB | {"issuer": "https://me:pw@gitlab.com"}], "[0].issuer: must be an address"),
        ([GITHUB | {"issuer": "https://gitlab.com/#a"}], "[0].issuer: must be an address"),
        ([GITHUB | {"issuer": "https://gitlab.com/?a"}], "[0].issuer: must have no query"),
        ([GITHUB | {"issuer": "https://[gitlab"}], "[0].issuer: is no address"),
        ([GITHUB | {"issuer": "https://gitlab:port"}], "[0].issuer: is no address"),
        ([GITHUB | {"jwks_url": "file:///keys"}], "[0].jwks_url: must be an address"),
        ([GITHUB | {"jwks_url": "http://10.0.0.1/keys"}], "[0].jwks_url: must begin with https://"),
        ([{k: v for k, v in GITHUB.items() if k != "audience"}], "[0].audience: is missing"),
        ([GITHUB | {"audience": []}], "[0].audience: needs 1 at least"),
        ([GITHUB | {"algorithms": ["HS256"]}], "[0].algorithms[0]: must be RS256"),
        ([GITHUB | {"algorithms": ["none"]}], "[0].algorithms[0]: must be RS256"),
        ([GITHUB | {"algorithms": []}], "[0].algorithms: needs 1 at least"),
        ([GITHUB | {"rules": []}], "[0].rules: needs 1 at least"),
        ([{k: v for k, v in GITHUB.items() if k != "rules"}], "[0].rules: is missing"),
        ([GITHUB | {"rule": []}], "[0].rule: unknown key"),
        ([GITHUB | {"rules": [{"scopes": ["read"]}]}], "[0].rules[0].claims: is missing"),
        ([rule()], "[0].rules[0].claims: admits every token of the issuer"),
        ([rule(repository="*")], "[0].rules[0].claims: admits every token of the issuer"),
        ([rule(repository="?*", ref="**")], "[0].rules[0].claims: admits every token of the issuer"),
        ([rule(repository=["a", "b"])], "[0].rules[0].claims.repository: must be a text"),
        ([rule(repository={"a": "b"})], "[0].rules[0].claims.repository: must be a text"),
        ([rule(repository=None)], "[0].rules[0].claims.repository: must be a text"),
        ([GITHUB | {"rules": [{"claims": "all", "scopes": ["read"]}]}], "[0].rules[0].claims: must be a mapping"),
        ([GITHUB | {"rules": [{"claims": {"a": "b"}}]}], "[0].rules[0].scopes: is missing"),
        ([GITHUB | {"rules": [{"claims": {"a": "b"}, "scopes": []}]}], "[0].rules[0].scopes: needs 1 at least"),
        ([GITHUB | {"rules": [{"claims": {"a": "b"}, "scopes": ["decid"]}]}], "did you mean 'decide'?"),
    ],
    ids=lambda part: part if isinstance(part, str) else "",
)
def test_a_flaw_is_told_with_its_variable_and_entry(value: Any, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLACEMENT_OIDC", value if isinstance(value, str) else json.dumps(value))
    with pytest.raises(BadSettings) as refused:
        create_app()
    assert str(refused.value).startswith("PLACEMENT_OIDC: ")
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [(None, "there is no such file"), (FILE.replace("decide", "decid"), "oidc.yaml:7:14: [0].rules[0].scopes[0]: ")],
)
def test_a_flaw_in_a_file_is_told_with_its_line(
    text: str | None, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "oidc.yaml"
    if text is not None:
        file.write_text(text, encoding="utf-8")
    monkeypatch.setenv("PLACEMENT_OIDC_FILE", str(file))
    with pytest.raises(BadSettings, match=r"^PLACEMENT_OIDC_FILE: ") as refused:
        from_environment()
    assert words in str(refused.value)


def test_one_variable_names_the_issuers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "oidc.yaml"
    file.write_text(FILE, encoding="utf-8")
    monkeypatch.setenv("PLACEMENT_OIDC_FILE", str(file))
    monkeypatch.setenv("PLACEMENT_OIDC", json.dumps([GITHUB]))
    with pytest.raises(BadSettings, match=r"PLACEMENT_OIDC and PLACEMENT_OIDC_FILE are both set"):
        from_environment()


@pytest.mark.parametrize("url", ["http://127.0.0.1:9000", "http://localhost", "http://[::1]:80/x"])
def test_this_machine_needs_no_tls(url: str) -> None:
    assert Settings(oidc=json.dumps([GITHUB | {"issuer": url}])).oidc[0].url == url  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("claim", "wanted", "met"),
    [
        ("acme/shop", "acme/shop", True),
        ("acme/shop", "acme/*", True),
        ("acme/shop/more", "acme/*", True),
        ("acme", "acme/*", False),
        ("evil/acme/shop", "acme/*", False),
        ("refs/heads/main", "refs/heads/[mx]ain", True),
        ("true", True, False),
        (True, True, True),
        (1, True, False),
        (True, 1, False),
        (1, 1, True),
        (1.0, 1, False),
        (1, "1", False),
        (None, "*", False),
        (["acme/shop"], "acme/shop", False),
        ({"acme/shop": 1}, "acme/shop", False),
    ],
)
def test_a_text_is_a_glob_and_the_rest_is_exact(claim: Any, wanted: Wanted, met: bool) -> None:
    assert meets(claim, wanted) is met
