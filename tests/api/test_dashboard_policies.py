"""Policies as pages: what is stored, what a change would do to what is in force, and saving it."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.dashboard.yaml_text import yaml_of
from placement.domain.access import Scope
from placement.domain.errors import BadPolicies
from placement.planner.keys import issue_key
from placement.store.repository import Store
from placement.written.document import tree_of
from placement.written.notes import Notes
from placement.written.plain import json_of
from tests.api.browsing import Browse, words_of
from tests.api.serving import Service, serving
from tests.reports.months import at, decided, fleet, swept, workload
from tests.store.market import DUBLIN, price

EU = """classes: {pii-eu: {sensitivity: restricted}}
policies:
- {name: gdpr, version: 1, when: {classification: [pii-eu]}, allow_only: {place: [EEA]}}
"""
GERMANY = EU.replace("[EEA]", "[DE]").replace("version: 1", "version: 2")
YAML = {"Content-Type": "application/yaml"}
EXAMPLES = Path(__file__).parent.parent.parent / "examples" / "policies"


@pytest.fixture
def service(store: Store, url: str) -> Iterator[Service]:
    """`shop` lies in Dublin, judged by the file eu."""
    swept(store, at(1), price(0.2), price(0.1, region=DUBLIN))
    decided(store, at(2), fleet(workload(classification=["pii-eu"]), policies=["policies/eu.yaml"]), policies=EU)
    decided(store, at(2), fleet(workload()) | {"fleet": "other"})
    with serving(url, clock=lambda: at(5)) as running:
        assert running.ask("PUT", "/v1/policies/eu", content=EU, headers=YAML).status_code == 201
        yield running


def test_what_is_stored_is_listed_with_the_regions_it_admits(service: Service, browse: Browse) -> None:
    words = words_of(browse(service).open("/policies"))
    assert "eu gdpr@1 pii-eu 1 2026-10-05 00:00 UTC local" in words
    assert "pii-eu 2 of 3 DE, IE 2 regions aws:eu-central-1, aws:eu-west-1" in words


def test_without_policies_the_page_says_so(sample: Service, browse: Browse) -> None:
    assert "No policies are stored" in words_of(browse(sample).open("/policies"))


def test_a_change_is_tried_shown_and_saved_on_confirmation_only(service: Service, browse: Browse, store: Store) -> None:
    browser = browse(service)
    assert "place: [EEA]" in browser.open("/policies/eu")
    browser.page = browser.send("/policy-trial", {"name": "eu", "text": GERMANY})
    words = words_of(browser.page.text)
    assert "Newly refused 1 placement in force, in 1 fleet" in words
    assert "web aws:eu-west-1 gdpr@2: place is aws:eu-west-1 (IE), only DE is allowed admitted" in words
    assert "other" not in words
    assert "pii-eu 2 1 aws:eu-west-1 -" in words
    assert store.document("policy", "eu").revision == 1
    fields = {"text": GERMANY, "revision": "1"}
    unconfirmed = browser.send("/policies/eu", fields)
    assert unconfirmed.status_code == 422
    assert "Tick that you have read" in words_of(unconfirmed.text)
    assert browser.send("/policies/eu", fields | {"confirm": "yes"}).status_code == 303
    assert store.document("policy", "eu").revision == 2
    assert [(e.action, e.subject, e.who) for e in store.audit(1)] == [("policies.put", "eu", "local")]
    again = words_of(browser.send("/policy-trial", {"name": "eu", "text": GERMANY}).text)
    assert "Newly refused 0 placements" in again
    assert "refused already" in again


def test_a_change_that_somebody_overtook_is_not_saved(service: Service, browse: Browse, store: Store) -> None:
    browser = browse(service)
    browser.open("/policies/eu")
    browser.page = browser.send("/policy-trial", {"name": "eu", "text": GERMANY})
    service.ask("PUT", "/v1/policies/eu", content=EU.replace("version: 1", "version: 9"), headers=YAML)
    late = browser.send("/policies/eu", {"text": GERMANY, "revision": "1", "confirm": "yes"})
    assert late.status_code == 412
    assert "is at revision 2; read it again" in words_of(late.text)
    assert store.document("policy", "eu").revision == 2


def test_a_new_file_is_saved_too(service: Service, browse: Browse, store: Store) -> None:
    browser = browse(service)
    browser.open("/policies")
    text = "policies:\n- {name: iso, version: 1, when: {}, require: {attestation: iso-27001}}\n"
    browser.page = browser.send("/policy-trial", {"name": "iso"}, files={"file": text.encode()})
    assert "there is no file of this name yet" in words_of(browser.page.text)
    assert "No fleet in force names this file" in words_of(browser.page.text)
    saved = browser.send("/policies/iso", {"text": text, "revision": "0", "confirm": "yes"})
    assert saved.headers["location"] == "/policies/iso?saved=yes"
    assert store.document("policy", "iso").revision == 1


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("eu", "policies:\n- {name: gdpr, version: 1, when: {}, allow_onyl: {place: [DE]}}\n", "did you mean"),
        ("eu", "policies:\n- {name: x, version: 1, when: {}, allow_only: {place: [Atlantis]}}\n", "is no place"),
        ("eu", "[", "1"),
        ("eu", " ", "there is no text"),
        ("No Name", EU, "a name has 1 to 63"),
        ("../etc", EU, "a name has 1 to 63"),
    ],
)
def test_what_is_wrong_is_told_with_line_and_column(
    name: str, text: str, words: str, service: Service, browse: Browse
) -> None:
    browser = browse(service)
    browser.open("/policies")
    answer = browser.send("/policy-trial", {"name": name, "text": text})
    assert answer.status_code == 422
    shown = words_of(answer.text)
    assert "cannot be read; nothing was saved" in shown
    assert words in shown


def test_what_does_not_read_together_is_told_for_the_market_and_each_fleet(service: Service, browse: Browse) -> None:
    service.ask("PUT", "/v1/policies/same", content=EU.replace("pii-eu", "pii"), headers=YAML)
    browser = browse(service)
    assert "The files do not read together" in words_of(browser.open("/policies"))
    words = words_of(browser.send("/policy-trial", {"name": "eu", "text": GERMANY}).text)
    assert "would not read together with all else" in words
    assert "web aws:eu-west-1 gdpr@2" in words


def test_who_may_read_only_may_try_and_not_save(store: Store, url: str, browse: Browse) -> None:
    swept(store, at(1), price(0.2))
    key = issue_key(store, "reader", (Scope.READ,), None, at(2), "cli:me")[1]
    with serving(url, clock=lambda: at(5)) as service:
        browser = browse(service)
        browser.sign_in(key)
        browser.open("/policies")
        browser.page = browser.send("/policy-trial", {"name": "eu", "text": EU})
        assert "takes one with the scope admin" in words_of(browser.page.text)
        answer = browser.send("/policies/eu", {"text": EU, "revision": "0", "confirm": "yes"})
        assert answer.status_code == 403
    assert store.documents("policy") == []


@pytest.mark.parametrize("file", sorted(EXAMPLES.glob("*.yaml")), ids=lambda file: file.stem)
def test_a_stored_file_reads_the_same_as_it_is_shown(file: Path) -> None:
    content = json_of(tree_of(file.read_text(encoding="utf-8"), Notes("x", BadPolicies), ""))
    again = json_of(tree_of(yaml_of(content), Notes("x", BadPolicies), ""))
    assert json.loads(again) == json.loads(content)
