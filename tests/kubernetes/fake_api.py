"""An API server over loopback, as an informer sees it: lists in pages, watches line by line, and what may go wrong."""

import json
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from placement.kubernetes.access import ClusterAccess, Secret
from tests.loopback import LoopbackServer

NODES = "/api/v1/nodes"
CLAIMS = "/api/v1/persistentvolumeclaims"
Thing = dict[str, Any]


class FakeApi:
    """Objects by path, and the changes of which watches tell."""

    def __init__(self) -> None:
        self.lock = threading.Condition()
        self.objects: defaultdict[str, dict[str, Thing]] = defaultdict(dict)
        self.events: defaultdict[str, list[tuple[int, Thing]]] = defaultdict(list)
        self.once: defaultdict[str, list[Thing]] = defaultdict(list)
        self.version = 100
        self.oldest = 0
        """Watches from before this version are gone."""
        self.asked: list[tuple[str, dict[str, str]]] = []
        """(path, query) of every request."""
        self.headers: list[dict[str, str]] = []
        self.failing: list[tuple[int, bytes]] = []
        """(status, body) of the next requests; 0 breaks the connection."""
        self.refusing_watches = False
        self.page = 500
        self.closing = False
        self.cuts = 0
        """How often watches were cut; one that is asked for afterwards goes on until the next time."""

    def put(self, path: str, thing: Thing) -> None:
        """Add or change an object."""
        with self.lock:
            name = thing["metadata"]["name"]
            kind = "MODIFIED" if name in self.objects[path] else "ADDED"
            self._tell(path, kind, thing)
            self.objects[path][name] = thing

    def drop(self, path: str, name: str) -> None:
        """Delete an object."""
        with self.lock:
            self._tell(path, "DELETED", self.objects[path].pop(name))

    def silently(self, path: str, thing: Thing) -> None:
        """A change of which no watch tells: one that happens while nobody listens."""
        with self.lock:
            self.version += 1
            self.objects[path][thing["metadata"]["name"]] = thing

    def forget(self) -> None:
        """Compact: what happened until now can no longer be watched, and watches that run are told so."""
        with self.lock:
            self.oldest = self.version + 1
            self.version += 1
            self.events.clear()
            self.lock.notify_all()

    def bookmark(self, path: str) -> None:
        """Tell watches how far they are."""
        with self.lock:
            self.version += 1
            thing = {"kind": "Node", "metadata": {"resourceVersion": str(self.version)}}
            self.events[path].append((self.version, {"type": "BOOKMARK", "object": thing}))
            self.lock.notify_all()

    def cut(self) -> None:
        """End the watches that were asked for until now, once they told what there is to tell."""
        with self.lock:
            self.cuts += 1
            self.lock.notify_all()

    def send(self, path: str, line: Thing) -> None:
        """Send a watch something else, once."""
        with self.lock:
            self.once[path].append(line)
            self.lock.notify_all()

    def count(self, path: str, *, watches: bool) -> int:
        """Requests for a path so far."""
        with self.lock:
            return sum(1 for asked, query in self.asked if asked == path and ("watch" in query) == watches)

    def _tell(self, path: str, kind: str, thing: Thing) -> None:
        self.version += 1
        thing["metadata"] |= {"resourceVersion": str(self.version)}
        self.events[path].append((self.version, {"type": kind, "object": thing}))
        self.lock.notify_all()


@contextmanager
def fake_api() -> Iterator[tuple[FakeApi, ClusterAccess]]:
    """A running server, and how it is reached."""
    api = FakeApi()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            with api.lock:
                api.asked.append((parts.path, query))
                api.headers.append(dict(self.headers))
                failing = api.failing.pop(0) if api.failing else None
                cuts = api.cuts
            if failing is not None:
                self._fail(*failing)
            elif "watch" in query and api.refusing_watches:
                self._fail(503, b"no watches")
            elif "watch" in query:
                self._watch(parts.path, int(query["resourceVersion"]), cuts)
            else:
                self._list(parts.path, query)

        def _fail(self, status: int, body: bytes) -> None:
            if status == 0:
                self.close_connection = True
                self.connection.close()
            else:
                self._send(status, body)

        def _list(self, path: str, query: dict[str, str]) -> None:
            with api.lock:
                things = sorted(api.objects[path].values(), key=lambda thing: str(thing["metadata"]["name"]))
                first = int(query.get("continue", "0"))
                size = min(int(query["limit"]), api.page)
                more = str(first + size) if first + size < len(things) else ""
                metadata = {"resourceVersion": str(api.version), "continue": more}
                body = json.dumps({"kind": "List", "metadata": metadata, "items": things[first : first + size]})
            self._send(200, body.encode())

        def _watch(self, path: str, version: int, cuts: int) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            over = False
            while not api.closing and not over:
                with api.lock:
                    over = api.cuts != cuts
                    gone = version < api.oldest
                    lines = [(at, line) for at, line in api.events[path] if at > version]
                    lines += [(version, line) for line in api.once.pop(path, [])]
                    if not gone and not lines and not over:
                        api.lock.wait(0.05)
                if gone:
                    status = {"kind": "Status", "code": 410, "message": "too old resource version"}
                    self._chunk({"type": "ERROR", "object": status})
                    break
                for at, line in lines:
                    version = at
                    self._chunk(line)
            self.wfile.write(b"0\r\n\r\n")

        def _chunk(self, line: Thing) -> None:
            text = json.dumps(line).encode() + b"\n"
            # In two halves, as networks do.
            for part in (text[: len(text) // 2], text[len(text) // 2 :]):
                self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))

        def _send(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = LoopbackServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield api, ClusterAccess(f"http://127.0.0.1:{server.server_port}", token=Secret(b"secret-token"))
    finally:
        api.closing = True
        server.shutdown()
        thread.join()
        server.server_close()
