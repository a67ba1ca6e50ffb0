"""A server on loopback for the time of a test module."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.loopback import LoopbackServer

Reply = tuple[int, Any]
Answer = Callable[[str, Mapping[str, str], bytes], Reply]
"""Of the path with its query, the headers in lower case and the body: the status and the document."""


@contextmanager
def serving(answer: Answer, headers: Mapping[str, str] | None = None) -> Iterator[str]:
    """The address of the server."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Head and body are two pieces; the second would wait for word that the first has come.
        disable_nagle_algorithm = True

        def log_message(self, *_: object) -> None:
            pass

        def _serve(self) -> None:
            asked = {name.lower(): value for name, value in self.headers.items()}
            status, document = answer(self.path, asked, self.rfile.read(int(asked.get("content-length") or 0)))
            body = json.dumps(document).encode()
            self.send_response(status)
            for name, value in {"content-type": "application/json", **(headers or {})}.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = _serve

    server = LoopbackServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
