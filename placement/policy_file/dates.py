"""A date is written year-month-day, in ten characters."""

import re
from datetime import date

from placement.written.fields import Fields
from placement.written.nodes import Scalar, described

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def read_date(fields: Fields, key: str) -> date | None:
    """The date under a key, None where it is left out or empty, or where something is wrong with it."""
    node = fields.node_of(key)
    if node is None:
        return None
    text = node.value.strip() if isinstance(node, Scalar) and isinstance(node.value, str) else ""
    if _DATE.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            pass
    fields.notes.on(node, (*fields.path, key), f"must be a date such as 2027-01-31, but is {described(node)}")
    return None


def read_validity(fields: Fields) -> tuple[date | None, date | None]:
    """`valid_from` and `valid_to`, both inclusive; None is without end."""
    since, until = read_date(fields, "valid_from"), read_date(fields, "valid_to")
    end = fields.node_of("valid_to")
    if since is not None and until is not None and end is not None and until < since:
        reason = f"ends on {until}, before it begins on {since}; the two dates may have to change places"
        fields.notes.on(end, (*fields.path, "valid_to"), reason)
    return since, until
