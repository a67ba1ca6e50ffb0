import pytest

from placement.reports.figures import Figures, figures
from placement.reports.report import Report
from placement.store.repository import Store
from tests.reports.conftest import store, upgraded_file
from tests.reports.months import VIRGINIA, at, decided, fleet, report, swept, workload
from tests.store.market import DUBLIN, SPOT, price

__all__ = ["store", "upgraded_file"]

HOSTILE = "<script>alert(1)</script>"
FORMULA = "=1+1"
POLICIES = """\
classes: {pii: {sensitivity: restricted}}
policies: [{name: eu, version: 1, when: {classification: [pii]}, allow_only: {place: [EU]}}]
"""


@pytest.fixture
def october(store: Store) -> Report:
    """Two fleets: one on spot under a policy, with traffic, data, a move and labels that mean harm; one plain."""
    spot = price(0.03, SPOT), price(0.05, SPOT, region=DUBLIN)
    swept(store, at(1, month=9), price(0.1), price(0.2, region=DUBLIN), price(0.02, region=VIRGINIA), *spot)
    web = workload(
        "web",
        replicas=3,
        classification=["pii"],
        capacity={"types": ["on_demand", "spot"]},
        labels={"team": HOSTILE, "note": FORMULA},
        state_gb=10,
    )
    shop = fleet(
        web,
        workload("api", labels={"team": FORMULA}),
        flows=[
            {"from": "web", "to": "internet", "gb_per_month": 500},
            {"from": "orders", "to": "web", "gb_per_month": 50},
        ],
        datasets=[{"name": "orders", "size_gb": 800, "at": ["aws:eu-central-1"]}],
    )
    decided(store, at(20, month=9), shop, POLICIES)
    swept(store, at(4), price(0.3), price(0.04, region=DUBLIN), price(0.02, region=VIRGINIA), price(0.2, SPOT))
    decided(store, at(16, 6.5), shop, POLICIES)
    decided(store, at(3), fleet(workload("batch", replicas=2)) | {"fleet": "other"})
    return report(store)


@pytest.fixture
def found(october: Report) -> Figures:
    return figures(october)
