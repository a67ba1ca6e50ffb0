"""What every provider must do, whatever its cloud: each provider's tests inherit this class.

A test module defines a fixture `cloud` that starts the provider's fake behind fault proxies, and a class:

    class TestAws(Conformance):
        ...
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from placement.domain.errors import CollectionFailed, CoverageLost, Unconfigured
from placement.domain.provider import Refusal, Source, Surroundings
from placement.domain.sweep import Collection, Price, PricedTariff, SourceKind
from placement.planner.collecting import collect
from placement.planner.sources import providers
from placement.store.repository import Store
from providers.limits import Limits
from tests.providers.wire.faults import (
    Asked,
    Fault,
    FaultProxy,
    cut_off,
    drip,
    half_a_document,
    redirect,
    silence,
    status,
)

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SECRET = "hunter2-do-not-show"
"""The fakes' credentials hold these words: they may appear nowhere but in requests."""
LIMITS = Limits(connect_s=2, silence_s=1, answer_s=2.5, tries=3, at_once=2)


class Cloud(ABC):
    """A fake cloud with at least 40 offerings in each of two or more regions, its answers in several pages."""

    provider: str
    proxies: Sequence[FaultProxy]
    """In front of every server of the fake."""
    own_requests: Callable[[Asked], bool] = staticmethod(lambda asked: True)
    """Picks the requests whose failure fails the source, where the fake also answers others."""

    @abstractmethod
    def sources(self, surroundings: Surroundings, limits: Limits, sleep: Callable[[float], None]) -> Sequence[Source]:
        """All configured sources of the provider, pointed at the proxies."""

    @abstractmethod
    def lose_a_page(self) -> None:
        """From now on over 10 % of one region's offerings are missing from the fake's answers, without an error."""

    @abstractmethod
    def repeat_a_page(self) -> None:
        """From now on a page of offerings is given twice."""


