"""A recording holds every answer of a provider, so that a collection can be repeated without it.

Requests are kept as method, address and a digest of the body, without their headers, which hold the credentials.
An answer is two files: `<digest>-<n>.json` and, compressed, `<digest>-<n>.body.gz`; n counts equal requests.
"""

import gzip
import hashlib
import json
import shutil
import threading
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from placement.domain.errors import CollectionFailed

_KEPT_HEADERS = ("content-type", "etag", "last-modified", "retry-after")


class Tape:
    """A folder with answers, that are added to it or taken from it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._seen: Counter[str] = Counter()
        self._lock = threading.Lock()

    def record(
        self, method: str, url: str, asked: bytes, status: int, headers: Mapping[str, str], body: BinaryIO
    ) -> None:
        """Keep an answer; the body is read from its beginning, and left at its end."""
        name = self._next(method, url, asked)
        self.folder.mkdir(parents=True, exist_ok=True)
        kept = {key: headers[key] for key in _KEPT_HEADERS if key in headers}
        head = {"method": method, "url": url, "status": status, "headers": kept}
        (self.folder / f"{name}.json").write_text(json.dumps(head, indent=1), encoding="utf-8")
        body.seek(0)
        with gzip.open(self.folder / f"{name}.body.gz", "wb", compresslevel=6) as packed:
            shutil.copyfileobj(body, packed)

    def replay(self, method: str, url: str, asked: bytes, into: BinaryIO) -> tuple[int, dict[str, str]]:
        """(status, headers) of the next equal request, its body written; or CollectionFailed where there is none."""
        name = self._next(method, url, asked)
        try:
            head = json.loads((self.folder / f"{name}.json").read_text(encoding="utf-8"))
            with gzip.open(self.folder / f"{name}.body.gz", "rb") as packed:
                shutil.copyfileobj(packed, into)
        except OSError:
            number, shown = name.rsplit("-")[-1], url.split("?")[0]
            reason = f"has no answer number {number} to {method} {shown}"
            raise CollectionFailed(f"the recording in {self.folder} {reason}; record it again") from None
        return int(head["status"]), dict(head["headers"])

    def _next(self, method: str, url: str, asked: bytes) -> str:
        digest = hashlib.sha256(b"\0".join((method.encode(), url.encode(), asked))).hexdigest()[:20]
        with self._lock:
            self._seen[digest] += 1
            return f"{digest}-{self._seen[digest]}"
