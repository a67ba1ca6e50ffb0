"""Who may look at pages, and whose forms are taken: the rules of the API, with a cookie in place of a header."""

from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from limits import parse
from starlette.types import Scope as AsgiScope

from api.access import needed_for
from api.dashboard import session
from api.errors import ForeignForm
from placement.domain.access import Scope
from placement.store.repository import Store
from tests.api.browsing import Browse, words_of
from tests.api.clock import Clock
from tests.api.serving import Service, problem_of, serving

PAGES = ("/", "/decisions", "/fleets/new", "/market", "/policies", "/collections", "/reports")


def test_without_keys_this_machine_needs_no_way_in(sample: Service, browse: Browse) -> None:
    browser = browse(sample)
    assert "This machine" in words_of(browser.open("/"))
    assert browser.client.get("/sign-in").headers["location"] == "/"


def test_a_key_opens_the_pages_until_the_browser_signs_out(locked: Service, key: str, browse: Browse) -> None:
    browser = browse(locked)
    assert "This service asks for a key" in words_of(browser.open("/collections?source=sample"))
    assert browser.page.status_code == 401
    assert 'name="after" value="/collections?source=sample"' in browser.page.text
    answer = browser.send("/sign-in", {"key": f" {key} ", "after": "/collections?source=sample"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/collections?source=sample")
    (cookie,) = [each for each in answer.headers.get_list("set-cookie") if key in each]
    assert cookie == f"placement_key={key}; Path=/; HttpOnly; SameSite=Strict"
    assert "Sign out" in words_of(browser.open("/"))
    assert "<b>reader" not in browser.page.text
    assert browser.send("/sign-out", {}).headers["location"] == "/sign-in"
    browser.open("/")
    assert browser.page.status_code == 401


@pytest.mark.parametrize("wrong", ["", "plc_guess", "eyJhbGciOiJub25lIn0.e30.", "x" * 5000])
def test_what_is_no_key_opens_nothing_and_is_told(wrong: str, locked: Service, browse: Browse) -> None:
    browser = browse(locked)
    answer = browser.sign_in(wrong)
    assert answer.status_code == 401
    assert 'role="alert"' in answer.text
    assert "placement_key" not in " ".join(answer.headers.get_list("set-cookie"))


def test_guesses_at_the_way_in_are_counted_as_others_are(
    sample_copy: Path, key: str, clock: Clock, browse: Browse
) -> None:
    with serving(f"sqlite:///{sample_copy}", clock, guess_rate_limit=parse("2/minute")) as service:
        browser = browse(service)
        answers = [browser.sign_in("plc_guess").status_code for _ in range(3)]
        assert answers[-1] == 429
        assert browser.sign_in(key).status_code == 429


@pytest.mark.parametrize(
    "address", ["//evil.example/", "https://evil.example/", "/\\evil.example", "javascript:alert(1)", "", "/\t/evil"]
)
def test_the_way_in_leads_to_this_service_only(address: str, locked: Service, key: str, browse: Browse) -> None:
    browser = browse(locked)
    browser.open("/sign-in")
    assert browser.send("/sign-in", {"key": key, "after": address}).headers["location"] == "/"


def test_a_revoked_key_shows_the_way_in_again(
    locked: Service, key: str, sample_store: Store, clock: Clock, browse: Browse
) -> None:
    browser = browse(locked)
    browser.sign_in(key)
    sample_store.revoke_key(sample_store.keys()[0].id, clock.now, "cli:me")
    clock.now += timedelta(seconds=6)
    assert "is not known, has expired or was revoked" in words_of(browser.open("/"))


def test_the_cookie_reads_for_the_api_and_changes_nothing_there(locked: Service, key: str, browse: Browse) -> None:
    browser = browse(locked)
    browser.sign_in(key)
    assert browser.client.get("/v1/catalog").status_code == 200
    answer = browser.client.put("/v1/policies/gdpr", json={})
    problem_of(answer, 401, "unauthenticated")
    problem_of(
        browser.client.post("/v1/quotes", json={"resources": {"vcpus": 1, "memory_gib": 1}}), 401, "unauthenticated"
    )


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
    ],
)
@pytest.mark.parametrize("path", ["/sign-in", "/sign-out", "/fleets/new", "/policies/gdpr"])
def test_a_form_of_another_site_is_refused_also_without_keys(
    path: str, headers: dict[str, str], sample: Service
) -> None:
    problem_of(sample.client.post(path, data={"x": "y"}, headers=headers), 403, "foreign-form")


