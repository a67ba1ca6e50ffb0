"""A person at the dashboard: a page in a browser that notes whatever goes wrong in it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, BrowserContext, Page

HOSTILE = "<script>document.title='owned'</script>\"'&amp;<img src=x onerror=alert(1)>\u202etxt.exe" + "long" * 32
POLICIES = """
classes: {pii-eu: {sensitivity: restricted, subjects: [EU]}}
policies:
- {name: gdpr, version: 1, when: {classification: [pii-eu]}, allow_only: {place: [EEA]}, legal_ref: GDPR Art. 44}
"""
_GRAVE = ("serious", "critical")


class Visit:
    """One page, and what its browser complained of."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.context, self.url = context, url
        self.page: Page = context.new_page()
        self.page.set_default_timeout(20_000)
        self.complaints: list[str] = []
        self.page.on("console", lambda message: self._note(message.type, message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: self._dialog(dialog.message, dialog.dismiss))
        self.page.on("request", lambda request: self._asked(request.url))
        self.page.on("response", lambda answer: self._answered(answer.url, answer.status, answer.request.resource_type))

    def open(self, path: str) -> int:
        """The status of the page."""
        answer = self.page.goto(self.url + path)
        assert answer is not None
        return answer.status

    def grave_findings(self) -> list[str]:
        """What axe finds serious or critical."""
        found: dict[str, Any] = Axe().run(self.page).response
        return [
            f"{each['id']}: {json.dumps([node['target'] for node in each['nodes']][:5])}"
            for each in found["violations"]
            if each["impact"] in _GRAVE
        ]

    def hidden_width(self) -> int:
        """Pixels of the page that lie beside the screen."""
        width: int = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        return width

    def _note(self, kind: str, text: str) -> None:
        # A page that is no good news is told by the browser, too; its status is looked at by itself.
        if kind in ("error", "warning") and "Failed to load resource" not in text:
            self.complaints.append(text)

    def _answered(self, url: str, status: int, kind: str) -> None:
        if status >= 400 and kind != "document":
            self.complaints.append(f"{status} for {url}")

    def _dialog(self, message: str, dismiss: Any) -> None:
        self.complaints.append(f"dialog: {message}")
        dismiss()

    def _asked(self, url: str) -> None:
        if not url.startswith(self.url):
            self.complaints.append(f"asked elsewhere: {url}")


@contextmanager
def visiting(browser: Browser, url: str, width: int = 1440, scheme: Any = "light", **others: Any) -> Iterator[Visit]:
    """Whatever the browser complains of fails the test."""
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, **others)
    visit = Visit(context, url)
    try:
        yield visit
        assert visit.complaints == []
    finally:
        context.close()
