"""Catalogs of the past, each read once while it is asked for again and again."""

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from placement.domain.errors import BadInput
from placement.market.catalog import Catalog

if TYPE_CHECKING:
    from placement.store.repository import Store

_KEPT = 6
"""Whole catalogs in memory."""


class Markets:
    """The versions of one store."""

    def __init__(self, store: "Store", read: Callable[[int], Catalog] | None = None) -> None:
        """`read` gives a whole version, where somebody has them at hand; else the store does."""
        self._store, self._read = store, read or store.catalog
        self._whole: OrderedDict[int, Catalog] = OrderedDict()
        self.bare = lru_cache(maxsize=None)(self._bare)
        """Places and tariffs of a version."""
        self.version_at = lru_cache(maxsize=None)(store.version_at)
        """The newest version at a time."""

    def whole(self, version: int) -> Catalog:
        """A version; raises BadInput where it can no longer be built."""
        if version not in self._whole:
            self._whole[version] = self._read(version)
        self._whole.move_to_end(version)
        while len(self._whole) > _KEPT:
            self._whole.popitem(last=False)
        return self._whole[version]

    def at(self, moment: datetime) -> Catalog | None:
        """The market of a moment; None where it can no longer be built, or was not there yet."""
        version = self.version_at(moment)
        try:
            return None if version is None else self.whole(version)
        except BadInput:
            return None

    def _bare(self, version: int) -> Catalog:
        return self._store.catalog(version, bare=True)
