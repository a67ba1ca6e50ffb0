"""The ledger of a month, on a real store."""

import pytest

from placement.domain.money import amount_from_usd
from placement.reports.bridge import total
from placement.reports.figures import figures
from placement.reports.making import make_report
from placement.store.repository import Store
from tests.builders import tariff
from tests.reports.months import OCTOBER, TARIFFS, VIRGINIA, at, decided, fleet, report, swept, workload
from tests.store.market import DUBLIN, FRANKFURT, SPOT, price


def test_a_fleet_costs_its_hours_at_the_prices_of_the_time(store: Store) -> None:
    swept(store, at(1, month=9), price(0.1), price(0.2, region=DUBLIN))
    decided(store, at(11), fleet(workload(replicas=3)))
    swept(store, at(21, 12), price(0.15), price(0.2, region=DUBLIN))
    made = report(store)
    assert total(made.charges) == amount_from_usd(3 * (252 * 0.1 + 252 * 0.15))
    assert sum(charge.quantity for charge in made.charges) == pytest.approx(3 * 504)
    assert made.fleets[0].in_force[0].since == at(11)
    assert len(made.charges) == 21


def test_the_newest_decision_replaces_the_one_before(store: Store) -> None:
    swept(store, at(1, month=9), price(0.1), price(0.2, region=DUBLIN))
    decided(store, at(20, month=9), fleet(workload(replicas=3)))
    second = decided(store, at(16), fleet(workload(replicas=1)))
    made = report(store)
    assert total(made.charges) == amount_from_usd(15 * 24 * 3 * 0.1 + 16 * 24 * 0.1)
    assert made.fleets[0].in_force[1].decision == second["id"]


def test_what_cannot_be_placed_replaces_nothing(store: Store) -> None:
    swept(store, at(1, month=9), price(0.1))
    decided(store, at(20, month=9), fleet(workload()))
    decided(store, at(5), fleet(workload(places={"allow": ["US"]})))
    assert total(report(store).charges) == amount_from_usd(744 * 0.1)


def test_a_month_that_is_not_over_reaches_to_now(store: Store) -> None:
    swept(store, at(1, month=9), price(0.1))
    decided(store, at(20, month=9), fleet(workload()))
    made = report(store, at(3, 12))
    assert total(made.charges) == amount_from_usd(60 * 0.1)
    assert made.until == at(3, 12)


def test_a_month_without_decisions_is_empty(store: Store) -> None:
    swept(store, at(1, month=9), price(0.1))
    decided(store, at(2, month=11), fleet(workload()))
    assert report(store).fleets == ()


def test_savings_are_against_home_at_the_prices_of_the_time(store: Store) -> None:
    """Home is on demand in one region, frozen; that its price rises is the market's doing, and no saving."""
    swept(store, at(1, month=9), price(0.1), price(0.03, SPOT))
    spot = workload(replicas=2, capacity={"types": ["on_demand", "spot"]})
    decided(store, at(20, month=9), fleet(spot))
    swept(store, at(1), price(0.12), price(0.04, SPOT))
    bridge = report(store).fleets[0].bridge
    assert bridge.frozen == amount_from_usd(2 * 744 * 0.1)
    assert bridge.volume == 0
    assert bridge.price == amount_from_usd(2 * 744 * 0.02)
    assert bridge.home == amount_from_usd(2 * 744 * 0.12)
    assert 0 < bridge.saved < bridge.home
    assert bridge.saved == bridge.home - total(report(store).charges)


def test_fewer_replicas_are_no_saving(store: Store) -> None:
    swept(store, at(1, month=9), price(0.1))
    decided(store, at(20, month=9), fleet(workload(replicas=4)))
    decided(store, at(1), fleet(workload(replicas=1)))
    bridge = report(store).fleets[0].bridge
    assert (bridge.volume, bridge.saved) == (-amount_from_usd(3 * 744 * 0.1), 0)


def test_missed_is_what_a_cheaper_region_would_have_saved(store: Store) -> None:
    swept(store, at(1, month=9), price(0.1), price(0.2, region=DUBLIN))
    decided(store, at(20, month=9), fleet(workload()))
    swept(store, at(11), price(0.1), price(0.02, region=DUBLIN))
    made = report(store)
    actual, best = sum(row.actual for row in made.comparisons), sum(row.best for row in made.comparisons)
    assert actual == amount_from_usd(744 * 0.1)
    # Held from the beginning of the month, when Dublin was the dearer one, and with the restart that it takes.
    assert best == amount_from_usd(240 * 0.2 + 504 * 0.02) + round(5 / 60 * 0.02e6)
    assert [(missed.subject, missed.best_region) for missed in made.fleets[0].missed] == [("web", "aws:eu-west-1")]
    assert made.fleets[0].searched == 1


POLICIES = """\
classes: {pii: {sensitivity: restricted}}
policies:
- {name: eu, version: 1, when: {classification: [pii]}, allow_only: {place: [EU]}}
- {name: de, version: 2, when: {classification: [pii]}, allow_only: {place: [DE]}}
"""


def test_policies_cost_what_the_fleet_would_save_without_them(store: Store) -> None:
    swept(store, at(1, month=9), price(0.1), price(0.05, region=DUBLIN), price(0.02, region=VIRGINIA))
    decided(store, at(20, month=9), fleet(workload(classification=["pii"])), POLICIES)
    made = report(store)
    best, free = (sum(getattr(row, name) for row in made.comparisons) for name in ("best", "unrestricted"))
    assert best == amount_from_usd(744 * 0.1)
    assert free == pytest.approx(amount_from_usd(744 * 0.02), abs=10_000)
    costs = {cost.policy: cost.amount for cost in made.fleets[0].policies}
    assert costs["de@2"] == pytest.approx(amount_from_usd(744 * 0.05), abs=10_000)
    assert costs["eu@1"] == 0


