"""`placement policy`: what policies leave of the map, and whether they say what they should."""

from dataclasses import asdict
from datetime import UTC, date, datetime
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from placement.cli.context import DatabaseOption, JsonOption, help_without_command, open_store, refuse_service
from placement.cli.output import print_json, say, show, table_of, warn
from placement.domain.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from placement.domain.region import Region
    from placement.planner.policy_cases import CaseResult
    from placement.planner.policy_check import Admitted, PolicyReport

app = typer.Typer(help="Residency policies.", invoke_without_command=True)
app.callback()(help_without_command)
_COUNTRIES_SHOWN = 12
AsOfOption = Annotated[
    str | None, typer.Option("--as-of", metavar="DATE", help="Judge as of a day, such as 2027-01-31. [default: today]")
]


@app.command()
def check(
    context: typer.Context,
    fleet: Annotated[Path, typer.Argument(metavar="FLEET", help="Fleet file that names its policies.")],
    as_of: AsOfOption = None,
    database: DatabaseOption = None,
    json: JsonOption = False,
) -> None:
    """Look a fleet's policies over, and show where they admit what.

    Exit code 2: some workload or dataset may lie nowhere, or lies where it may not.
    """
    from placement.documents import policy_report_document
    from placement.fleet_file import check_places, read_fleet
    from placement.planner.policy_check import check_policies
    from placement.policy_file import check_classes, read_fleet_policies
    from placement.residency.disclaimer import NO_LEGAL_ADVICE

    refuse_service(context)
    day, document = _day(as_of), read_fleet(fleet)
    if not document.fleet.policies:
        raise BadInput(f"{fleet} names no policies; write policies: [FILE]")
    catalog = open_store(context, database).catalog()
    policies = read_fleet_policies(document, fleet.parent, day, catalog.providers)
    check_classes(document, policies)
    warn([*document.warnings, *check_places(document, catalog)])
    report = check_policies(policies, document.fleet, catalog.regions, day)
    if json:
        print_json(policy_report_document(report, policies.policies.digest, day))
    else:
        warn(report.warnings)
        _show(report, catalog.version)
        say("", NO_LEGAL_ADVICE)
    raise typer.Exit(2 if report.contradictory else 0)


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


def _show(report: "PolicyReport", version: int) -> None:
    say(f"Regions admitted, catalog version {version}:")
    if report.classes:
        _show_admitted("data class", report.classes, report.regions)
        say("")
    _show_admitted("workload or dataset", report.subjects, report.regions)
    for kind, rows in (("the class ", report.classes), ("", report.subjects)):
        for admitted in rows:
            if not admitted.regions:
                say("", f"{kind}{admitted.name} may lie nowhere; {_conflict(admitted)}")
                say(*(f"  {words}" for words in admitted.conflict))
    if report.refusals:
        say("", "What cannot be, wherever the rest is placed:", *(f"  {words}" for words in report.refusals))


def _conflict(admitted: "Admitted") -> str:
    return "this refuses every region:" if len(admitted.conflict) == 1 else "these cannot hold together:"


def _show_admitted(heading: str, rows: "Sequence[Admitted]", regions: int) -> None:
    table = table_of((heading, "classes", "regions", "countries"), figures=("regions",))
    for row in rows:
        more = f" and {len(row.countries) - _COUNTRIES_SHOWN} more" if len(row.countries) > _COUNTRIES_SHOWN else ""
        countries = ", ".join(row.countries[:_COUNTRIES_SHOWN]) + more
        count = f"{len(row.regions)} of {regions}"
        table.add_row(row.name, ", ".join(row.classes), count, countries or "nowhere")
    show(table)


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
