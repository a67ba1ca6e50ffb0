"""Decisions as pages: listed, shown with their proof, explained; and a fleet placed by a form."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from placement.domain.access import Scope
from placement.planner.keys import issue_key
from placement.store.repository import Store
from tests.api.browsing import Browse, words_of
from tests.api.clock import Clock
from tests.api.serving import Service, serving
from tests.reports.months import at, decided, fleet, swept, workload
from tests.store.market import DUBLIN, price

EEA = """
policies:
- {name: eea, version: 2, when: {}, allow_only: {place: [DE, IE]}, legal_ref: Art. 44}
- {name: home, version: 1, when: {}, allow_only: {place: [DE]}}
"""
TEXT = "fleet: shop\nworkloads:\n- {name: web, resources: {vcpus: 2, memory_gib: 8}}\n"


@pytest.fixture
def service(store: Store, url: str) -> Iterator[Service]:
    """With `shop` in Frankfurt, where it must be, and `free` in Dublin."""
    swept(store, at(1), price(0.2), price(0.15, region=DUBLIN))
    decided(store, at(2), fleet(workload(), policies=["eea"]), policies=EEA)
    decided(
        store,
        at(3),
        fleet(workload("big", replicas=2), workload(), flows=[{"from": "big", "to": "web", "gb_per_month": 50}])
        | {"fleet": "free"},
    )
    decided(store, at(4), fleet(workload(places={"allow": ["US"]})) | {"fleet": "nowhere"})
    with serving(url, clock=lambda: at(5)) as running:
        yield running


@pytest.fixture
def ids(service: Service) -> dict[str, str]:
    return {line["fleet"]: line["id"] for line in service.answer("/v1/decisions")["decisions"]}


def test_decisions_are_listed_and_found_by_their_fleet(service: Service, browse: Browse, ids: dict[str, str]) -> None:
    browser = browse(service)
    text = browser.open("/decisions")
    assert [text.index(ids[name]) for name in ("nowhere", "free", "shop")] == sorted(
        text.index(ids[name]) for name in ids
    )
    words = words_of(browser.open("/decisions?fleet=free"))
    assert ids["free"] in words
    assert ids["shop"] not in words
    assert "Nothing was decided for a fleet of just this name" in words_of(browser.open("/decisions?fleet=other"))


def test_older_decisions_are_on_pages_of_their_own(store: Store, url: str, browse: Browse) -> None:
    swept(store, at(1), price(0.2))
    made = [decided(store, at(2, hour), fleet(workload()))["id"] for hour in range(20)]
    for number in range(40):
        store.save_decision(
            f"b{number}", at(1), "old", 1, "{}", '{"status": "no_answer", "placements": [], "datasets": []}'
        )
    with serving(url, clock=lambda: at(5)) as service:
        browser = browse(service)
        first = browser.open("/decisions")
        older = first.split('rel="next" href="')[1].split('"')[0]
        second = browser.open(older)
    listed = [name for name in (*made, *(f"b{n}" for n in range(40))) if f'/decisions/{name}"' in first]
    rest = [name for name in (*made, *(f"b{n}" for n in range(40))) if f'/decisions/{name}"' in second]
    assert (len(listed), len(rest)) == (50, 10)
    assert not set(listed) & set(rest)


def test_a_decision_is_shown_with_its_bill_and_its_proof(service: Service, browse: Browse, ids: dict[str, str]) -> None:
    words = words_of(browse(service).open(f"/decisions/{ids['free']}"))
    assert "Optimal: the cheapest placement, proven. Decided 2026-10-03 00:00 UTC, in force" in words
    assert "No placement that keeps all rules costs less than 328.50 USD a month: this is proven." in words
    assert "big aws:eu-west-1 m.large on demand 2 0.150000 219.00 Why here: big" in words
    assert "Compute 328.50 100.0%" in words
    assert "big → web aws:eu-west-1 aws:eu-west-1 50 0.00" in words


def test_a_decision_that_was_replaced_says_by_which(store: Store, url: str, browse: Browse) -> None:
    swept(store, at(1), price(0.2))
    first, second = (decided(store, at(day), fleet(workload()))["id"] for day in (2, 3))
    with serving(url, clock=lambda: at(5)) as service:
        browser = browse(service)
        assert f'replaced by <a href="/decisions/{second}">' in browser.open(f"/decisions/{first}")
        assert "in force" in browser.open(f"/decisions/{second}")


def test_what_cannot_be_placed_shows_the_rules_that_cannot_hold(
    service: Service, browse: Browse, ids: dict[str, str]
) -> None:
    words = words_of(browse(service).open(f"/decisions/{ids['nowhere']}"))
    assert "Infeasible: no placement can satisfy these rules" in words
    assert "places web only in US" in words


def test_why_here_names_the_runner_up_and_what_refuses_the_rest(
    service: Service, browse: Browse, ids: dict[str, str]
) -> None:
    browser = browse(service)
    words = words_of(browser.open(f"/decisions/{ids['free']}/why?workload=web"))
    assert "The runner-up, with the whole fleet placed again without these regions: " in words
    assert "in aws:eu-central-1, +37.50 USD a month" in words
    words = words_of(browser.open(f"/decisions/{ids['shop']}/why?workload=web"))
    assert "home@1 only DE is allowed 1 aws:eu-west-1" in words
    browser.open(f"/decisions/{ids['free']}/why?workload=<script>")
    assert browser.page.status_code == 422
    assert "<script>" not in browser.page.text
    browser.open(f"/decisions/{ids['nowhere']}/why?workload=web")
    assert browser.page.status_code == 422


def test_why_here_tells_what_is_weighed_in_and_is_no_money(store: Store, url: str, browse: Browse) -> None:
    swept(store, at(1), price(0.2), price(0.15, region=DUBLIN))
    hurdle = {"migration": {"min_saving_fraction": 0.5}}
    there = decided(store, at(2), fleet(workload(current="aws:eu-central-1")) | {"limits": hurdle})
    with serving(url, clock=lambda: at(5)) as service:
        words = words_of(browse(service).open(f"/decisions/{there['id']}/why?workload=web"))
    assert "move hurdle +73.00 weighed in" in words
    assert "weighed in at least" in words


def test_what_each_policy_costs_is_reckoned_on_request(service: Service, browse: Browse, ids: dict[str, str]) -> None:
    browser = browse(service)
    words = words_of(browser.open(f"/decisions/{ids['shop']}/policy-costs"))
    assert "146.00 USD a month with all of them" in words
    assert "home@1 36.50 36.50 109.50" in words
    assert "was made without policies" in words_of(browser.open(f"/decisions/{ids['free']}/policy-costs"))


@pytest.mark.parametrize("path", ["/decisions/none", "/decisions/none/why?workload=x", f"/decisions/{'x' * 300}"])
def test_a_decision_that_there_is_not_is_a_page_that_says_so(path: str, service: Service, browse: Browse) -> None:
    browser = browse(service)
    assert "There is no such decision" in words_of(browser.open(path))
    assert browser.page.status_code == 404


@pytest.mark.parametrize(
    ("text", "line", "column", "reason"),
    [
        ("fleet: shop\nworkloads:\n- {name: web, resources: {vcpu: 2}}\n", 3, 26, "did you mean"),
        ("fleet: [", 1, None, ""),
        ("", None, None, "there is no text"),
        (TEXT + "policies: [gdpr]\n", 4, None, "no policies are stored as"),
    ],
)
def test_what_is_wrong_with_a_fleet_is_shown_with_its_line_and_nothing_is_kept(
    text: str, line: int | None, column: int | None, reason: str, sample: Service, browse: Browse
) -> None:
    browser = browse(sample)
    browser.open("/fleets/new")
    answer = browser.send("/fleets/new", {"text": text, "time_limit": "30"})
    assert answer.status_code == 422
    words = words_of(answer.text)
    assert "The fleet was not placed" in words
    assert reason in words
    row = answer.text.split("<tbody>")[1].split("</tbody>")[0]
    assert f'<td class="n">{"-" if line is None else line}</td>' in row
    if column is not None:
        assert f'<td class="n">{column}</td>' in row
    assert sample.answer("/v1/decisions")["decisions"] == []


@pytest.mark.parametrize("limit", ["0", "3601", "soon", "nan"])
def test_a_time_limit_that_cannot_be_is_told(limit: str, sample: Service, browse: Browse) -> None:
    browser = browse(sample)
    browser.open("/fleets/new")
    answer = browser.send("/fleets/new", {"text": TEXT, "time_limit": limit})
    assert answer.status_code == 422
    assert "must be a number of seconds" in words_of(answer.text)


@pytest.fixture
def waiting(sample_copy: Path, clock: Clock) -> Iterator[Service]:
    """Nobody works here: what is asked for waits."""
    with serving(f"sqlite:///{sample_copy}", clock) as running:
        yield running


def test_a_fleet_that_was_sent_waits_on_its_page_and_can_be_cancelled(waiting: Service, browse: Browse) -> None:
    browser = browse(waiting)
    browser.open("/fleets/new")
    answer = browser.send("/fleets/new", {"time_limit": "5"}, files={"file": b"\xef\xbb\xbf" + TEXT.encode()})
    assert answer.status_code == 303
    address = answer.headers["location"]
    words = words_of(browser.open(address))
    assert "Being decided since" in words
    assert '<noscript><meta http-equiv="refresh" content="2"></noscript>' in browser.page.text
    assert f'data-events="/v1{address}/events"' in browser.page.text
    before = browser.page
    assert browser.send(f"{address}/cancel", {}).headers["location"] == address
    assert "cancelled before it was decided" in words_of(browser.open(address))
    browser.page = before
    assert "has ended, and stays as it is" in words_of(browser.send(f"{address}/cancel", {}).text)
    asked = waiting.answer("/v1/audit")["entries"]
    assert [(entry["action"], entry["who"]) for entry in asked] == [
        ("decisions.cancelled", "local"),
        ("decisions.create", "local"),
    ]


def test_a_form_that_is_sent_twice_is_one_request(waiting: Service, browse: Browse) -> None:
    browser = browse(waiting)
    once = browser.open("/fleets/new").split('name="once" value="')[1].split('"')[0]
    sent = [browser.send("/fleets/new", {"text": TEXT, "once": once, "time_limit": "5"}) for _ in range(2)]
    assert sent[0].headers["location"] == sent[1].headers["location"]


def test_a_file_that_is_no_text_is_told(waiting: Service, browse: Browse) -> None:
    browser = browse(waiting)
    browser.open("/fleets/new")
    answer = browser.send("/fleets/new", {"time_limit": "5"}, files={"file": b"\xff\xfe"})
    assert answer.status_code == 400
    assert "is not UTF-8 text: byte 0 is 0xFF" in words_of(answer.text)


def test_who_may_not_place_sees_why_instead_of_a_form(sample_copy: Path, clock: Clock, browse: Browse) -> None:
    store = Store.open(f"sqlite:///{sample_copy}")
    key = issue_key(store, "reader", (Scope.READ,), None, clock.now, "cli:me")[1]
    store.close()
    with serving(f"sqlite:///{sample_copy}", clock) as service:
        browser = browse(service)
        browser.sign_in(key)
        text = browser.open("/fleets/new")
    assert "takes one with the scope decide" in words_of(text)
    assert "<textarea" not in text
