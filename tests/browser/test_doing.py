"""What people do: place a fleet, follow it, cancel it, try policies, sign in and out; also by keyboard alone."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route, expect

from placement.domain.access import Scope
from placement.planner.keys import issue_key
from placement.store.repository import Store
from tests.api.deciding import FLEET, SLOW, Process, running
from tests.browser.visiting import POLICIES, Visit, visiting
from tests.store.market import NOON

pytestmark = pytest.mark.xdist_group("browser")


def test_a_fleet_with_a_mistake_is_mended_and_placed(visit: Visit) -> None:
    page = visit.page
    visit.open("/fleets/new")
    page.get_by_label("Fleet", exact=True).fill(
        "fleet: tea\nworkloads:\n- {name: pot, resources: {vcpus: 2, memory: 8}}\n"
    )
    page.get_by_role("button", name="Place it").click()
    row = page.get_by_role("row").filter(has_text="did you mean")
    expect(row.get_by_role("cell").nth(0)).to_have_text("3")
    expect(page.get_by_role("alert").first).to_be_visible()
    page.get_by_label("Fleet", exact=True).fill(
        "fleet: tea\nworkloads:\n- {name: pot, resources: {vcpus: 2, memory_gib: 8}}\n"
    )
    page.get_by_role("button", name="Place it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("tea")
    expect(page.get_by_text("Optimal: the cheapest placement, proven.")).to_be_visible()
    page.get_by_role("link", name="Why here").first.click()
    expect(page.get_by_text("The runner-up, with the whole fleet placed again")).to_be_visible()


def test_a_fleet_is_placed_from_a_file(visit: Visit, tmp_path: Path) -> None:
    file = tmp_path / "fleet.json"
    file.write_text(json.dumps(FLEET | {"fleet": "from-a-file"}), encoding="utf-8")
    visit.open("/fleets/new")
    visit.page.get_by_label("or a file").set_input_files(file)
    visit.page.get_by_role("button", name="Place it").click()
    expect(visit.page.get_by_role("heading", level=1)).to_have_text("from-a-file")


def test_long_work_is_followed_without_loading_the_page_and_can_be_cancelled(visit: Visit) -> None:
    page = visit.page
    visit.open("/fleets/new")
    page.get_by_label("Fleet", exact=True).fill(json.dumps(SLOW))
    page.get_by_label("Time limit").fill("60")
    page.get_by_role("button", name="Place it").click()
    expect(page.get_by_text("Being decided since")).to_be_visible()
    page.evaluate("window.stayed = true")
    expect(page.locator('[data-progress="bound"]')).not_to_have_text("-", timeout=60_000)
    assert page.evaluate("window.stayed")
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("status")).to_contain_text("was cancelled")


def test_a_page_that_follows_is_loaded_anew_when_the_decision_is_there(visit: Visit) -> None:
    page = visit.page
    visit.open("/fleets/new")
    page.get_by_label("Fleet", exact=True).fill(json.dumps(SLOW | {"fleet": "soon"}))
    page.get_by_label("Time limit").fill("3")
    page.get_by_role("button", name="Place it").click()
    expect(page.get_by_text("Being decided since")).to_be_visible()
    expect(page.get_by_role("heading", name="Placements")).to_be_visible(timeout=60_000)


def test_without_scripts_the_page_follows_by_itself(chromium: Browser, service: Process) -> None:
    with visiting(chromium, service.url, java_script_enabled=False) as visit:
        visit.open("/fleets/new")
        visit.page.get_by_label("Fleet", exact=True).fill(json.dumps(SLOW | {"fleet": "plain"}))
        visit.page.get_by_label("Time limit").fill("3")
        visit.page.get_by_role("button", name="Place it").click()
        expect(visit.page.get_by_role("heading", name="Placements")).to_be_visible(timeout=60_000)


def test_a_policy_is_tried_refused_and_then_saved(visit: Visit) -> None:
    page = visit.page
    visit.open("/policies/eu")
    before = page.get_by_label("Policies, YAML or JSON").input_value()
    assert "EEA" in before
    page.get_by_label("Policies, YAML or JSON").fill(POLICIES.replace("allow_only", "allow_onyl"))
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_role("row").filter(has_text="did you mean")).to_be_visible()
    page.get_by_label("Policies, YAML or JSON").fill(
        POLICIES.replace("[EEA]", "[JP]").replace("version: 1", "version: 2")
    )
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_role("row").filter(has_text="gdpr@2: place is")).to_have_count(2)
    page.get_by_role("button", name="Save").click()
    # The browser itself wants the tick first.
    assert page.url.endswith("/policy-trial")
    page.get_by_label("I have read what this changes").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Saved.")
    expect(page.get_by_text("Revision 2")).to_be_visible()


def test_hands_on_the_keyboard_are_enough(visit: Visit) -> None:
    page = visit.page
    visit.open("/")

    def focused() -> str:
        text: str = page.evaluate("(document.activeElement.innerText || document.activeElement.id || '').trim()")
        return text

    def tab_to(text: str) -> None:
        for _ in range(60):
            page.keyboard.press("Tab")
            if focused() == text:
                outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
                assert outline != "none", f"one cannot see that {text} has the focus"
                return
        raise AssertionError(f"{text} cannot be reached")

    page.keyboard.press("Tab")
    assert focused() == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    page.reload()
    tab_to("Place a fleet")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Place a fleet")
    tab_to("text")
    page.keyboard.insert_text("fleet: keys\nworkloads:\n- {name: pot, resources: {vcpus: 2, memory_gib: 8}}\n")
    tab_to("Place it")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("keys")


@pytest.fixture(scope="module")
def keyed(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> tuple[str, str]:
    """A database of a service with keys, and a key that reads."""
    url = f"sqlite:///{tmp_path_factory.mktemp('keyed') / 'placement.db'}"
    store = Store.open(url)
    store.upgrade()
    _, key = issue_key(store, "reader", (Scope.READ,), None, NOON, "cli:me")
    store.close()
    return url, key


def test_a_key_opens_the_dashboard_and_no_script_can_read_it(keyed: tuple[str, str], chromium: Browser) -> None:
    database, key = keyed
    with running(database, "serve", "--port", "0") as service, visiting(chromium, service.url) as visit:
        page = visit.page
        assert visit.open("/reports") == 401
        page.get_by_label("Key").fill("plc_guess")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("alert")).to_contain_text("is not known")
        assert visit.grave_findings() == []
        page.get_by_label("Key").fill(key)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Reports")
        assert key not in page.evaluate("document.cookie")
        (cookie,) = [each for each in visit.context.cookies() if each["name"] == "placement_key"]
        assert (cookie["httpOnly"], cookie["sameSite"], cookie["expires"]) == (True, "Strict", -1)
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
        assert visit.open("/reports") == 401


def test_another_site_cannot_have_a_browser_send_its_forms(chromium: Browser, service: Process) -> None:
    """Without keys all that protects is where the form is from."""
    context = chromium.new_context()
    page = context.new_page()
    attack = f'<form method="post" action="{service.url}/fleets/new"><input name="text" value="fleet: stolen"></form>'

    def fulfil(route: Route) -> None:
        route.fulfill(content_type="text/html", body=f"{attack}<script>document.forms[0].submit()</script>")

    context.route("http://localhost:9/*", fulfil)
    with page.expect_response(f"{service.url}/fleets/new") as caught:
        page.goto("http://localhost:9/attack", wait_until="commit")
    assert caught.value.status == 403
    context.close()