def test_a_form_without_the_proof_of_its_page_is_refused(locked: Service, key: str, browse: Browse) -> None:
    browser = browse(locked)
    browser.open("/sign-in")
    browser.client.cookies.clear()
    answer = browser.send("/sign-in", {"key": key})
    assert answer.status_code == 403
    assert "open the page again" in words_of(answer.text)


def test_what_is_sent_as_no_form_is_refused(sample: Service) -> None:
    answer = sample.client.post("/sign-in", json={}, headers={"Sec-Fetch-Site": "same-origin"})
    problem_of(answer, 415, "unsupported-media-type")


def test_by_tls_the_cookie_is_for_this_host_and_tls_only() -> None:
    scope: AsgiScope = {"scheme": "https", "headers": [(b"cookie", b"placement_key=other; __Host-placement_key=mine")]}
    assert session.key_of(scope) == "mine"
    assert session.key_cookie(scope, "k") == "__Host-placement_key=k; Path=/; HttpOnly; SameSite=Strict; Secure"


def test_a_proof_is_of_one_browser_and_one_caller() -> None:
    scope: AsgiScope = {"scheme": "http", "headers": [(b"cookie", b"placement_form=mine")]}
    session.check_proof(scope, "key:a", session.proof("mine", "key:a"))
    for secret, who in (("other", "key:a"), ("mine", "key:b")):
        with pytest.raises(ForeignForm):
            session.check_proof(scope, "key:a", session.proof(secret, who))


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", "/fleets/new", Scope.READ),
        ("POST", "/fleets/new", Scope.DECIDE),
        ("POST", "/decisions/x/cancel", Scope.DECIDE),
        ("POST", "/policy-trial", Scope.READ),
        ("POST", "/policies/gdpr", Scope.ADMIN),
        ("POST", "/collections/aws", Scope.COLLECT),
        ("POST", "/v1/policy-trial", Scope.ADMIN),
    ],
)
def test_a_form_needs_the_scope_that_the_api_asks_for(method: str, path: str, scope: Scope) -> None:
    assert needed_for(method, path) is scope


def test_a_key_that_may_not_is_told_on_a_page(locked: Service, key: str, browse: Browse) -> None:
    browser = browse(locked)
    browser.sign_in(key)
    browser.open("/")
    answer = browser.send("/fleets/new", {"fleet": "x"})
    assert answer.status_code == 403
    assert "this needs the scope decide" in words_of(answer.text)


def test_a_program_gets_a_problem_document_where_a_person_gets_a_page(sample: Service, browse: Browse) -> None:
    browser = browse(sample)
    assert "There is nothing at this path" in words_of(browser.open("/nothing<script>"))
    assert browser.page.status_code == 404
    assert "<script>" not in browser.page.text
    for accept in ("*/*", "application/json", "application/json, text/html;q=0.5"):
        problem_of(httpx.get(f"{sample.url}/nothing", headers={"Accept": accept}), 404, "not-found")
    problem_of(browser.client.get("/v1/nothing"), 404, "not-found")


def test_nothing_on_a_page_comes_from_elsewhere_or_runs_inside_it(sample: Service) -> None:
    answer = sample.client.get("/", headers={"Accept": "text/html"})
    policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert {policy[kind] for kind in ("script-src", "style-src", "img-src", "connect-src", "form-action")} == {"'self'"}
    assert (policy["base-uri"], policy["frame-ancestors"]) == ("'none'", "'none'")
    assert answer.headers["referrer-policy"] == "same-origin"
    assert "style=" not in answer.text
    assert "onclick" not in answer.text


def test_assets_are_kept_by_browsers_as_long_as_they_stay(sample: Service) -> None:
    page = sample.client.get("/", headers={"Accept": "text/html"}).text
    (address,) = [part.split('"')[1] for part in page.split("href=")[1:] if "style.css" in part]
    answer = httpx.get(sample.url + address)
    assert answer.headers["content-type"].startswith("text/css")
    assert "immutable" in answer.headers["cache-control"]
    problem_of(httpx.get(f"{sample.url}/assets/nothing.css"), 404, "not-found")
    problem_of(httpx.get(f"{sample.url}/assets/..%2Fpages.py"), 404, "not-found")
