"""Rules about one workload and one offering. To add one, write one module here and name it in SCREENS."""

from placement.market.shortlist import Screen
from placement.optimizer.constraints.screens.capacity_types import CapacityTypes
from placement.optimizer.constraints.screens.deadline import Deadline
from placement.optimizer.constraints.screens.fresh import Fresh
from placement.optimizer.constraints.screens.gpus import Gpus
from placement.optimizer.constraints.screens.instance_types import InstanceTypes
from placement.optimizer.constraints.screens.places import Places
from placement.optimizer.constraints.screens.resources import Resources
from placement.optimizer.constraints.screens.zones import Zones

SCREENS: tuple[Screen, ...] = (
    Places(),
    CapacityTypes(),
    Resources(),
    Gpus(),
    InstanceTypes(),
    Zones(),
    Deadline(),
    Fresh(),
)

__all__ = ["SCREENS"]
