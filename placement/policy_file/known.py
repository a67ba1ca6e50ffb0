"""Some words are known before a policy is read: clouds and their partitions, and what the files themselves define."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from placement.residency.operators import operators, partitions
from placement.written.nodes import Node, Table

PROVIDERS = frozenset(("aws", "azure", "gcp", "onprem"))
"""Those that are known without a catalog."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the words of files that are read together may name."""

    classes: frozenset[str]
    groups: frozenset[str]
    """The users' own, apart from the shipped ones."""
    providers: frozenset[str]
    partitions: frozenset[str]
    operators: frozenset[str]
    """Not all: a price sheet may name others."""

    @classmethod
    def of(cls, roots: Iterable[Node], providers: Collection[str] = ()) -> "Known":
        """The names that these trees define; with the providers of a catalog, if there is one."""
        trees = tuple(roots)
        known_providers = PROVIDERS | frozenset(providers)
        return cls(
            classes=frozenset(name for root in trees for name in _keys(root, "classes")),
            groups=frozenset(name for root in trees for name in _keys(root, "groups")),
            providers=known_providers,
            # A provider that has but one cloud gives its name to the partition.
            partitions=partitions() | known_providers,
            operators=frozenset(row.operator for row in operators() if row.operator is not None),
        )


def _keys(root: Node, key: str) -> Iterable[str]:
    entry = root.entries.get(key) if isinstance(root, Table) else None
    return entry.value.entries if entry is not None and isinstance(entry.value, Table) else ()
