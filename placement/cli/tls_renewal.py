"""Certificates are renewed while the service runs: each new connection gets the files as they are by then.

Files that cannot be used, and files that are being written, leave those of before in place.
"""

import logging
import ssl
from collections.abc import Callable, Sequence
from pathlib import Path

from placement.domain.errors import BadInput

_Stamp = tuple[tuple[int, int, int] | None, ...]


def renewed(first: ssl.SSLContext, files: Sequence[Path], read: Callable[[], ssl.SSLContext | None]) -> ssl.SSLContext:
    """The first context, whose connections get what `read` makes of the files once these have changed."""
    current, stamp = first, _stamp(files)

    def greet(connection: ssl.SSLSocket | ssl.SSLObject, _: str | None, __: ssl.SSLContext) -> None:
        nonlocal current, stamp
        now = _stamp(files)
        if now != stamp:
            stamp = now
            try:
                current = read() or current
                logging.getLogger("placement.tls").info("the certificate was renewed")
            except BadInput as bad:
                logging.getLogger("placement.tls").warning("the certificate is not renewed: %s", bad)
        connection.context = current

    # Called for every connection, whether or not it names a server.
    first.sni_callback = greet
    return first


def _stamp(files: Sequence[Path]) -> _Stamp:
    """By which a change of the files is seen; behind links as well, by which clusters replace several together."""
    return tuple(map(_state, files))


def _state(file: Path) -> tuple[int, int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino, found.st_size
