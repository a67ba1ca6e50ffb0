"""A browser without scripts: it keeps cookies, sends the headers of a browser, and fills in forms."""

import re
from collections.abc import Callable, Mapping
from html import unescape
from typing import Protocol, TypeAlias

import httpx

from tests.api.serving import AT_MOST_S

ACCEPT = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
_HIDDEN = re.compile(r'<input type="hidden" name="proof" value="([0-9a-f]+)">')


class Site(Protocol):
    """Whatever answers at an address."""

    url: str


class Browser:
    """One person at a service."""

    def __init__(self, service: Site) -> None:
        self.client = httpx.Client(base_url=service.url, timeout=AT_MOST_S, trust_env=False, headers={"Accept": ACCEPT})
        self.page = httpx.Response(0)

    def open(self, path: str) -> str:
        """The text of the page, also of one that tells what went wrong."""
        self.page = self.client.get(path, headers={"Sec-Fetch-Site": "none"}, follow_redirects=True)
        assert self.page.headers["content-type"] == "text/html; charset=utf-8", self.page.text
        return self.page.text

    def send(
        self, path: str, fields: Mapping[str, str], site: str = "same-origin", files: Mapping[str, bytes] | None = None
    ) -> httpx.Response:
        """A form of the page that was opened last, with its proof; the answer, redirects not followed."""
        found = _HIDDEN.search(self.page.text)
        proof = {"proof": found[1]} if found else {}
        parts = {name: (f"{name}.yaml", content) for name, content in (files or {}).items()}
        headers = {"Sec-Fetch-Site": site, "Origin": str(self.client.base_url).rstrip("/")}
        return self.client.post(path, data={**proof, **fields}, files=parts or None, headers=headers)

    def sign_in(self, key: str) -> httpx.Response:
        self.open("/sign-in")
        return self.send("/sign-in", {"key": key, "after": "/"})


Browse: TypeAlias = Callable[[Site], Browser]
"""The fixture `browse`."""


def words_of(page: str) -> str:
    """What a person reads."""
    text = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", page, flags=re.DOTALL)
    words = " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())
    return re.sub(r" (?=[,.;:])", "", words)
