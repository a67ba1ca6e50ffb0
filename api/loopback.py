"""Without keys the service speaks to this machine only: it is reached by a loopback address, under a loopback name.

The name matters too: a web page may point a name of its own at 127.0.0.1, and have a browser here ask in its place.
"""

from starlette.types import Scope

from api.errors import LoopbackOnly
from placement.domain.loopback import is_loopback


def check(scope: Scope) -> None:
    """Raises LoopbackOnly unless the request came in by loopback, under a loopback name."""
    server = scope.get("server")
    # A socket in the file system has no port, and is of this machine.
    if server is not None and server[1] is not None and not is_loopback(server[0]):
        raise LoopbackOnly("without keys the service answers on loopback addresses only")
    for name, value in scope["headers"]:
        if name == b"host" and not is_loopback(_name_of(value.decode("latin-1"))):
            raise LoopbackOnly("without keys the service answers to loopback names only: 127.0.0.1, [::1] or localhost")


def _name_of(host: str) -> str:
    """`Host` without the port."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]
