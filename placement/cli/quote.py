"""`placement quote`: the cheapest instances for one request."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from placement.cli.context import DatabaseOption, JsonOption, console, open_store, print_json
from placement.domain.errors import BadInput
from placement.domain.fleet import Globs, GpuRequest
from placement.domain.money import rate_in_usd
from placement.domain.offering import CapacityType


def quote(
    context: typer.Context,
    vcpus: Annotated[float, typer.Option(help="vCPUs at least.", min=0.001)],
    memory_gib: Annotated[float, typer.Option(help="GiB of memory at least.", min=0.001)],
    spot: Annotated[bool, typer.Option("--spot", help="Spot instead of on-demand capacity.")] = False,
    places: Annotated[
        list[str] | None,
        typer.Option("--in", metavar="PLACE", help="Provider, provider:region, ISO country, EU, EEA or continent."),
    ] = None,
    arch: Annotated[list[str] | None, typer.Option(help="x86_64 or arm64; may be repeated. [default: x86_64]")] = None,
    gpus: Annotated[int, typer.Option(help="GPUs at least.", min=0)] = 0,
    gpu_model: Annotated[list[str] | None, typer.Option(help="GPU model, such as A100; may be repeated.")] = None,
    burstable: Annotated[bool, typer.Option("--burstable", help="Admit shared-core types.")] = False,
    risk_adjusted: Annotated[
        bool, typer.Option("--risk-adjusted", help="Rank by price with expected interruptions.")
    ] = False,
    top: Annotated[int, typer.Option(help="How many to show.", min=1, max=1000)] = 5,
    database: DatabaseOption = None,
    json: JsonOption = False,
) -> None:
    """List the cheapest offerings that fit, ascending by price."""
    from placement import planner
    from placement.documents import quote_document
    from placement.residency.places import parse_place

    catalog = open_store(context, database).catalog()
    for word in places or ():
        try:
            parse_place(word, catalog.providers, catalog.region_index.keys())
        except ValueError as error:
            raise BadInput(f"--in: {error}") from None
    for word in arch or ():
        if word not in ("x86_64", "arm64"):
            raise BadInput(f"--arch: {word!r} is neither x86_64 nor arm64")
    request = planner.QuoteRequest(
        vcpus,
        memory_gib,
        tuple(arch or ("x86_64",)),
        burstable,
        GpuRequest(max(gpus, 1), tuple(gpu_model or ())) if gpus or gpu_model else None,
        (CapacityType.SPOT if spot else CapacityType.ON_DEMAND,),
        Globs(tuple(places or ())),
        top,
        risk_adjusted,
    )
    offerings = planner.quote(catalog, request, datetime.now(UTC))
    if json:
        print_json(quote_document(catalog.version, catalog.as_of, offerings))
        return
    if not offerings:
        typer.echo("nothing in the catalog fits")
        return
    from rich.table import Table

    table = Table(title=f"Cheapest of catalog version {catalog.version}", title_justify="left")
    for heading in ("region", "instance type", "capacity"):
        table.add_column(heading)
    for heading in ("vCPUs", "GiB", "USD/hour", "interruptions/month"):
        table.add_column(heading, justify="right")
    table.add_column("price of")
    for offering in offerings:
        kind = offering.instance_type
        table.add_row(
            offering.region.id + (f" ({offering.zone})" if offering.zone else ""),
            kind.name,
            offering.capacity_type.value,
            f"{kind.vcpus:g}",
            f"{kind.memory_gib:g}",
            f"{rate_in_usd(offering.usd_per_hour):.6f}",
            f"{offering.hazard_per_hour * 730:.3f}" if offering.hazard_per_hour else "-",
            f"{offering.observed_at:%Y-%m-%d}" + (" (estimated)" if offering.estimated else ""),
        )
    console().print(table)
