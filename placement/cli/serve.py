"""`placement serve`: the service, until it is told to end."""

import os
import signal
import socket
from errno import EACCES, EADDRINUSE
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from placement.cli.context import DATABASE_VARIABLE, DatabaseOption, database_of, open_store
from placement.domain.errors import BadInput, StoreError

if TYPE_CHECKING:
    import ssl

_HOST, _PORT, _WORKER = "PLACEMENT_HOST", "PLACEMENT_PORT", "PLACEMENT_WORKER"
_CLIENT_CA = "PLACEMENT_TLS_CLIENT_CA"
_OIDC = ("PLACEMENT_OIDC", "PLACEMENT_OIDC_FILE")
_GRACE_S = 10
"""How long requests that have begun may take to end."""

# The service's own form of a log line; found by name, since the command line stands below the service.
_LOGS: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "api.logs.json_formatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json", "stream": "ext://sys.stderr"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
}


def serve(
    context: typer.Context,
    host: Annotated[
        str, typer.Option(envvar=_HOST, metavar="HOST", help="Where to listen; other than loopback needs keys.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(envvar=_PORT, metavar="N", help="0 for any that is free.", min=0, max=65_535)
    ] = 8080,
    tls_certificate: Annotated[
        Path | None,
        typer.Option(
            envvar="PLACEMENT_TLS_CERTIFICATE", metavar="FILE", help="Answer by TLS: certificate and chain, PEM."
        ),
    ] = None,
    tls_key: Annotated[
        Path | None, typer.Option(envvar="PLACEMENT_TLS_KEY", metavar="FILE", help="The certificate's key, PEM.")
    ] = None,
    tls_client_ca: Annotated[
        Path | None,
        typer.Option(envvar=_CLIENT_CA, metavar="FILE", help="Answer only clients with a certificate of these."),
    ] = None,
    no_worker: Annotated[
        bool, typer.Option("--no-worker", help="Only give jobs out; processes of placement worker do them.")
    ] = False,
    database: DatabaseOption = None,
) -> None:
    """Answer over HTTP: decisions, quotes, prices, the catalog.

    What is asked for is worked on in this process, too, unless with --no-worker.
    Without keys only this machine may ask; placement keys create makes one, and PLACEMENT_OIDC names issuers whose
    tokens are taken as well. SIGTERM or Ctrl-C ends the service when the requests that have begun are answered.
    """
    from placement.cli.serve_tls import context_of

    named = database_of(context, database)
    tls = context_of(tls_certificate, tls_key, tls_client_ca)
    has_keys = any(os.environ.get(name) for name in _OIDC) or _has_keys(context, database)
    with _listener(host, port, has_keys) as listener:
        if named is not None:
            os.environ[DATABASE_VARIABLE] = named
        if no_worker:
            os.environ[_WORKER] = "false"
        os.environ[_HOST], os.environ[_PORT] = host, str(port)
        os.environ[_CLIENT_CA] = str(tls_client_ca or "")
        for_whom = "for whoever has a key or token" if has_keys else "for this machine only, as there are no keys"
        _run(listener, f"{_url(listener, tls)}, {for_whom}", tls)


def _run(listener: socket.socket, where: str, tls: "ssl.SSLContext | None") -> None:
    import uvicorn

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            typer.echo(f"listening on {where}")

    server = Server(
        uvicorn.Config(
            "api.app:create_app",
            factory=True,
            lifespan="on",
            log_config=_LOGS,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=_GRACE_S,
            ssl_context_factory=None if tls is None else lambda *_: tls,
        )
    )
    # After a graceful end the server raises the signal once more, for whoever handled it before: that is nobody who
    # would end the process with another code than 0.
    before = {number: signal.signal(number, server.handle_exit) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        server.run([listener])
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _has_keys(context: typer.Context, database: str | None) -> bool:
    """Whether the database has keys; one that cannot be asked yet has none, and the service will say so."""
    try:
        store = open_store(context, database, ready=False)
        try:
            return not store.is_new() and bool(store.keys())
        finally:
            store.close()
    except StoreError:
        return False


def _listener(host: str, port: int, has_keys: bool) -> socket.socket:
    """A socket bound to a loopback address, or with keys to any; raises BadInput."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise BadInput(f"--host: {host[:80]!r} is not known here; use 127.0.0.1, ::1 or localhost") from None
    family, kind, protocol, _, address = found[0]
    if not has_keys and not ip_address(address[0]).is_loopback:
        raise BadInput(
            f"--host: {host} can be reached from other machines, and there are no keys to tell who may ask; "
            "make one (placement keys create NAME --scope read), or use 127.0.0.1, ::1 or localhost"
        )
    # With the protocol named, connections send at once (TCP_NODELAY); without it each answer would wait 40 ms.
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as failure:
        listener.close()
        raise BadInput(f"--port: {_words(failure, port)}") from None
    return listener


def _words(failure: OSError, port: int) -> str:
    if failure.errno == EADDRINUSE:
        return f"{port} is in use by another program; name another port, or 0 for any that is free"
    if failure.errno == EACCES:
        return f"{port} may not be used by this user; name one from 1024 on"
    return f"{port} cannot be used: {failure.strerror}"


def _url(listener: socket.socket, tls: "ssl.SSLContext | None") -> str:
    scheme = "http" if tls is None else "https"
    host, port = listener.getsockname()[:2]
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"