class Conformance:
    """Subclasses give a fixture `cloud`."""

    @pytest.fixture
    def pauses(self) -> list[float]:
        return []

    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[Store]:
        opened = Store.open(f"sqlite:///{tmp_path / 'placement.db'}")
        opened.upgrade()
        yield opened
        opened.close()

    @pytest.fixture
    def sources(self, cloud: Cloud, pauses: list[float]) -> Sequence[Source]:
        return cloud.sources(Surroundings(clock=lambda: NOW), LIMITS, pauses.append)

    def test_the_provider_is_discovered_by_its_entry_point(self, cloud: Cloud, sources: Sequence[Source]) -> None:
        found = providers(Surroundings(environment={}))
        assert {s.name for s in sources} <= {s.name for s in found[cloud.provider]}

    def test_without_settings_each_source_works_or_says_what_it_lacks(self, cloud: Cloud, tmp_path: Path) -> None:
        replaying = Surroundings(environment={}, replay_from=tmp_path / "nothing recorded")
        for source in providers(replaying)[cloud.provider]:
            with pytest.raises(CollectionFailed) as failed:
                list(source.facts())
            assert isinstance(failed.value, Unconfigured) or "recording" in str(failed.value)
            assert "set " in str(failed.value) or "recording" in str(failed.value)

    def test_names_are_plain_and_the_kind_is_an_api(self, cloud: Cloud, sources: Sequence[Source]) -> None:
        assert sources
        for source in sources:
            assert source.provider == cloud.provider
            assert source.name.split("-")[0] == cloud.provider
            assert source.kind is SourceKind.API
            assert timedelta(minutes=5) <= source.cadence <= timedelta(days=7)

    def test_all_facts_are_plausible(self, cloud: Cloud, sources: Sequence[Source]) -> None:
        regions: set[str] = set()
        for source in sources:
            for fact in source.facts():
                assert not isinstance(fact, Refusal) or (fact.reason and fact.subject)
                if isinstance(fact, Price):
                    regions.add(fact.region)
                    assert fact.provider == cloud.provider
                    assert fact.observed_at == NOW
                    assert fact.effective_from is None or fact.effective_from <= NOW
                    assert fact.note
                if isinstance(fact, PricedTariff):
                    assert fact.tariff.provider == cloud.provider
                    assert fact.note
        assert len(regions) >= 2

    def test_a_sweep_is_stored_and_repeats_without_changes(self, sources: Sequence[Source], store: Store) -> None:
        for source in sources:
            collect(store, source, lambda: NOW)[0]
        for source in sources:
            again = collect(store, source, lambda: NOW)[0]
            assert (again.changed, again.ended) == (0, 0)
        catalog = store.catalog()
        assert len(catalog.offerings) >= 80
        assert catalog.tariffs

    @pytest.mark.parametrize("fault", [status(429, retry_after="2"), status(503), cut_off, drip, silence])
    def test_what_passes_changes_nothing(
        self, cloud: Cloud, sources: Sequence[Source], store: Store, pauses: list[float], fault: Fault
    ) -> None:
        before = self._collected(sources, store)
        for proxy in cloud.proxies:
            proxy.misbehave(fault, after=1)
            proxy.misbehave(fault)
        after = self._collected(sources, store)
        assert pauses
        assert [(c.rows, c.changed, c.ended) for c in after] == [(c.rows, 0, 0) for c in before]

    @pytest.mark.parametrize("fault", [status(429), status(500), status(403), cut_off, half_a_document, silence, drip])
    def test_what_does_not_pass_fails_the_sweep_and_keeps_the_last(
        self, cloud: Cloud, sources: Sequence[Source], store: Store, fault: Fault
    ) -> None:
        self._collected(sources, store)
        version = store.latest_version()
        for proxy in cloud.proxies:
            proxy.misbehave(fault, times=10_000, only=cloud.own_requests, after=1)
            proxy.misbehave(fault, times=10_000, only=cloud.own_requests)
        for source in sources:
            with pytest.raises(CollectionFailed) as failed:
                collect(store, source, lambda: NOW)[0]
            assert SECRET not in str(failed.value)
            assert str(failed.value).startswith(source.name)
        assert store.latest_version() == version

    def test_no_redirect_to_another_host_is_followed(
        self, cloud: Cloud, sources: Sequence[Source], store: Store
    ) -> None:
        with FaultProxy(cloud.proxies[0].url).running() as elsewhere:
            for proxy in cloud.proxies:
                proxy.misbehave(redirect(elsewhere.url + "/"), times=10_000)
            for source in sources:
                with pytest.raises(CollectionFailed):
                    collect(store, source, lambda: NOW)[0]
            assert not elsewhere.asked
        assert store.latest_version() is None

    def test_a_page_given_twice_counts_once(self, cloud: Cloud, sources: Sequence[Source], store: Store) -> None:
        before = self._collected(sources, store)
        cloud.repeat_a_page()
        after = self._collected(sources, store)
        assert [(c.rows, c.changed, c.ended) for c in after] == [(c.rows, 0, 0) for c in before]

    def test_a_page_that_is_lost_fails_the_sweep(self, cloud: Cloud, sources: Sequence[Source], store: Store) -> None:
        self._collected(sources, store)
        cloud.lose_a_page()
        failed = []
        for source in sources:
            try:
                collect(store, source, lambda: NOW)[0]
            except CoverageLost as lost:
                failed.append(str(lost))
        assert failed
        assert f"{cloud.provider}:" in failed[0]

    def test_a_region_without_a_known_country_is_refused(self, sources: Sequence[Source]) -> None:
        """The fake has one region, `nowhere-1`, that no table knows: where it lies decides what is lawful there."""
        facts = [fact for source in sources for fact in source.facts()]
        assert any(isinstance(f, Refusal) and "nowhere-1" in f.subject and "country" in f.reason for f in facts)

    def test_a_limit_to_regions_is_kept(self, cloud: Cloud, sources: Sequence[Source]) -> None:
        every = sorted({f.region for s in sources for f in s.facts() if isinstance(f, Price)})
        limit = {f"PLACEMENT_{cloud.provider.upper()}_REGIONS": f" {every[0]} "}
        limited = cloud.sources(Surroundings(limit, lambda: NOW), LIMITS, lambda _: None)
        assert {f.region for s in limited for f in s.facts() if isinstance(f, Price)} == {every[0]}

    def test_a_limit_to_a_region_that_is_not_there_is_an_error(self, cloud: Cloud) -> None:
        limit = {f"PLACEMENT_{cloud.provider.upper()}_REGIONS": "atlantis-1"}
        failures = []
        for source in cloud.sources(Surroundings(limit, lambda: NOW), LIMITS, lambda _: None):
            try:
                assert not any(isinstance(fact, Price) for fact in source.facts())
            except CollectionFailed as failed:
                failures.append(str(failed))
        assert failures
        assert all("atlantis-1" in words for words in failures)

    def test_a_recording_replays_the_sweep_and_holds_no_secret(
        self, cloud: Cloud, store: Store, tmp_path: Path
    ) -> None:
        recorded = []
        tape = tmp_path / "tape"
        for source in cloud.sources(Surroundings(clock=lambda: NOW, record_into=tape), LIMITS, lambda _: None):
            recorded.append(collect(store, source, lambda: NOW)[0])
        asked = [len(proxy.asked) for proxy in cloud.proxies]
        replayed = []
        for source in cloud.sources(Surroundings(clock=lambda: NOW, replay_from=tape), LIMITS, lambda _: None):
            replayed.append(collect(store, source, lambda: NOW)[0])
        assert [(c.rows, c.changed, c.ended) for c in replayed] == [(c.rows, 0, 0) for c in recorded]
        assert [len(proxy.asked) for proxy in cloud.proxies] == asked
        for file in tape.rglob("*-*.*"):
            assert SECRET.encode() not in file.read_bytes()

    def test_no_secret_reaches_the_database(self, sources: Sequence[Source], store: Store, tmp_path: Path) -> None:
        self._collected(sources, store)
        store.close()
        for file in tmp_path.glob("placement.db*"):
            assert file.is_dir() or SECRET.encode() not in file.read_bytes()

    @staticmethod
    def _collected(sources: Sequence[Source], store: Store) -> list[Collection]:
        return [replace(collect(store, source, lambda: NOW)[0], version=0) for source in sources]
