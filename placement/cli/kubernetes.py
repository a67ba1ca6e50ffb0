"""`placement kubernetes`: what a cluster needs, and what runs in it."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from placement.cli.context import DatabaseOption, JsonOption, help_without_command, open_store
from placement.cli.demand_read import ManifestsOption
from placement.cli.output import print_json, warn
from placement.domain.errors import BadInput

if TYPE_CHECKING:
    from placement.kubernetes.access import ClusterAccess

app = typer.Typer(help="Clusters of Kubernetes.", invoke_without_command=True)
app.callback()(help_without_command)


@app.command()
def certificates(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where they are written.")],
    namespace: Annotated[str, typer.Option(metavar="NAME", help="Of the service in the cluster.")] = "placement",
    days: Annotated[int, typer.Option(metavar="N", help="For how long.", min=1, max=825)] = 365,
) -> None:
    """Make certificates where no other authority does.

    For the service and the scheduler that asks it. Run it again to renew them: the authorities in the folder are kept.
    """
    from placement.kubernetes.certificates import make_certificates

    for file in make_certificates(folder, namespace, days):
        typer.echo(str(file))


@app.command("import")
def import_(
    context: typer.Context,
    name: Annotated[
        str, typer.Option(metavar="NAME", help="Of the fleet.  [default: cluster, or that of the manifests' file]")
    ] = "",
    namespace: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME", help="Of which workloads are taken, may be repeated; all but those of the cluster itself."
        ),
    ] = None,
    policies: Annotated[
        list[str] | None, typer.Option(metavar="FILE", help="Written into the fleet file as its policies.")
    ] = None,
    manifests: ManifestsOption = None,
    kubeconfig: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="[default: those of KUBECONFIG, ~/.kube/config, or the pod's own account]"),
    ] = None,
    cluster_context: Annotated[
        str, typer.Option("--context", metavar="NAME", help="Of the kubeconfig file; its current one.")
    ] = "",
    skip_invalid: Annotated[
        bool, typer.Option("--skip-invalid", help="Leave out workloads that are written wrongly, naming each.")
    ] = False,
    database: DatabaseOption = None,
    json: JsonOption = False,
) -> None:
    """Print the fleet file of a cluster, or of manifests.

    Of a cluster it says where workloads run now. The database is that of the market, whose regions nodes and volumes
    are found in.
    """
    import asyncio

    from placement.fleet_file import to_document

    if manifests is not None and (cluster_context or kubeconfig is not None):
        raise BadInput("--kubeconfig and --context are of a cluster; leave them out, or --manifests")
    left_out = _tell_left_out if skip_invalid else None
    catalog = open_store(context, database).catalog()
    if manifests is not None:
        from placement.kubernetes.workloads.manifests import fleet_of_manifests

        document = fleet_of_manifests(manifests, catalog, policies or (), name, namespace or (), left_out)
    else:
        from placement.kubernetes.workloads.live import fleet_of_cluster

        access, called = _access(kubeconfig, cluster_context), name or "cluster"
        document = asyncio.run(fleet_of_cluster(access, catalog, called, namespace or (), policies or (), left_out))
    warn(document.warnings)
    written = to_document(document.fleet)
    if json:
        print_json(written)
    else:
        from ruamel.yaml import YAML

        writer = YAML(typ="safe", pure=True)
        writer.default_flow_style = False
        writer.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
        writer.width = 120
        writer.dump(written, sys.stdout)


def _tell_left_out(words: str) -> None:
    typer.echo(f"left out: {words}", err=True)


def _access(kubeconfig: Path | None, context: str) -> "ClusterAccess":
    """By the file that is named, or the files that the environment names, or the one that lies where such files lie,
    and else as the pod that this runs in."""
    from placement.kubernetes.access import in_cluster
    from placement.kubernetes.kubeconfig import VARIABLE, from_kubeconfig, from_variable

    usual = Path.home() / ".kube" / "config"
    if kubeconfig is None and os.environ.get(VARIABLE):
        return from_variable(os.environ[VARIABLE], context)
    if kubeconfig is None and usual.is_file():
        kubeconfig = usual
    if kubeconfig is not None:
        return from_kubeconfig(kubeconfig, context)
    if context:
        raise BadInput("--context is of a kubeconfig file; name it with --kubeconfig")
    return in_cluster(os.environ)
