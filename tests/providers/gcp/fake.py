"""Google's compute and billing APIs over loopback: what the unmodified SDKs ask for, and no more."""

import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlsplit

from tests.loopback import LoopbackServer
from tests.providers.gcp.market import FRANKFURT, IOWA, NOWHERE, PROJECT, Row, machines, region, skus
from tests.providers.wire.faults import FaultProxy

_ROOT = f"/compute/v1/projects/{PROJECT}"
_SKUS = "/v1/services/6F81-5844-456A/skus"
EMPTY_SCOPE = "zones/us-east9-z"


def _zones() -> dict[str, list[Row]]:
    """Each region's types lie in two zones: some in both, most in one."""
    rows = machines()
    return {f"zones/{name}-{zone}": part for name in (FRANKFURT, NOWHERE, IOWA) for zone, part in _halves(rows)}


def _halves(rows: list[Row]) -> tuple[tuple[str, list[Row]], ...]:
    half = len(rows) // 2
    return ("a", rows[:half]), ("b", [*rows[:2], *rows[half:]])


@dataclass
class Fake:
    """What it answers can be changed at any time."""

    regions: list[Row] = field(default_factory=lambda: [region(name) for name in (NOWHERE, IOWA, FRANKFURT)])
    zones: dict[str, list[Row]] = field(default_factory=_zones)
    skus: list[Row] = field(default_factory=skus)
    scope_warnings: dict[str, str] = field(default_factory=lambda: {EMPTY_SCOPE: "NO_RESULTS_ON_PAGE"})
    unreachables: list[str] = field(default_factory=list)
    history: dict[str, Row] = field(default_factory=dict)
    """By zone and machine type, `us-central1-a n2-standard-2`; others have none."""
    obtainability: dict[str, float] = field(default_factory=dict)
    """By machine type; others are not advised on."""
    lost: set[int] = field(default_factory=set)
    """Pages of machine types that are left out."""
    repeated: bool = False
    endless: bool = False
    url: str = ""

    def answer(self, path: str, query: dict[str, list[str]], body: Row) -> tuple[int, Row]:
        at = int(query.get("pageToken", ["0"])[0])
        if path == f"{_ROOT}/regions":
            return 200, {"kind": "compute#regionList", "items": self.regions}
        if path == f"{_ROOT}/aggregated/machineTypes":
            return 200, self._page([{"items": page} for page in self._machine_pages()], at)
        if path == _SKUS:
            pages = [self.skus[start : start + 60] for start in range(0, len(self.skus), 60)]
            return 200, self._page([{"skus": page} for page in pages], at)
        if path.endswith("/advice/capacityHistory"):
            zone = body["locationPolicy"]["location"].rpartition("/")[2]
            known = self.history.get(f"{zone} {body['instanceProperties']['machineType']}")
            return (200, known) if known is not None else self._no(400, "invalid")
        if path.endswith("/advice/capacity"):
            (choice,) = body["instanceFlexibilityPolicy"]["instanceSelections"].values()
            score = self.obtainability.get(choice["machineTypes"][0])
            return (
                (200, {"recommendations": [{"scores": {"obtainability": score}}]})
                if score
                else self._no(400, "invalid")
            )
        return self._no(404, "notFound")

    @staticmethod
    def _no(status: int, reason: str) -> tuple[int, Row]:
        return status, {"error": {"code": status, "message": "no", "errors": [{"reason": reason, "message": "no"}]}}

    def _machine_pages(self) -> Iterator[Row]:
        for number, (zone, rows) in enumerate(self.zones.items()):
            if number not in self.lost:
                empty = {scope: {"warning": {"code": code}} for scope, code in self.scope_warnings.items()}
                yield {**empty, zone: {"machineTypes": rows}}

    def _page(self, pages: list[Row], at: int) -> Row:
        if self.repeated:
            pages = [pages[0], pages[0], *pages[1:]]
        page = dict(pages[at])
        if "items" in page:
            page["unreachables"] = self.unreachables
        if self.endless:
            page["nextPageToken"] = "0"
        elif at + 1 < len(pages):
            page["nextPageToken"] = str(at + 1)
        return page

    @contextmanager
    def running(self) -> Iterator["Fake"]:
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def log_message(self, *_: object) -> None:
                pass

            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                sent = self.rfile.read(int(self.headers.get("content-length") or 0))
                status, document = fake.answer(parts.path, parse_qs(parts.query), json.loads(sent or b"{}"))
                body = json.dumps(document).encode()
                self.send_response(status)
                self.send_header("content-type", "application/json; charset=UTF-8")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET

        server = LoopbackServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        self.url = f"http://127.0.0.1:{server.server_address[1]}"
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        serving.start()
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()
            serving.join()


@contextmanager
def proxied(fake: Fake) -> Iterator[tuple[FaultProxy, FaultProxy]]:
    """The proxies in front of compute and of billing."""
    with ExitStack() as stack:
        stack.enter_context(fake.running())
        yield (
            stack.enter_context(FaultProxy(fake.url).running()),
            stack.enter_context(FaultProxy(fake.url).running()),
        )
