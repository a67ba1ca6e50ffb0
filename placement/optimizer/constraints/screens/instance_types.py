"""Only instance types whose names the workload's patterns allow, and none that they deny."""

from collections.abc import Sequence
from datetime import date
from fnmatch import fnmatchcase

import numpy as np
from numpy.typing import NDArray

from placement.domain.fleet import Workload
from placement.domain.offering import Offering
from placement.market.catalog import Catalog
from placement.market.shortlist import Axis


class InstanceTypes:
    """Patterns over type names."""

    name = "instance_types"
    axis: Axis = "instance_type"

    def asks(self, workload: Workload) -> str:
        """The patterns as written."""
        allow, deny = workload.instance_types.allow, workload.instance_types.deny
        return "; ".join(
            [
                *([f"only types {', '.join(allow)}"] if allow else []),
                *([f"no types {', '.join(deny)}"] if deny else []),
            ]
        )

    def admits(self, workload: Workload, catalog: Catalog, as_of: date) -> NDArray[np.bool_] | None:
        """By instance type."""
        allow, deny = workload.instance_types.allow, workload.instance_types.deny
        if not allow and not deny:
            return None
        return np.array(
            [(not allow or _any(allow, kind.name)) and not _any(deny, kind.name) for kind in catalog.instance_types],
            np.bool_,
        )

    def rejects(self, workload: Workload, offering: Offering, as_of: date) -> str | None:
        """Names the pattern."""
        allow, deny, name = (
            workload.instance_types.allow,
            workload.instance_types.deny,
            offering.instance_type.name,
        )
        if _any(deny, name):
            pattern = next(p for p in deny if fnmatchcase(name, p))
            return f"{name} is denied by instance_types.deny: {pattern}"
        if allow and not _any(allow, name):
            return f"{name} is not among instance_types.allow: {', '.join(allow)}"
        return None


def _any(patterns: Sequence[str], name: str) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)
