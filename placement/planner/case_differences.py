"""What a case expects of a workload or dataset is compared with what its policies admit, and told with the reasons."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np

from placement.domain.policy import Reason
from placement.domain.region import Region
from placement.policy_file.expectations import Expected
from placement.policy_file.known import PROVIDERS
from placement.residency.admissible import Admissible
from placement.residency.places import parse_place
from placement.residency.spelling import did_you_mean

_REGIONS_SHOWN = 6
"""Of one kind of difference; a wrong policy may make hundreds."""


@dataclass(frozen=True)
class Differences:
    """Between one expectation and the policies of a day over some regions."""

    expected: Expected
    admissible: Admissible
    regions: Sequence[Region]
    as_of: date

    def told(self) -> Iterator[str]:
        """Each in words; nothing if all is as expected."""
        expected = self.expected
        if expected.subject not in self.admissible.subjects:
            near = did_you_mean(expected.subject, self.admissible.subjects)
            yield f"{expected.subject}: is neither a workload nor a dataset of the given fleet{near}"
            return
        try:
            may, must_not = self._within(expected.admitted), self._within(expected.refused)
            if expected.only_in is not None or expected.nowhere:
                may = self._within(expected.only_in or ())
                must_not = set(range(len(self.regions))) - may
            copies = None if expected.copy_in is None else self._within(expected.copy_in)
        except ValueError as unknown:
            yield f"{expected.subject}: {unknown}"
            return
        yield from self._regions("is admitted, and should not be", {"": self._inside & must_not})
        yield from self._regions("is refused, and should not be", self._by_reason(may - self._inside))
        if copies is not None:
            yield from self._copies(copies)
        if expected.because:
            yield from self._because(must_not - self._inside)

    @cached_property
    def _inside(self) -> set[int]:
        """The positions of the regions that are admitted, for the activity if one is asked for."""
        name, activity = self.expected.subject, self.expected.activity
        if activity is None:
            return set(np.flatnonzero(self.admissible.mask(name)).tolist())
        row = self.admissible.allowed[self.admissible.subjects.index(name)]
        return set(np.flatnonzero(row[:, self.admissible.activities.index(activity)]).tolist())

    def _reasons(self, region: int) -> tuple[Reason, ...]:
        name, activity = self.expected.subject, self.expected.activity
        if activity is None:
            return self.admissible.reasons(name, region)
        return (*self.admissible.reasons_to(activity, name, region), *self.admissible.refusals.get(name, ()))

    def _copies(self, wanted: set[int]) -> Iterator[str]:
        """Some policy wants a copy in exactly these regions; where there are none, no policy wants any."""
        name = self.expected.subject
        found = {rule.words: set(np.flatnonzero(rule.mask).tolist()) for rule in self.admissible.copies(name)}
        if wanted and wanted not in found.values():
            listed = ", ".join(map(self._shown, sorted(wanted)[:_REGIONS_SHOWN]))
            yield f"{name}: no policy wants a copy in just {listed}{'; but ' * bool(found)}{'; '.join(found)}"
        elif not wanted and found:
            yield f"{name}: no copy should be wanted anywhere, but {'; '.join(found)}"

    def _because(self, refused: Iterable[int]) -> Iterator[str]:
        """Each refused region is refused by one of the reasons, and each reason refuses some region."""
        because, unused = self.expected.because, dict.fromkeys(self.expected.because)
        others: dict[str, set[int]] = {}
        for region in refused:
            found = dict.fromkeys(f"{reason.policy} {reason.code}" for reason in self._reasons(region))
            if found.keys().isdisjoint(because):
                others.setdefault(", ".join(found), set()).add(region)
            for reason in found:
                unused.pop(reason, None)
        wanted = " or ".join(because)
        yield from self._regions(
            "is refused", {f" by {told}, not by {wanted}": those for told, those in others.items()}
        )
        for reason in () if others else unused:
            yield f"{self.expected.subject}: of the regions that should be refused, none is because of {reason}"

    def _by_reason(self, regions: Iterable[int]) -> Mapping[str, set[int]]:
        """Regions that the same policies refuse in the same way, together; in the words for one of them."""
        ways: dict[tuple[tuple[str, str], ...], set[int]] = {}
        for region in sorted(regions):
            way = tuple((reason.policy, reason.code) for reason in self._reasons(region))
            ways.setdefault(way, set()).add(region)
        return {f": {'; '.join(map(str, self._reasons(min(those))))}": those for those in ways.values()}

    def _regions(self, what: str, ways: Mapping[str, set[int]]) -> Iterator[str]:
        """A difference for each way."""
        for how, regions in ways.items():
            if regions:
                shown = ", ".join(map(self._shown, sorted(regions)[:_REGIONS_SHOWN]))
                more = f" and {len(regions) - _REGIONS_SHOWN} more" if len(regions) > _REGIONS_SHOWN else ""
                said = what if len(regions) == 1 else what.replace("is ", "are ", 1)
                yield f"{self.expected.subject}: {shown}{more} {said}{how}"

    def _within(self, words: Iterable[str]) -> set[int]:
        """The positions of the regions that lie in any of the places; ValueError for a place without any."""
        providers = PROVIDERS | {region.provider for region in self.regions}
        ids = {region.id for region in self.regions}
        found: set[int] = set()
        for word in words:
            inside = parse_place(word, providers, ids).mask(self.regions, self.as_of)
            if not inside.any():
                raise ValueError(f"no region lies in {word!r}; add one under `regions`")
            found.update(np.flatnonzero(inside).tolist())
        return found

    def _shown(self, index: int) -> str:
        region = self.regions[index]
        return f"{region.id} ({region.subdivision or region.country})"
