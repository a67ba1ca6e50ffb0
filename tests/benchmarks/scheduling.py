"""A real kube-scheduler places 2,000 pods on 1,000 nodes, alone and asking: `python -m tests.benchmarks.scheduling`.

KUBEBUILDER_ASSETS names the programs of a control plane (`make kube-assets`). All pods are there before the scheduler
starts; the time runs from the first that is bound to the last.
"""

import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from random import Random

from placement.store.repository import Store
from tests.api.deciding import running
from tests.api.serving import until
from tests.benchmarks.__main__ import say
from tests.kubernetes.cluster import Cluster, running_cluster
from tests.kubernetes.documented import SCHEDULER, scheduler_configuration
from tests.kubernetes.judging import GDPR
from tests.kubernetes.test_scheduling import machine, sample_database, small, store_policies

NODES, PODS = 1_000, 2_000
_MOST_S = 600.0
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


def main() -> None:
    cluster = running_cluster()
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as stack:
        database = sample_database(Path(scratch))
        create_nodes(cluster, database)
        alone = pods_a_second(cluster, "alone", "default-scheduler", None)
        say(f"{PODS:,} pods on {NODES:,} nodes, the scheduler alone: {alone:.0f} pods/s")
        service = stack.enter_context(
            running(database, "serve", "--port", "0", PLACEMENT_KUBERNETES=str(cluster.kubeconfig))
        )
        store_policies(service, GDPR)
        until(lambda: service.ask("GET", "/readyz").status_code == 200, 60)
        asking = pods_a_second(cluster, "asking", SCHEDULER, scheduler_configuration(service.url))
        say(f"{PODS:,} pods on {NODES:,} nodes, asking the service: {asking:.0f} pods/s ({asking / alone:.0%})")


if __name__ == "__main__":
    main()
