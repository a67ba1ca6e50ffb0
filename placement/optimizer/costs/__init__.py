"""The bill. To add a cost, write one module here and name it in COST_TERMS; in PENALTIES if it is no money."""

from placement.optimizer.costs.base import BillLine, CostTerm
from placement.optimizer.costs.compute import Compute
from placement.optimizer.costs.egress import Egress
from placement.optimizer.costs.hurdle import MoveHurdle
from placement.optimizer.costs.interruption import Interruption
from placement.optimizer.costs.migration import Migration
from placement.optimizer.costs.preference import Preference
from placement.optimizer.costs.storage import Storage

COST_TERMS: tuple[CostTerm, ...] = (
    Compute(),
    Interruption(),
    Egress(),
    Storage(),
    Migration(),
)

PENALTIES: tuple[CostTerm, ...] = (MoveHurdle(), Preference())

__all__ = ["COST_TERMS", "PENALTIES", "BillLine", "CostTerm"]
