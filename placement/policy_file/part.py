"""One file of a set of policies: its tree, what was read of it, and what is wrong with it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from placement.domain.errors import BadPolicies, Flaw
from placement.domain.policy import PolicySet
from placement.policy_file.classes import read_classes
from placement.policy_file.groups import read_groups
from placement.policy_file.guardrails import read_guardrail
from placement.policy_file.names import key_place
from placement.policy_file.policies import read_policy
from placement.policy_file.waivers import read_waiver
from placement.policy_file.words import Words
from placement.written.fields import Fields
from placement.written.nodes import KeyPath, Node, locate, written
from placement.written.notes import MOST_FLAWS, Notes, in_order


@dataclass(frozen=True, slots=True)
class Part:
    """A file that was read; its facts are in the order in which they were written."""

    words: Words
    root: Node = field(repr=False)
    facts: PolicySet

    @property
    def notes(self) -> Notes:
        """What is wrong with the file."""
        return self.words.notes

    def flaw_at(self, path: KeyPath, reason: str) -> Flaw:
        """A flaw in the value at this path; in a class or a group as a whole, where its name stands."""
        found, line, column = self._locate(path)
        return Flaw(self.notes.source, line, column, written(found), reason)

    def flaw(self, path: KeyPath, reason: str) -> None:
        """Something is wrong with the value at this path."""
        found, line, column = self._locate(path)
        self.notes.at(line, column, found, reason)

    def warn(self, path: KeyPath, reason: str) -> None:
        """Something is odd with the value at this path."""
        self.words.odd.append(self.flaw_at(path, reason))

    def where(self, path: KeyPath) -> str:
        """`file:line:column` of the value at this path."""
        flaw = self.flaw_at(path, "")
        return f"{flaw.source}:{flaw.line}:{flaw.column}"

    def _locate(self, path: KeyPath) -> tuple[KeyPath, int, int]:
        if len(path) == 2 and path[0] in ("classes", "groups"):
            return (path, *key_place(self.root, path))
        return locate(self.root, path)


def read_part(root: Node, words: Words) -> Part:
    """The whole document; what is wrong is in the notes, and then the facts are not to be used."""
    with Fields(words.notes, root, ()) as fields:
        facts = PolicySet(
            classes=read_classes(fields, words),
            policies=tuple(read_policy(item, words) for item in fields.sections("policies")),
            guardrails=tuple(read_guardrail(item, words) for item in fields.sections("guardrails")),
            waivers=tuple(read_waiver(item, words) for item in fields.sections("waivers")),
            groups=read_groups(fields, words),
        )
    return Part(words, root, facts)


def settle(notes: Sequence[Notes]) -> None:
    """Raise BadPolicies if anything is wrong, file by file in the order of their texts; of a flood, the first."""
    flaws = [flaw for each in notes for flaw in sorted(each.flaws, key=in_order)]
    if len(flaws) > MOST_FLAWS:
        rest = Flaw(flaws[MOST_FLAWS].source, None, None, "", f"and {len(flaws) - MOST_FLAWS} more like these")
        flaws = [*flaws[:MOST_FLAWS], rest]
    if flaws:
        raise BadPolicies(flaws)
