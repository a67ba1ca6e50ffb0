"""Any run of sweeps, held against a model that keeps whole sweeps instead of changes."""

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from placement.domain.sweep import Price, SourceKind, Sweep
from placement.market.catalog import Catalog
from placement.store import tables
from placement.store.repository import Store
from tests.store.market import (
    API,
    DUBLIN,
    FRANKFURT,
    HOUR,
    LARGE,
    NOON,
    ON_DEMAND,
    SHEET,
    SMALL,
    SPOT,
    contents,
    price,
    sweep,
)

SOURCES = {"cloud": API, "other-cloud": API, "sheet": SHEET, "other-sheet": SHEET}
Subject = tuple[str, str | None, str, str]


@st.composite
def prices(draw: st.DrawFn) -> Price:
    return price(
        draw(st.integers(1, 3)) / 100,
        draw(st.sampled_from([ON_DEMAND, SPOT])),
        draw(st.sampled_from([FRANKFURT, DUBLIN])),
        draw(st.sampled_from([LARGE, SMALL])),
        zone=draw(st.sampled_from([None, "a"])),
        observed_at=NOON + draw(st.integers(0, 2)) * HOUR,
    )


def subject(one: Price) -> Subject:
    return one.region, one.zone, one.instance_type, one.capacity_type


@st.composite
def sweeps(draw: st.DrawFn) -> Sweep:
    name = draw(st.sampled_from(sorted(SOURCES)))
    listed = draw(st.lists(prices(), max_size=8, unique_by=subject))
    return sweep(*listed, source=name, kind=SOURCES[name])


def expected(run: list[Sweep]) -> dict[Subject, tuple[Price, str]]:
    """The strongest source's price of each offering, by each source's last sweep."""
    last = {one.source: (one.kind is SourceKind.SHEET, at, one) for at, one in enumerate(run)}
    found: dict[Subject, tuple[Price, str]] = {}
    for _, _, one in sorted(last.values(), key=lambda entry: entry[:2]):
        found.update({subject(p): (p, one.source) for p in one.prices})
    return found


def shown(catalog: Catalog) -> dict[Subject, tuple[Price, str]]:
    found: dict[Subject, tuple[Price, str]] = {}
    for o in map(catalog.offering, range(len(catalog.offerings))):
        one = price(
            o.usd_per_hour / 1e9, o.capacity_type, o.region, o.instance_type, zone=o.zone, observed_at=o.observed_at
        )
        assert subject(one) not in found, "an offering is there once"
        found[subject(one)] = one, o.source
    return found


def empty(store: Store) -> None:
    with store.engine.begin() as connection:
        for table in reversed(tables.metadata.sorted_tables):
            connection.execute(table.delete())


# The store is shared by the examples of a run, and emptied for each.
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(run=st.lists(sweeps(), min_size=1, max_size=6))
def test_every_version_of_any_run_of_sweeps_is_rebuilt_exactly(store: Store, run: list[Sweep]) -> None:
    empty(store)
    seen = []
    for at, one in enumerate(run):
        store.save_sweep(one, NOON + timedelta(minutes=at), accept_loss=True)
        seen.append(contents(store.catalog()))
    for at, then in enumerate(seen):
        rebuilt = store.catalog(at + 1)
        assert contents(rebuilt) == then
        assert shown(rebuilt) == expected(run[: at + 1])
