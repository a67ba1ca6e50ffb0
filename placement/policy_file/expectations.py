"""What a case expects: where each workload or dataset is admitted, where not and by which policy, or an error."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from placement.domain.policy import Activity
from placement.residency.places import parse_place
from placement.residency.reasons import CODES
from placement.residency.spelling import did_you_mean
from placement.written.fields import Complaint, Fields, among, as_text
from placement.written.nodes import Scalar, Table, described

ERROR = "error"
"""The key for a fleet that is refused as a whole."""

_ANYWHERE = ("only_in", "in", "not_in", "nowhere", "copy_in")
_ACTIVITY = among([activity.value for activity in Activity])
_REASON = re.compile(r"(\S.*@[0-9]+) +([a-z_]+)")


@dataclass(frozen=True, slots=True)
class Expected:
    """What is expected of one workload or dataset; place words."""

    subject: str
    only_in: tuple[str, ...] | None = None
    """Exactly the regions there."""
    admitted: tuple[str, ...] = ()
    """All regions there, and maybe more."""
    refused: tuple[str, ...] = ()
    """None of the regions there."""
    nowhere: bool = False
    copy_in: tuple[str, ...] | None = None
    """Exactly in these regions some policy wants one copy at least; empty: no policy wants any copy anywhere."""
    activity: Activity | None = None
    """Only this is looked at, as if it were done there: where a backup may be kept, say."""
    because: tuple[str, ...] = ()
    """`policy@version code`: each refused region has one of them among its reasons, and each of them refuses one."""


def read_expectations(fields: Fields, providers: Collection[str]) -> tuple[tuple[Expected, ...], str | None]:
    """`then`: by workload or dataset, or the words of an error and nothing else."""
    node, path = fields.node_of("then"), (*fields.path, "then")
    if not isinstance(node, Table) or not node.entries:
        if isinstance(fields.node, Table):
            what = "is missing; it" if node is None else f"is {described(node)}, but"
            reason = f"{what} must name workloads or datasets and where they may lie, or an error"
            fields.notes.on(node or fields.node, path, reason)
        return (), None
    entry = node.entries.get(ERROR)
    if entry is not None and isinstance(entry.value, Scalar):
        if len(node.entries) > 1:
            reason = "a fleet that is refused lies nowhere; make the rest a case of its own"
            fields.notes.at(entry.line, entry.column, (*path, ERROR), reason)
        return (), as_text(fields.notes, entry.value, (*path, ERROR))
    complaint = _no_place(providers)
    sections = (Fields(fields.notes, each.value, (*path, name)) for name, each in node.entries.items())
    found = zip(node.entries, sections, strict=True)
    return tuple(_expected(name, section, complaint) for name, section in found), None


def _expected(subject: str, fields: Fields, no_place: Complaint) -> Expected:
    with fields:
        expected = Expected(
            subject,
            fields.words("only_in", complaint=no_place, at_least=1) if fields.given("only_in") else None,
            fields.words("in", complaint=no_place, at_least=1),
            fields.words("not_in", complaint=no_place, at_least=1),
            fields.flag("nowhere", False),
            fields.words("copy_in", complaint=no_place) if fields.given("copy_in") else None,
            _activity(fields),
            fields.words("because", complaint=_no_reason, at_least=1),
        )
    if isinstance(fields.node, Table):
        _check(expected, fields)
    return expected


def _activity(fields: Fields) -> Activity | None:
    word = fields.optional_text("activity", _ACTIVITY)
    return None if word is None else Activity(word)


def _check(expected: Expected, fields: Fields) -> None:
    """Something is expected, and nothing that the rest makes void."""
    given = [key for key in _ANYWHERE if fields.given(key) and (key != "nowhere" or expected.nowhere)]
    if not given and fields.notes.sound(fields.path):
        node = fields.node
        assert node is not None
        fields.notes.on(node, fields.path, "expects nothing; use only_in, in, not_in, nowhere: true or copy_in")
    placed = [key for key in given if key != "copy_in"]
    if len(placed) > 1 and placed[0] == "only_in":
        fields.flaw(placed[1], "only_in says all there is to say; leave one of them out")
    elif len(placed) > 1 and expected.nowhere:
        fields.flaw("nowhere", f"leaves nothing for {placed[0]} to say; leave one of them out")
    elif placed in ([], ["in"]) and expected.because:
        fields.flaw("because", "is about regions that are refused; say which with only_in, not_in or nowhere")


def _no_place(providers: Collection[str]) -> Complaint:
    def complaint(word: str) -> str | None:
        try:
            parse_place(word, providers)
        except ValueError as error:
            return str(error)
        return None

    return complaint


def _no_reason(text: str) -> str | None:
    found = _REASON.fullmatch(text)
    if found is None:
        return f"{text[:80]!r} is no reason; write policy@version and a code, such as gdpr@3 not_allowed"
    if found[2] in CODES:
        return None
    return f"there is no code {found[2]!r}, those are {', '.join(CODES)}{did_you_mean(found[2], CODES)}"
