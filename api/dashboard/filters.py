"""Filters of the market as a form has them: texts, of which blank ones ask for nothing."""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from pydantic import ValidationError
from starlette.requests import Request

from api.offering_query import OfferingQuery
from api.validation import parameter_faults

_MANY = ("provider", "region", "instance_type", "capacity_type", "country", "architecture", "gpu_model")
"""Several words, divided by commas or spaces, or fields of the same name."""
_ONE = ("min_vcpus", "min_memory_gib", "max_usd_per_hour", "stale", "sort")
_BETWEEN = re.compile(r"[,\s]+")


class Filters:
    """What was asked for, and what of it cannot be."""

    def __init__(self, request: Request) -> None:
        parameters = request.query_params
        self.given: dict[str, str] = {
            name: " ".join(parameters.getlist(name)).strip() for name in (*_MANY, *_ONE) if parameters.get(name)
        }
        self.given = {name: text for name, text in self.given.items() if text}
        self.faults: Mapping[str, str] = {}
        """By field, in words."""
        try:
            self.query = OfferingQuery.model_validate(self._asked())
        except ValidationError as error:
            found = [{**each, "loc": ("query", *each["loc"])} for each in error.errors()]
            self.faults = {fault["parameter"]: fault["detail"] for fault in parameter_faults(found)}
            self.query = OfferingQuery()

    def value(self, name: str) -> str:
        """What the field holds."""
        return self.given.get(name, "")

    @property
    def address(self) -> str:
        """The parameters, for links to other pages of the same list; ends so that one more may follow."""
        text = urlencode(self.given)
        return f"?{text}&" if text else "?"

    def _asked(self) -> dict[str, Any]:
        many: dict[str, Sequence[str]] = {
            name: tuple(filter(None, _BETWEEN.split(text))) for name, text in self.given.items() if name in _MANY
        }
        return {**many, **{name: text for name, text in self.given.items() if name in _ONE}}
