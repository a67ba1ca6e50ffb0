"""Kubeconfig files name clusters, users and contexts, which are pairs of the two; several count as kubectl counts them.

What several files name the first one says, all of it. A path is relative to the file in which it stands.
"""

import os
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

import msgspec

from placement.domain.errors import BadDocument, BadInput
from placement.kubernetes.access import ClusterAccess, Secret
from placement.written.document import text_of, tree_of
from placement.written.notes import Notes
from placement.written.plain import json_of

VARIABLE = "KUBECONFIG"
"""Names files as PATH names folders."""
_SHOWN = 80


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


class _NamedServer(_Part, frozen=True):
    name: str = ""
    cluster: _Server = _Server()


class _NamedUser(_Part, frozen=True):
    name: str = ""
    user: _User = _User()


class _NamedPair(_Part, frozen=True):
    name: str = ""
    context: _Pair = _Pair()


class _Config(_Part, frozen=True):
    current_context: str = ""
    contexts: list[_NamedPair] | None = None
    clusters: list[_NamedServer] | None = None
    users: list[_NamedUser] | None = None


Said = TypeVar("Said")


@dataclass(slots=True)
class _ByName(Generic[Said]):
    """What the files say of one kind of things, each with the file in which it stands."""

    what: str
    found: dict[str, tuple[Path, Said]] = field(default_factory=dict)

    def add(self, file: Path, said: Iterable[tuple[str, Said]]) -> None:
        """All that one more file says; raises BadInput where it names something twice."""
        here: set[str] = set()
        for name, value in said:
            if name in here:
                raise BadInput(f"{file}: two {self.what} are named {name[:_SHOWN]!r}; take one of them out")
            here.add(name)
            self.found.setdefault(name, (file, value))


def from_kubeconfig(file: Path, context: str = "") -> ClusterAccess:
    """The access that a context of the file gives, the current one unless named; raises BadInput."""
    return _access([file], context)


def from_variable(value: str, context: str = "") -> ClusterAccess:
    """The same of all files that the value of the variable names; raises BadInput.

    Those that are not there count for nothing where another one is.
    """
    named = [Path(part) for part in dict.fromkeys(value.split(os.pathsep)) if part]
    if not named:
        raise BadInput(f"{VARIABLE} names no file; it is {value[:_SHOWN]!r}")
    return _access([file for file in named if os.path.exists(file)] or named, context)


def _access(files: Sequence[Path], context: str) -> ClusterAccess:
    pairs, servers, users = _ByName[_Pair]("contexts"), _ByName[_Server]("clusters"), _ByName[_User]("users")
    for file in files:
        config = _read(file)
        context = context or config.current_context
        pairs.add(file, ((each.name, each.context) for each in config.contexts or ()))
        servers.add(file, ((each.name, each.cluster) for each in config.clusters or ()))
        users.add(file, ((each.name, each.user) for each in config.users or ()))
    if context not in pairs.found:
        known = f"{'it has' if len(files) == 1 else 'they have'} {', '.join(sorted(pairs.found)) or 'none'}"
        raise BadInput(f"{', '.join(map(str, files))}: there is no context {context[:_SHOWN]!r}, {known}")
    file, pair = pairs.found[context]
    names = f"{file}: the context {context[:_SHOWN]!r} names the"
    if pair.cluster not in servers.found:
        raise BadInput(f"{names} cluster {pair.cluster[:_SHOWN]!r}, which is not there")
    if pair.user not in users.found:
        raise BadInput(f"{names} user {pair.user[:_SHOWN]!r}, who is not there")
    (of_server, server), (of_user, user) = servers.found[pair.cluster], users.found[pair.user]
    _check_server(of_server, server)
    _check_user(of_user, user)
    return ClusterAccess(
        server=server.server.rstrip("/"),
        authority=_secret(of_server, server.certificate_authority, server.certificate_authority_data),
        certificate=_secret(of_user, user.client_certificate, user.client_certificate_data),
        key=_secret(of_user, user.client_key, user.client_key_data),
        token=_secret(of_user, user.token_file) or (Secret(user.token.encode()) if user.token else None),
    )


def _read(path: Path) -> _Config:
    notes = Notes(str(path), BadDocument)
    root = tree_of(text_of(path, notes), notes, "a kubeconfig has the keys clusters, users and contexts")
    try:
        return msgspec.json.decode(json_of(root), type=_Config)
    except ValueError as error:
        raise BadInput(f"{path} is no kubeconfig file: {error}") from None


def _check_server(path: Path, server: _Server) -> None:
    """What is written and not done here would otherwise be missed much later."""
    if not server.server.startswith(("https://", "http://")):
        raise BadInput(f"{path}: the server {server.server[:_SHOWN]!r} is no address; it begins with https://")
    if server.insecure_skip_tls_verify:
        raise BadInput(f"{path}: insecure-skip-tls-verify is not done here; give certificate-authority")
    for written, name in ((server.tls_server_name, "tls-server-name"), (server.proxy_url, "proxy-url")):
        if written:
            raise BadInput(f"{path}: {name} is not supported")


def _check_user(path: Path, user: _User) -> None:
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
