"""How the API server of a cluster is reached, and as whom: as a pod of the cluster, or as a kubeconfig file says.

What lies in files is read anew for each connection, and a token for each request: they are renewed under way.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from placement.domain.errors import BadInput

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
