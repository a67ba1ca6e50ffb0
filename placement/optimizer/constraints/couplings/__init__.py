"""Rules that tie workloads together. To add one, write one module here and name it in COUPLINGS."""

from placement.optimizer.constraints.couplings.base import Coupling
from placement.optimizer.constraints.couplings.budget import Budget
from placement.optimizer.constraints.couplings.capacity import Capacity
from placement.optimizer.constraints.couplings.copy_in import CopyIn
from placement.optimizer.constraints.couplings.pool_exposure import PoolExposure
from placement.optimizer.constraints.couplings.quotas import Quotas
from placement.optimizer.constraints.couplings.reach import Reach
from placement.optimizer.constraints.couplings.spot_share import SpotShares
from placement.optimizer.constraints.couplings.spread import SpreadRule
from placement.optimizer.constraints.couplings.standby import Standby
from placement.optimizer.constraints.couplings.together import Affinity, AntiAffinity

COUPLINGS: tuple[Coupling, ...] = (
    SpreadRule(),
    Affinity(),
    AntiAffinity(),
    Quotas(),
    Capacity(),
    SpotShares(),
    PoolExposure(),
    CopyIn(),
    Standby(),
    Reach(),
    Budget(),
)

__all__ = ["COUPLINGS", "Coupling"]