def test_egress_is_priced_on_the_volume_of_the_whole_month(store: Store) -> None:
    swept(store, at(1, month=9), price(0.1))
    flows = [{"from": "web", "to": "internet", "gb_per_month": 20_000}]
    decided(store, at(20, month=9), fleet(workload(), flows=flows))
    decided(store, at(16), fleet(workload(), flows=flows))
    egress = [charge for charge in report(store).charges if charge.term == "egress"]
    volume = 20_000 * 744 / 730
    assert total(egress) == pytest.approx(amount_from_usd(10_240 * 0.09 + (volume - 10_240) * 0.05), abs=1)
    assert sum(charge.quantity for charge in egress) == pytest.approx(volume)


def test_tariffs_that_change_price_their_part_of_the_month(store: Store) -> None:
    swept(store, at(1, month=9), price(0.1))
    flows = [{"from": "web", "to": "internet", "gb_per_month": 730}]
    decided(store, at(20, month=9), fleet(workload(), flows=flows))
    dearer = (TARIFFS[1], tariff("aws", "*", "internet", (0, 0.18)))
    swept(store, at(11), price(0.1), tariffs=dearer)
    egress = [charge for charge in report(store).charges if charge.term == "egress"]
    assert total(egress) == amount_from_usd(240 * 0.09 + 504 * 0.18)


def test_moves_are_paid_once_in_the_month_they_are_made(store: Store) -> None:
    swept(store, at(1, month=9), price(0.1), price(0.2, region=DUBLIN))
    here = workload(current="aws:eu-central-1", state_gb=100)
    decided(store, at(20, month=9), fleet(here))
    swept(store, at(9), price(0.5), price(0.2, region=DUBLIN))
    decided(store, at(10), fleet(here))
    moves = [charge for charge in report(store).charges if charge.term == "migration"]
    assert [(charge.since, charge.region) for charge in moves] == [(at(10), f"aws:{DUBLIN.name}")]
    assert total(moves) == amount_from_usd(100 * 0.02 + 5 / 60 * 0.2)
    assert [c for c in report(store, period=OCTOBER, until=at(9)).charges if c.term == "migration"] == []


def test_datasets_are_charged_by_their_size_and_time(store: Store) -> None:
    swept(store, at(1, month=9), price(0.1))
    datasets = [{"name": "orders", "size_gb": 730, "at": [f"aws:{FRANKFURT.name}"]}]
    decided(store, at(20, month=9), fleet(workload(), datasets=datasets))
    kept = [charge for charge in report(store).charges if charge.term == "storage"]
    assert total(kept) == amount_from_usd(744 * 0.0245)


def test_the_source_that_a_decision_believed_prices_it_later_too(store: Store) -> None:
    """Both sources speak of the offering, and change in the month after the decision."""
    swept(store, at(1, month=9), price(0.05), source="older")
    swept(store, at(2, month=9), price(0.1), source="newer")
    decided(store, at(20, month=9), fleet(workload()))
    swept(store, at(30, month=9), price(0.06), source="older")
    swept(store, at(30, 1, month=9), price(0.11), source="newer")
    assert total(report(store).charges) == amount_from_usd(744 * 0.11)


def test_what_is_withdrawn_and_still_runs_costs_what_it_did(store: Store) -> None:
    swept(store, at(1, month=9), price(0.1), price(0.3, region=DUBLIN))
    decided(store, at(20, month=9), fleet(workload()))
    swept(store, at(11), price(0.3, region=DUBLIN))
    assert total(report(store).charges) == amount_from_usd(744 * 0.1)


def test_a_workload_that_comes_later_has_its_home_from_then_on(store: Store) -> None:
    swept(store, at(1, month=9), price(0.1), price(0.03, SPOT))
    spot = {"capacity": {"types": ["on_demand", "spot"]}}
    decided(store, at(20, month=9), fleet(workload()))
    decided(store, at(11), fleet(workload(), workload("later", **spot)))
    bridge = report(store).fleets[0].bridge
    assert bridge.frozen == amount_from_usd(744 * 0.1)
    assert bridge.volume == amount_from_usd(504 * 0.1)
    assert (bridge.price, bridge.home) == (0, amount_from_usd(744 * 0.1 + 504 * 0.1))
    assert bridge.saved > amount_from_usd(504 * 0.069)


def test_where_no_home_is_found_nothing_is_said_to_be_saved(store: Store) -> None:
    """Nothing is on demand anywhere."""
    swept(store, at(1, month=9), price(0.03, SPOT))
    decided(store, at(20, month=9), fleet(workload(capacity={"types": ["spot"]})))
    made = report(store).fleets[0]
    assert made.bridge.saved == 0
    assert made.notes == ("no placement at home was found for web",)


def test_without_time_nothing_is_searched_and_the_report_says_so(store: Store) -> None:
    swept(store, at(1, month=9), price(0.1), price(0.02, region=DUBLIN))
    decided(store, at(20, month=9), fleet(workload()))
    assert make_report(store, OCTOBER, OCTOBER.end).fleets[0].searched == 1
    hurried = make_report(store, OCTOBER, OCTOBER.end, search_s=0.0)
    assert hurried.fleets[0].searched == 0
    assert figures(hurried).missed == 0
