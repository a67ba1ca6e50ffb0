"""How the API server of a cluster is reached, and as whom: as a pod of the cluster, or by a kubeconfig file.

What lies in files is read anew for each connection, and a token for each request: they are renewed under way.
"""

from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from placement.domain.errors import BadDocument, BadInput
from placement.written.document import text_of, tree_of
from placement.written.notes import Notes
from placement.written.plain import json_of

_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
_HOST, _PORT = "KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"


@dataclass(frozen=True, slots=True)
class Secret:
    """Bytes that are known, or that lie in a file."""

    data: bytes = b""
    file: Path | None = None

    def read(self) -> bytes:
        """The bytes as they are now; raises BadInput, naming the file."""
        if self.file is None:
            return self.data
        try:
            return self.file.read_bytes()
        except OSError as error:
            raise BadInput(f"{self.file} cannot be read: {error.strerror or error}") from None

    def __repr__(self) -> str:
        return f"Secret(file={self.file})"


@dataclass(frozen=True, slots=True)
class ClusterAccess:
    """Where, and as whom."""

    server: str
    """Its address."""
    authority: Secret | None = None
    """Certificates by which the server is known, PEM; None: those that this machine trusts."""
    certificate: Secret | None = None
    """Of the client, PEM, with `key`."""
    key: Secret | None = None
    token: Secret | None = None


def in_cluster(environment: Mapping[str, str], account: Path = _ACCOUNT) -> ClusterAccess:
    """As the service account of the pod that this runs in; raises BadInput where this is no pod."""
    host, port = environment.get(_HOST, ""), environment.get(_PORT, "")
    if not host or not port:
        raise BadInput(f"this is no pod of a cluster: {_HOST} and {_PORT} are not set; name a kubeconfig file instead")
    access = ClusterAccess(
        server=f"https://{f'[{host}]' if ':' in host else host}:{port}",
        authority=Secret(file=account / "ca.crt"),
        token=Secret(file=account / "token"),
    )
    for secret in (access.authority, access.token):
        if secret is not None:
            secret.read()
    return access


class _Part(msgspec.Struct, frozen=True, rename="kebab"):
    """A part of a kubeconfig file, of which only what is used here is read."""


class _Server(_Part, frozen=True):
    server: str = ""
    certificate_authority: str = ""
    certificate_authority_data: str = ""
    insecure_skip_tls_verify: bool = False
    tls_server_name: str = ""
    proxy_url: str = ""


class _User(_Part, frozen=True):
    client_certificate: str = ""
    client_certificate_data: str = ""
    client_key: str = ""
    client_key_data: str = ""
    token: str = ""
    token_file: str = msgspec.field(default="", name="tokenFile")
    exec: dict[str, object] | None = None
    auth_provider: dict[str, object] | None = None
    username: str = ""


class _Pair(_Part, frozen=True):
    cluster: str = ""
    user: str = ""


class _Named(_Part, frozen=True):
    name: str = ""
    cluster: _Server = _Server()
    user: _User = _User()


class _Context(_Part, frozen=True):
    name: str = ""
    context: _Pair = _Pair()


class _Config(_Part, frozen=True):
    current_context: str = ""
    contexts: list[_Context] | None = None
    clusters: list[_Named] | None = None
    users: list[_Named] | None = None


def from_kubeconfig(path: Path, context: str = "") -> ClusterAccess:
    """The access that a context of the file gives, the current one unless named; raises BadInput."""
    config = _read(path)
    wanted = context or config.current_context
    pairs = {each.name: each.context for each in config.contexts or ()}
    if wanted not in pairs:
        known = f"it has {', '.join(sorted(pairs))}" if pairs else "it has none"
        raise BadInput(f"{path}: there is no context {wanted[:80]!r}, {known}")
    pair = pairs[wanted]
    servers = {each.name: each.cluster for each in config.clusters or ()}
    users = {each.name: each.user for each in config.users or ()}
    if pair.cluster not in servers:
        raise BadInput(
            f"{path}: the context {wanted[:80]!r} names the cluster {pair.cluster[:80]!r}, which is not there"
        )
    if pair.user not in users:
        raise BadInput(f"{path}: the context {wanted[:80]!r} names the user {pair.user[:80]!r}, who is not there")
    server, user = servers[pair.cluster], users[pair.user]
    _check(path, server, user)
    return ClusterAccess(
        server=server.server.rstrip("/"),
        authority=_secret(path, server.certificate_authority, server.certificate_authority_data),
        certificate=_secret(path, user.client_certificate, user.client_certificate_data),
        key=_secret(path, user.client_key, user.client_key_data),
        token=_secret(path, user.token_file) or (Secret(user.token.encode()) if user.token else None),
    )


def _read(path: Path) -> _Config:
    notes = Notes(str(path), BadDocument)
    root = tree_of(text_of(path, notes), notes, "a kubeconfig has the keys clusters, users and contexts")
    try:
        return msgspec.json.decode(json_of(root), type=_Config)
    except ValueError as error:
        raise BadInput(f"{path} is no kubeconfig file: {error}") from None


def _check(path: Path, server: _Server, user: _User) -> None:
    """What is written and not done here would otherwise be missed much later."""
    if not server.server.startswith(("https://", "http://")):
        raise BadInput(f"{path}: the server {server.server[:80]!r} is no address; it begins with https://")
    if server.insecure_skip_tls_verify:
        raise BadInput(f"{path}: insecure-skip-tls-verify is not done here; give certificate-authority")
    for written, name in ((server.tls_server_name, "tls-server-name"), (server.proxy_url, "proxy-url")):
        if written:
            raise BadInput(f"{path}: {name} is not supported")
    for given, name in ((user.exec, "exec"), (user.auth_provider, "auth-provider"), (user.username, "username")):
        if given:
            raise BadInput(f"{path}: users with {name} are not supported; use a token, tokenFile or client certificate")
    if bool(user.client_certificate or user.client_certificate_data) != bool(user.client_key or user.client_key_data):
        raise BadInput(f"{path}: a client-certificate goes with a client-key; the user has one of the two")


def _secret(path: Path, file: str, data: str = "") -> Secret | None:
    """Of data, which count more, or of a file, whose path is relative to that of the kubeconfig."""
    if not data:
        return Secret(file=path.parent / file) if file else None
    try:
        return Secret(b64decode(data, validate=True))
    except (NotBase64, ValueError):
        raise BadInput(f"{path}: some of its data is no base64") from None
