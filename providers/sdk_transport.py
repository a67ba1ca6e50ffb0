"""An SDK that sends by `requests` sends through a Fetcher instead, and so obeys the same rules as everything else."""

import io
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse

from providers.fetch import Fetcher


class FetchAdapter(HTTPAdapter):
    """Mount it on a session: `session.mount("https://", FetchAdapter(fetcher))`."""

    def __init__(self, fetcher: Fetcher) -> None:
        super().__init__()
        self._fetcher = fetcher

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        """The final answer; time-outs and tries are the Fetcher's, not the SDK's."""
        body: Any = request.body or b""
        reply = self._fetcher.send(
            str(request.method),
            str(request.url),
            {name: str(value) for name, value in request.headers.items()},
            body.encode() if isinstance(body, str) else bytes(body),
        )
        raw = HTTPResponse(
            body=io.BytesIO(reply.read()), headers=dict(reply.headers), status=reply.status, preload_content=False
        )
        return self.build_response(request, raw)


def session(fetcher: Fetcher) -> requests.Session:
    """A session whose every request goes through the Fetcher."""
    made = requests.Session()
    for scheme in ("https://", "http://"):
        made.mount(scheme, FetchAdapter(fetcher))
    # A .netrc would put other credentials in the place of the SDK's.
    made.trust_env = False
    made.max_redirects = 0
    return made
