"""`placement policy`: what policies leave of the map, and whether they say what they should."""

from dataclasses import asdict
from datetime import UTC, date, datetime
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from placement.cli.context import (
    DatabaseOption,
    JsonOption,
    ServerOption,
    help_without_command,
    open_store,
    refuse_service,
    service_of,
)
from placement.cli.demand_read import Demand, ManifestsOption, PoliciesOption, demand_of
from placement.cli.output import print_json, say, warn
from placement.cli.policy_view import is_contradictory, show_report
from placement.domain.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from placement.client import Client
    from placement.domain.region import Region
    from placement.planner.policy_cases import CaseResult

    Document = Mapping[str, Any]

app = typer.Typer(help="Residency policies.", invoke_without_command=True)
app.callback()(help_without_command)
AsOfOption = Annotated[
    str | None, typer.Option("--as-of", metavar="DATE", help="Judge as of a day, such as 2027-01-31. [default: today]")
]


@app.command()
def check(
    context: typer.Context,
    fleet: Annotated[Path | None, typer.Argument(metavar="FLEET", help="Fleet file that names its policies.")] = None,
    manifests: ManifestsOption = None,
    policies: PoliciesOption = None,
    as_of: AsOfOption = None,
    database: DatabaseOption = None,
    server: ServerOption = None,
    json: JsonOption = False,
) -> None:
    """Look a fleet's policies over, and show where they admit what.

    A service judges by the policies that it stores.
    Exit code 2: some workload or dataset may lie nowhere, or lies where it may not.
    """
    demand, day = demand_of(context.command_path, fleet, manifests, policies), _day(as_of)
    service = service_of(context, server, database)
    report = _checked_here(context, demand, day, database) if service is None else _checked_by(service, demand, day)
    if json:
        print_json(report)
    else:
        warn(report["warnings"])
        show_report(report)
    raise typer.Exit(2 if is_contradictory(report) else 0)


def _checked_here(context: typer.Context, demand: Demand, day: date, database: str | None) -> "Document":
    from placement.documents import policy_report_document
    from placement.fleet_file import check_places
    from placement.planner.policy_check import check_policies
    from placement.policy_file import check_classes, read_fleet_policies

    written = demand.read()
    if not (written.fleet.policies if written else demand.policies):
        how = "give --policies FILE" if written is None else "write policies: [FILE]"
        raise BadInput(f"{demand.path} names no policies; {how}")
    catalog = open_store(context, database).catalog()
    document = written or demand.made(catalog)
    policies = read_fleet_policies(document, demand.folder, day, catalog.providers)
    check_classes(document, policies)
    report = check_policies(policies, document.fleet, catalog.regions, day)
    about_fleet = [*document.warnings, *check_places(document, catalog)]
    return policy_report_document(report, catalog, policies.policies.digest, day, about_fleet)


def _checked_by(service: "Client", demand: Demand, day: date) -> "Document":
    from placement.cli.waiting import progress
    from placement.domain.errors import BadFleet
    from placement.written.document import text_of
    from placement.written.notes import Notes

    source = str(demand.fleet_file)
    text = text_of(demand.fleet_file, Notes(source, BadFleet))
    with service, progress(f"asking {service.address.url}"):
        return service.policies.check(text, day, source=source)


@app.command("test")
def run_tests(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder with files of cases, or one such file.")],
    market: Annotated[
        bool, typer.Option("--market", help="Take the regions of the database, not those of the sample sheet.")
    ] = False,
    database: DatabaseOption = None,
    json: JsonOption = False,
) -> None:
    """Run cases: given a piece of a fleet, where it may lie and why not.

    Policies and cases lie side by side; the regions are those of the sample sheet and those that the cases bring.
    Exit code 1: some case fails.
    """
    from placement.planner.policy_cases import case_files, run_cases

    refuse_service(context)
    regions = open_store(context, database).catalog().regions if market else _sample_regions()
    today = datetime.now(UTC).date()
    results = [result for file in case_files(folder) for result in run_cases(file, regions, today)]
    failed = [result for result in results if result.differences]
    if json:
        print_json(
            {
                "passed": len(results) - len(failed),
                "failed": len(failed),
                "cases": [{**asdict(result), "file": str(result.file)} for result in results],
            }
        )
    else:
        _show_results(results, failed)
    raise typer.Exit(1 if failed else 0)


def _show_results(results: "Sequence[CaseResult]", failed: "Sequence[CaseResult]") -> None:
    for result in failed:
        say(f"FAILED {result.file}:{result.line} {result.name}", *(f"  {words}" for words in result.differences))
    files = len({result.file for result in results})
    say(f"{len(results) - len(failed):,} passed, {len(failed):,} failed in {files:,} file{'s' * (files != 1)}")


def _sample_regions() -> "tuple[Region, ...]":
    sheets = next(iter(entry_points(group="placement.sheets", name="csv"))).load()
    return tuple(sheets.sample().sweep().regions)


def _day(as_of: str | None) -> date:
    if as_of is None:
        return datetime.now(UTC).date()
    try:
        return date.fromisoformat(as_of)
    except ValueError:
        raise BadInput(f"--as-of: {as_of!r} is no date; write it as 2027-01-31") from None
