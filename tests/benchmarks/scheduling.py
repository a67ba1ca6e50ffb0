"""A real kube-scheduler places 2,000 pods on 1,000 nodes, alone and asking: `python -m tests.benchmarks.scheduling`.

KUBEBUILDER_ASSETS names the programs of a control plane (`make kube-assets`). All pods are there before the scheduler
starts; the time runs from the first that is bound to the last. Alone it looks at a sample of the nodes, as it does by
default, and then at all of them, as it does when it asks.
"""

import os
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from random import Random

from placement.store.repository import Store
from tests.api.deciding import Process, running
from tests.api.serving import until
from tests.benchmarks.__main__ import say
from tests.kubernetes.cluster import Cluster, running_cluster
from tests.kubernetes.documented import SCHEDULER, scheduler_configuration
from tests.kubernetes.judging import GDPR
from tests.kubernetes.test_scheduling import machine, sample_database, small, store_policies

NODES, PODS = 1_000, 2_000
ALL_NODES = """apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
percentageOfNodesToScore: 100
"""
_MOST_S = 600.0
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_AT_ONCE = 16


def create_nodes(cluster: Cluster, database: str) -> None:
    """Machines of the sample market, drawn at random."""
    store = Store.open(database)
    catalog = store.catalog()
    store.close()
    fitting = [row for row in range(len(catalog.offerings)) if catalog.offering(row).instance_type.vcpus >= 4]
    rows = Random(0).choices(fitting, k=NODES)
    documents = [machine(f"node-{number}", catalog.offering(row)) for number, row in enumerate(rows)]
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        list(threads.map(lambda each: cluster.create("/api/v1/nodes", each), documents))


def bound(cluster: Cluster, namespace: str) -> int:
    """How many pods of the namespace have a node."""
    found = cluster.get(f"/api/v1/namespaces/{namespace}/pods?fieldSelector=spec.nodeName!=&limit={2 * PODS}")
    return len(found["items"])


def pods_a_second(cluster: Cluster, namespace: str, scheduler: str, configuration: str | None) -> float:
    """Half of the pods are of a class that only some regions may have; a scheduler that is not ours does not know."""
    cluster.create("/api/v1/namespaces", {"metadata": {"name": namespace}})
    documents = [small(f"pod-{number}", pii=number % 2 == 0, scheduler=scheduler) for number in range(PODS)]
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        path = f"/api/v1/namespaces/{namespace}/pods"
        list(threads.map(lambda each: cluster.create(path, each), documents))
    with cluster.scheduler(*(() if configuration is None else (configuration,))):
        until(lambda: bound(cluster, namespace) > 0, _MOST_S)
        began, first = time.monotonic(), bound(cluster, namespace)
        until(lambda: bound(cluster, namespace) == PODS, _MOST_S)
        took = time.monotonic() - began
    cluster.delete(path)
    return (PODS - first) / took


def cpu_s(service: Process) -> float:
    """Processor time of the service so far."""
    fields = Path(f"/proc/{service.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_PER_S


def connections(service: Process) -> int:
    """TCP connections to the service, those that have ended lately as well."""
    port = f":{int(service.url.rpartition(':')[2]):04X}"
    lines = Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]
    return sum(port in line.split()[1] or port in line.split()[2] for line in lines)


def main() -> None:
    cluster = running_cluster()
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as stack:
        database = sample_database(Path(scratch))
        create_nodes(cluster, database)
        what = f"{PODS:,} pods on {NODES:,} nodes"
        alone = pods_a_second(cluster, "alone", "default-scheduler", None)
        say(f"{what}, the scheduler alone: {alone:.0f} pods/s")
        thorough = pods_a_second(cluster, "thorough", "default-scheduler", ALL_NODES)
        say(f"{what}, alone and looking at all nodes: {thorough:.0f} pods/s")
        service = stack.enter_context(
            running(database, "serve", "--port", "0", PLACEMENT_KUBERNETES=str(cluster.kubeconfig))
        )
        store_policies(service, GDPR)
        until(lambda: service.ask("GET", "/readyz").status_code == 200, 60)
        before, there = cpu_s(service), connections(service)
        asking = pods_a_second(cluster, "asking", SCHEDULER, scheduler_configuration(service.url))
        ms = (cpu_s(service) - before) / PODS * 1e3
        say(f"{what}, asking the service: {asking:.0f} pods/s, {asking / thorough:.0%} of looking at all nodes")
        say(f"the service: {ms:.1f} ms of the processor a pod, {connections(service) - there} connections")


if __name__ == "__main__":
    main()
