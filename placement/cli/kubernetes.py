"""`placement kubernetes`: what a cluster needs, and what runs in it."""

from pathlib import Path
from typing import Annotated

import typer

from placement.cli.context import help_without_command

app = typer.Typer(help="Clusters of Kubernetes.", invoke_without_command=True)
app.callback()(help_without_command)


@app.command()
def certificates(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where they are written.")],
    namespace: Annotated[str, typer.Option(metavar="NAME", help="Of the service in the cluster.")] = "placement",
    days: Annotated[int, typer.Option(metavar="N", help="For how long.", min=1, max=825)] = 365,
) -> None:
    """Make certificates for the service and the scheduler that asks it, where no other authority does.

    Run it again to renew them: the authorities in the folder are kept.
    """
    from placement.kubernetes.certificates import make_certificates

    for file in make_certificates(folder, namespace, days):
        typer.echo(str(file))
