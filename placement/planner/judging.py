"""Policies meet a fleet and the regions of a catalog: the same evaluation for every use case."""

from datetime import date

from placement.domain.fleet import Dataset, Fleet, Workload
from placement.domain.policy import PolicySet
from placement.fleet_file import to_document
from placement.market.catalog import Catalog
from placement.residency.admissible import Admissible
from placement.residency.evaluation import Evaluation


def unjudged(fleet: Fleet) -> list[str]:
    """A warning, where parts of a fleet without policies are classified."""
    parts: list[Workload | Dataset] = [*fleet.workloads, *fleet.datasets]
    classified = [part.name for part in parts if part.classification]
    if fleet.policies or not classified:
        return []
    some = ", ".join(classified[:3]) + (", ..." if len(classified) > 3 else "")
    return [f"the fleet names no policies, so nothing judges the classification of {some}"]


def judged_by(policies: PolicySet | None, fleet: Fleet, catalog: Catalog, as_of: date) -> Admissible | None:
    """What the policies admit of this fleet in these regions; None without policies."""
    if policies is None:
        return None
    documents = {workload["name"]: workload for workload in to_document(fleet)["workloads"]}
    return Evaluation(policies, catalog.regions, as_of).compiled(fleet, documents)
