"""A control plane of the test run's own: etcd, kube-apiserver and kube-scheduler on free loopback ports.

There are no kubelets: nodes are what a test says they are, and a pod that is bound stays Pending.
"""

import atexit
import json
import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.api.certificates import certificate
from tests.kubernetes.assets import VARIABLE

_STARTING_S = 60.0
_STOPPING_S = 20.0
# The first two need a controller, of which there is none.
_WITHOUT_PLUGINS = "ServiceAccount,TaintNodesByCondition,Priority"


_PLAIN = "apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\n"
_AUDIT = """apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- {level: Metadata, userGroups: ["system:serviceaccounts"]}
- {level: None}
"""


@dataclass(frozen=True)
class Cluster:
    """A running API server, as an administrator sees it."""

    programs: Path
    url: str
    kubeconfig: Path
    """Opens everything."""
    authority: Path
    """The certificate that the server is known by."""
    client: httpx.Client
    audit: Path
    """What service accounts asked, one event a line."""

    def get(self, path: str) -> Any:
        """The object or list at a path, such as `/api/v1/nodes`."""
        return _good(self.client.get(path))

    def create(self, path: str, document: Mapping[str, Any]) -> Any:
        """The object as the server keeps it."""
        return _good(self.client.post(path, json=document))

    def patch(self, path: str, document: Mapping[str, Any]) -> Any:
        """The object after a merge."""
        headers = {"Content-Type": "application/merge-patch+json"}
        return _good(self.client.patch(path, json=document, headers=headers))

    def delete(self, path: str) -> None:
        """Delete an object at once, or all of a collection."""
        _good(self.client.request("DELETE", path, json={"gracePeriodSeconds": 0}))

    def why_pending(self, namespace: str, pod: str) -> str:
        """What the scheduler said last about a pod that it could not place; empty if it said nothing."""
        about = f"involvedObject.name={pod},reason=FailedScheduling"
        found = self.get(f"/api/v1/namespaces/{namespace}/events?fieldSelector={about}")["items"]
        return str(found[-1]["message"]) if found else ""

    def asked_by(self, namespace: str, account: str) -> list[Any]:
        """Events of the audit log: what a service account asked, and how it was answered."""
        user = f"system:serviceaccount:{namespace}:{account}"
        events = map(json.loads, self.audit.read_text(encoding="utf-8").splitlines())
        return [event for event in events if event["user"]["username"] == user]

    def apply(self, document: str, namespace: str = "default") -> None:
        """As people do it: with kubectl."""
        self.kubectl("apply", f"--namespace={namespace}", "--filename=-", document=document)

    def kubectl(self, *arguments: str, document: str = "") -> str:
        """What kubectl says: as an administrator, if the arguments name nobody else."""
        command = [str(self.programs / "kubectl"), f"--kubeconfig={self.kubeconfig}", *arguments]
        done = subprocess.run(command, input=document, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    @contextmanager
    def scheduler(self, configuration: str = _PLAIN, *options: str, kubeconfig: Path | None = None) -> Iterator[None]:
        """kube-scheduler with this configuration, to which only the way to the cluster is added: an administrator's."""
        with tempfile.TemporaryDirectory(prefix="placement-scheduler-") as scratch:
            port, folder = free_port(), Path(scratch)
            way = kubeconfig or self.kubeconfig
            connection = f"clientConnection: {{kubeconfig: {way}, qps: 5000, burst: 5000}}\n"
            (folder / "config.yaml").write_text(configuration + connection, encoding="utf-8")
            command = [
                self.programs / "kube-scheduler",
                f"--config={folder / 'config.yaml'}",
                f"--authentication-kubeconfig={way}",
                f"--authorization-kubeconfig={way}",
                "--bind-address=127.0.0.1",
                f"--secure-port={port}",
                f"--cert-dir={folder}",
                *options,
            ]
            if "leaderElection" not in configuration:
                command.append("--leader-elect=false")
            with _running(command, folder / "log") as answers:
                answers(f"https://127.0.0.1:{port}/healthz")
                yield


@cache
def running_cluster() -> Cluster:
    """One control plane for each process of the test run; skips the test where its programs are not named."""
    named = os.environ.get(VARIABLE)
    if not named:
        pytest.skip(f"{VARIABLE} names no folder; make kube-assets builds one")
    programs = Path(named)
    folder = Path(tempfile.mkdtemp(prefix="placement-cluster-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    etcd = _start_etcd(programs, folder)
    authority = certificate(folder, "authority")
    server = certificate(folder, "apiserver", authority)
    admin = certificate(folder, "admin", authority, organisation="system:masters")
    signer = certificate(folder, "service-accounts")
    port, audit = free_port(), folder / "audit.log"
    url = f"https://127.0.0.1:{port}"
    (folder / "audit.yaml").write_text(_AUDIT, encoding="utf-8")
    command = [
        programs / "kube-apiserver",
        f"--audit-log-path={audit}",
        f"--audit-policy-file={folder / 'audit.yaml'}",
        f"--etcd-servers={etcd}",
        f"--cert-dir={folder}",
        f"--tls-cert-file={server.certificate_file}",
        f"--tls-private-key-file={server.key_file}",
        f"--client-ca-file={authority.certificate_file}",
        "--bind-address=127.0.0.1",
        f"--secure-port={port}",
        "--service-cluster-ip-range=10.0.0.0/24",
        "--allow-privileged=true",
        "--authorization-mode=RBAC",
        f"--disable-admission-plugins={_WITHOUT_PLUGINS}",
        f"--service-account-issuer={url}/",
        f"--service-account-key-file={signer.certificate_file}",
        f"--service-account-signing-key-file={signer.key_file}",
    ]
    context = ssl.create_default_context(cafile=str(authority.certificate_file))
    context.load_cert_chain(admin.certificate_file, admin.key_file)
    _start(command, folder / "apiserver.log")(f"{url}/readyz", context)
    kubeconfig = folder / "admin.kubeconfig"
    shown = f"{{client-certificate: {admin.certificate_file}, client-key: {admin.key_file}}}"
    write_kubeconfig(kubeconfig, url, authority.certificate_file, shown)
    client = httpx.Client(base_url=url, verify=context, timeout=30, trust_env=False)
    return Cluster(programs, url, kubeconfig, authority.certificate_file, client, audit)


def write_kubeconfig(file: Path, url: str, authority: Path, user: str) -> None:
    """One cluster and one user, who shows what `user` says in YAML."""
    file.write_text(
        f"""apiVersion: v1
kind: Config
clusters:
- {{name: test, cluster: {{server: "{url}", certificate-authority: {authority}}}}}
users:
- {{name: test, user: {user}}}
contexts:
- {{name: test, context: {{cluster: test, user: test}}}}
current-context: test
""",
        encoding="utf-8",
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _start_etcd(programs: Path, folder: Path) -> str:
    """Its address."""
    url, peers = (f"http://127.0.0.1:{free_port()}" for _ in range(2))
    command = [
        programs / "etcd",
        f"--data-dir={folder / 'etcd'}",
        f"--listen-client-urls={url}",
        f"--advertise-client-urls={url}",
        f"--listen-peer-urls={peers}",
        f"--initial-advertise-peer-urls={peers}",
        f"--initial-cluster=default={peers}",
        "--unsafe-no-fsync=true",
    ]
    _start(command, folder / "etcd.log")(f"{url}/health")
    return url


_Answers = Callable[..., None]


def _start(command: list[Any], log: Path) -> _Answers:
    """A process that ends with this one, and what waits until it answers at an address."""
    running = _running(command, log)
    answers = running.__enter__()
    atexit.register(running.__exit__, None, None, None)
    return answers


@contextmanager
def _running(command: list[Any], log: Path) -> Iterator[_Answers]:
    with log.open("wb") as output:
        process = subprocess.Popen(list(map(str, command)), stdout=output, stderr=output, cwd=log.parent)

    def answers(url: str, context: ssl.SSLContext | bool = False) -> None:
        give_up_at = time.monotonic() + _STARTING_S
        while not _is_well(url, context):
            if process.poll() is not None or time.monotonic() > give_up_at:
                raise RuntimeError(f"{command[0]} did not start: {log.read_text(errors='replace')[-5000:]}")
            time.sleep(0.1)

    try:
        yield answers
    finally:
        process.terminate()
        try:
            process.wait(_STOPPING_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _is_well(url: str, context: ssl.SSLContext | bool) -> bool:
    try:
        return httpx.get(url, verify=context, timeout=5, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def _good(answer: httpx.Response) -> Any:
    assert answer.is_success, f"{answer.request.method} {answer.request.url}: {answer.text}"
    return answer.json()
