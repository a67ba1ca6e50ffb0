"""`placement catalog amortise`: servers of one's own become a price sheet."""

from datetime import UTC, datetime
from importlib.metadata import entry_points
from pathlib import Path
from typing import Annotated

import typer

from placement.domain.money import rate_in_usd


def amortise(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The price sheet, made if it is not there.")],
    region: Annotated[str, typer.Option(metavar="NAME", help="Name of the site.")],
    country: Annotated[str, typer.Option(metavar="CC", help="ISO code of the site's country.")],
    instance_type: Annotated[str, typer.Option("--type", metavar="NAME", help="Name for the instances.")],
    vcpus: Annotated[float, typer.Option(metavar="N", help="vCPUs of a server.")],
    memory_gib: Annotated[float, typer.Option(metavar="N", help="GiB of a server.")],
    count: Annotated[int, typer.Option(metavar="N", help="How many servers.")],
    purchase_usd: Annotated[float, typer.Option(metavar="USD", help="Price of a server.")],
    years: Annotated[float, typer.Option(metavar="N", help="Written off over so many years.")],
    watts: Annotated[float, typer.Option(metavar="W", help="What a server draws on average.")],
    usd_per_kwh: Annotated[float, typer.Option(metavar="USD", help="Price of power.")],
    upkeep_usd_per_year: Annotated[
        float, typer.Option(metavar="USD", help="Space, network, staff and spares of a server.")
    ] = 0.0,
    overhead_factor: Annotated[
        float, typer.Option(metavar="N", help="Watts that the site draws for each of a server.")
    ] = 1.4,
    instances_per_server: Annotated[int, typer.Option(metavar="N", help="Equal parts of a server.")] = 1,
    utilisation: Annotated[
        float | None, typer.Option(metavar="SHARE", help="Share of the time that is used. [default: 0.8; prepaid: 1]")
    ] = None,
    prepaid: Annotated[
        bool, typer.Option("--prepaid", help="Capacity type reserved: paid whether used or not.")
    ] = False,
    arch: Annotated[str, typer.Option(metavar="ARCH", help="x86_64 or arm64.")] = "x86_64",
    usd_per_gb_out: Annotated[float, typer.Option(metavar="USD", help="Price of a GB that leaves the site.")] = 0.0,
) -> None:
    """Add servers of your own to a price sheet.

    The price is (purchase / years + upkeep) / 8760 + power, over the instances of a server and the share that is used.
    """
    made = {entry.name: entry for entry in entry_points(group="placement.sheets")}
    servers = made["servers"].load()(
        region=region,
        country=country,
        instance_type=instance_type,
        vcpus=vcpus,
        memory_gib=memory_gib,
        count=count,
        purchase_usd=purchase_usd,
        years=years,
        watts=watts,
        usd_per_kwh=usd_per_kwh,
        upkeep_usd_per_year=upkeep_usd_per_year,
        overhead_factor=overhead_factor,
        instances_per_server=instances_per_server,
        utilisation=utilisation if utilisation is not None else 1.0 if prepaid else 0.8,
        capacity_type="reserved" if prepaid else "on_demand",
        architecture=arch,
    )
    usd_per_hour = made["amortise"].load()(servers, folder, usd_per_gb_out, datetime.now(UTC).date())
    typer.echo(
        f"{folder}: {instance_type} at {rate_in_usd(usd_per_hour):.6f} USD an hour, "
        f"{count * instances_per_server:,} instances; load it with: placement catalog load {folder}"
    )
