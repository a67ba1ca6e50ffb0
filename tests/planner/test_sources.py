"""Providers are found by their entry points, whatever state they are in."""

import os
import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from placement.domain.errors import CollectionFailed
from placement.domain.provider import Source, Surroundings
from placement.planner import sources as module
from placement.planner.sources import BrokenSource, providers
from tests.planner.scripted import saying

SURROUNDINGS = Surroundings({"KEY": "hunter2"})


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Installs providers, given as functions or as the path of what is not there."""

    def installed(**named: Any) -> None:
        entries = []
        for name, provider in named.items():
            if callable(provider):
                home = ModuleType(f"installed_{name}")
                home.sources = provider  # type: ignore[attr-defined]
                monkeypatch.setitem(sys.modules, home.__name__, home)
                provider = f"{home.__name__}:sources"
            entries.append(EntryPoint(name, provider, "placement.providers"))
        monkeypatch.setattr(module, "entry_points", lambda group: [e for e in entries if e.group == group])

    return installed


def reason(source: Source) -> str:
    assert isinstance(source, BrokenSource)
    with pytest.raises(CollectionFailed) as failed:
        next(iter(source.facts()))
    return str(failed.value)


def test_the_providers_of_this_project_are_found() -> None:
    found = providers(Surroundings())
    assert {"aws", "azure", "gcp", "onprem"} <= set(found)
    for name, own in found.items():
        assert own, name
        assert not any(isinstance(source, BrokenSource) for source in own), name
        assert {source.provider for source in own} == {name}


def test_no_two_sources_have_one_name() -> None:
    names = [source.name for own in providers(Surroundings()).values() for source in own]
    assert len(names) == len(set(names))


def test_providers_come_in_the_order_of_their_names_with_their_sources_as_they_gave_them(install: Any) -> None:
    listed, spot, other = saying(name="b"), saying(name="b-spot"), saying(name="a")
    install(b=lambda surroundings: iter((listed, spot)), a=lambda surroundings: [other])
    found = providers(SURROUNDINGS)
    assert list(found.items()) == [("a", (other,)), ("b", (listed, spot))]


def test_providers_are_given_the_surroundings(install: Any) -> None:
    given: list[Surroundings] = []

    def sources(surroundings: Surroundings) -> list[Source]:
        given.append(surroundings)
        return []

    install(cloud=sources)
    assert providers(SURROUNDINGS) == {"cloud": ()}
    assert given == [SURROUNDINGS]


def test_a_provider_that_is_not_there_says_so_when_it_is_asked_and_harms_no_other(install: Any) -> None:
    install(good=lambda surroundings: [saying(name="good")], gone="no_such_module:sources", lacking="json:sources")
    found = providers(SURROUNDINGS)
    assert [source.name for source in found["good"]] == ["good"]
    (gone,), (lacking,) = found["gone"], found["lacking"]
    assert reason(gone) == (
        "gone: its adapter no_such_module:sources cannot be used: ModuleNotFoundError: No module named 'no_such_module'"
    )
    assert reason(lacking).startswith("lacking: its adapter json:sources cannot be used: AttributeError")
    assert (gone.name, gone.provider) == ("gone", "gone")


@pytest.mark.parametrize("failure", [ValueError, KeyError])
def test_a_provider_that_breaks_on_its_settings_does_not_show_them(install: Any, failure: type[Exception]) -> None:
    def sources(surroundings: Surroundings) -> list[Source]:
        raise failure(surroundings.environment["KEY"])

    install(cloud=sources)
    words = reason(providers(SURROUNDINGS)["cloud"][0])
    assert words == f"cloud: its adapter installed_cloud:sources cannot be used: {failure.__name__}"


def test_a_provider_that_knows_what_is_wrong_is_heard(install: Any) -> None:
    def sources(surroundings: Surroundings) -> list[Source]:
        raise CollectionFailed("cloud: CLOUD_PORT must be a number")

    install(cloud=sources)
    assert reason(providers(SURROUNDINGS)["cloud"][0]).endswith("cloud: CLOUD_PORT must be a number")


def test_no_providers_at_all_are_none(install: Any) -> None:
    install()
    assert providers(SURROUNDINGS) == {}


def test_two_sources_of_one_name_would_end_each_others_prices_and_are_both_refused(install: Any) -> None:
    install(a=lambda surroundings: [saying(name="prices"), saying(name="a")], b=lambda _: [saying(name="prices")])
    found = providers(SURROUNDINGS)
    (first, other), (second,) = found["a"], found["b"]
    assert reason(first) == reason(second) == "prices: there are 2 sources with this name; rename all but one"
    assert not isinstance(other, BrokenSource)


def test_two_sheets_in_folders_of_one_name_are_both_refused(tmp_path: Path) -> None:
    folders = [tmp_path / parent / "prices" for parent in ("a", "b")]
    found = providers(Surroundings({"PLACEMENT_SHEETS": os.pathsep.join(map(str, folders))}))
    assert ["2 sources with this name" in reason(source) for source in found["onprem"]] == [True, True]
