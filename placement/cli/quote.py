"""`placement quote`: the cheapest instances for one request."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from placement.cli.context import AllowStaleOption, DatabaseOption, JsonOption, ServerOption, open_store, service_of
from placement.cli.output import print_json, say, warn
from placement.domain.errors import BadInput
from placement.domain.fleet import Globs, GpuRequest
from placement.domain.offering import CapacityType
from placement.domain.quote import QuoteRequest

if TYPE_CHECKING:
    from placement.market.catalog import Catalog

Document = Mapping[str, Any]
ARCHITECTURES = ("x86_64", "arm64")


def quote(
    context: typer.Context,
    vcpus: Annotated[float, typer.Option(metavar="N", help="vCPUs at least.", min=0.001)],
    memory_gib: Annotated[float, typer.Option(metavar="N", help="GiB of memory at least.", min=0.001)],
    spot: Annotated[bool, typer.Option("--spot", help="Spot instead of on-demand capacity.")] = False,
    places: Annotated[
        list[str] | None,
        typer.Option(
            "--in",
            metavar="PLACE",
            help="Provider, provider:region (may have wildcards), ISO country, EU, EEA or continent; may be repeated.",
        ),
    ] = None,
    arch: Annotated[
        list[str] | None,
        typer.Option(metavar="ARCH", help="x86_64 or arm64; may be repeated. [default: x86_64]"),
    ] = None,
    gpus: Annotated[int, typer.Option(metavar="N", help="GPUs at least.", min=0)] = 0,
    gpu_model: Annotated[
        list[str] | None, typer.Option(metavar="MODEL", help="GPU model, such as A100; may be repeated.")
    ] = None,
    burstable: Annotated[bool, typer.Option("--burstable", help="Admit shared-core types.")] = False,
    risk_adjusted: Annotated[
        bool, typer.Option("--risk-adjusted", help="Rank by price with expected interruptions.")
    ] = False,
    top: Annotated[int, typer.Option(metavar="N", help="How many to show.", min=1, max=1000)] = 5,
    allow_stale: AllowStaleOption = False,
    database: DatabaseOption = None,
    server: ServerOption = None,
    json: JsonOption = False,
) -> None:
    """List the cheapest offerings that fit, ascending by price."""
    for word in arch or ():
        if word not in ARCHITECTURES:
            raise BadInput(f"--arch: {word!r} is neither {' nor '.join(ARCHITECTURES)}")
    request = QuoteRequest(
        vcpus,
        memory_gib,
        tuple(arch or ("x86_64",)),
        burstable,
        GpuRequest(max(gpus, 1), tuple(gpu_model or ())) if gpus or gpu_model else None,
        (CapacityType.SPOT if spot else CapacityType.ON_DEMAND,),
        Globs(tuple(places or ())),
        top,
        risk_adjusted,
        allow_stale,
    )
    if (service := service_of(context, server, database)) is not None:
        with service:
            document: Document = service.market.quote(request)
    else:
        document = _quoted(open_store(context, database).catalog(), request)
    if json:
        print_json(document)
    from placement.cli.quote_view import reasons, show_quote

    if not document["offerings"]:
        if json:
            warn(reasons(document))
        else:
            say(*reasons(document))
    elif not json:
        order = "by price with expected interruptions" if risk_adjusted else "by price"
        show_quote(document, f"Cheapest {order}, catalog version {document['catalog']['version']}:")


def _quoted(catalog: "Catalog", request: QuoteRequest) -> Document:
    from placement.documents import empty_quote_document, quote_document
    from placement.planner.quoting import quote, refusals

    _check_places(request.places.allow, catalog)
    now = datetime.now(UTC)
    if offerings := quote(catalog, request, now):
        return quote_document(catalog.version, catalog.as_of, offerings)
    refused = refusals(catalog, request, now)
    return empty_quote_document(catalog.version, catalog.as_of, len(catalog.offerings), refused)


def _check_places(words: Sequence[str], catalog: "Catalog") -> None:
    """Raises BadInput for a word that means no place; warns of a place without any region."""
    from placement.residency.places import parse_place

    for word in words:
        try:
            place = parse_place(word, catalog.providers, catalog.region_index.keys())
        except ValueError as error:
            raise BadInput(f"--in: {error}") from None
        if not place.mask(catalog.regions, datetime.now(UTC).date()).any():
            warn([f"--in: no region of the catalog lies in {word!r}"])
