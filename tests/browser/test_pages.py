"""Every page, wide and narrow, by day and by night: nothing goes wrong, nothing is cut off, and all can use it."""

from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.api.deciding import Process
from tests.browser.visiting import HOSTILE, visiting

pytestmark = pytest.mark.xdist_group("browser")


def _pages(service: Process) -> list[tuple[str, int]]:
    """Addresses with the status that they answer with."""
    decisions: Any = service.ask("GET", "/v1/decisions").json()["decisions"]
    ids = {line["fleet"]: line["id"] for line in decisions}
    offering = "aws:eu-central-1|m5.xlarge|spot|"
    return [
        ("/", 200),
        ("/decisions", 200),
        *((f"/decisions/{each}", 200) for each in ids.values()),
        (f"/decisions/{ids['shop']}/why?workload=web", 200),
        (f"/decisions/{ids['shop']}/policy-costs", 200),
        ("/fleets/new", 200),
        ("/market?provider=aws&capacity_type=spot", 200),
        ("/market?min_vcpus=-1", 422),
        ("/market/lawful", 200),
        (f"/market/history?offering={offering}", 200),
        ("/policies", 200),
        ("/policies/eu", 200),
        ("/collections", 200),
        ("/reports", 200),
        ("/nothing", 404),
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_every_page_is_whole_and_open_to_all(width: int, scheme: str, chromium: Browser, service: Process) -> None:
    with visiting(chromium, service.url, width, scheme) as visit:
        for path, status in _pages(service):
            assert (path, visit.open(path)) == (path, status)
            assert visit.page.locator("h1").count() == 1, path
            assert visit.page.title(), path
            assert (path, visit.hidden_width()) == (path, 0)
            assert (path, visit.grave_findings()) == (path, [])


def test_a_name_is_shown_and_never_obeyed(chromium: Browser, service: Process) -> None:
    decisions: Any = service.ask("GET", "/v1/decisions").json()["decisions"]
    (line,) = [each for each in decisions if each["fleet"] == HOSTILE]
    with visiting(chromium, service.url) as visit:
        for path in ("/", "/decisions", f"/decisions/{line['id']}"):
            visit.open(path)
            assert visit.page.locator("main script, main img").count() == 0
            assert "owned" not in (visit.page.evaluate("document.title"))[:6]
        assert visit.page.locator("h1 bdi").inner_text() == HOSTILE
