"""What is to be placed, as it was given: a fleet file, or manifests of Kubernetes with files of policies."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from placement.domain.errors import BadInput

if TYPE_CHECKING:
    from placement.fleet_file import FleetDocument
    from placement.market.catalog import Catalog

ManifestsOption = Annotated[
    Path | None,
    typer.Option(
        "--manifests", "-f", metavar="PATH", help="Manifests of Kubernetes: a file, a folder, - for standard input."
    ),
]
PoliciesOption = Annotated[
    list[str] | None,
    typer.Option("--policies", metavar="FILE", help="With --manifests: files of policies that hold for them."),
]


@dataclass(frozen=True, slots=True)
class Demand:
    """One of the two."""

    path: Path
    is_manifests: bool
    policies: tuple[str, ...] = ()

    @property
    def folder(self) -> Path:
        """What paths of policies are relative to."""
        return Path() if self.is_manifests else self.path.parent

    @property
    def fleet_file(self) -> Path:
        """What is sent to a service; raises BadInput for manifests."""
        if self.is_manifests:
            way = "make a fleet file of them: placement kubernetes import --manifests"
            raise BadInput(f"--manifests cannot be asked of a service; {way}")
        return self.path

    def read(self) -> "FleetDocument | None":
        """The fleet of a fleet file; None for manifests, of which a fleet is made with a catalog only."""
        if self.is_manifests:
            return None
        from placement.fleet_file import read_fleet

        return read_fleet(self.path)

    def made(self, catalog: "Catalog") -> "FleetDocument":
        """The fleet of manifests, whose warnings have those about the objects; raises BadInput, BadFleet."""
        from placement.kubernetes.workloads.manifests import fleet_of_manifests

        for policy in self.policies:
            if not Path(policy).is_file():
                raise BadInput(f"--policies: there is no file {policy}")
        return fleet_of_manifests(self.path, catalog, self.policies)


def demand_of(command: str, fleet: Path | None, manifests: Path | None, policies: list[str] | None) -> Demand:
    """What the arguments of a command name; raises BadInput unless it is one thing."""
    if fleet is not None and manifests is not None:
        raise BadInput("a fleet file and --manifests are both given; give one of them")
    if fleet is not None:
        if policies:
            raise BadInput("--policies goes with --manifests; a fleet file names its policies itself")
        return Demand(fleet, is_manifests=False)
    if manifests is None:
        hint = f"Try '{command} --help'."
        raise BadInput(f"Missing argument 'FLEET', or manifests of Kubernetes with --manifests.\n{hint}")
    return Demand(manifests, is_manifests=True, policies=tuple(policies or ()))
