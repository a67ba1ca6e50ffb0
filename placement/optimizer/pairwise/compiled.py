"""Functions that numba compiles: inner and inlined ones become part of the entries that call them, which are kept on
disk.

numba keeps an entry for as long as the entry's own file does not change. What an entry was made of lies in the other
files of this package as well, so each entry closes over a fingerprint of them all: a closure's values are a part
of the key under which numba keeps it.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from zlib import crc32

from numba import njit

Function = TypeVar("Function", bound=Callable[..., Any])

_OPTIONS: dict[str, Any] = {
    "nogil": True,
    "fastmath": {"nnan", "ninf", "nsz", "contract"},
    "error_model": "numpy",
    "no_cfunc_wrapper": True,
    "_nrt": False,
}
"""No infinity and no NaN ever enters: what is forbidden has a large finite cost. Nothing is allocated, so that no
references need be counted: whoever calls hands over the room."""
_INNER: dict[str, Any] = {"no_cpython_wrapper": True, **_OPTIONS}
"""Only compiled code calls them."""


def inner(function: Function) -> Function:
    """Compiled by itself, then into its callers. Constants as arguments make numba compile one for each of them."""
    compiled: Function = njit(**_INNER)(function)
    return compiled


def inlined(function: Function) -> Function:
    """Written out where it is called, before anything is compiled: for what is long and called once, or short."""
    compiled: Function = njit(inline="always", **_OPTIONS)(function)
    return compiled


def entry(function: Function) -> Function:
    """Compiled when it is first called, and kept for later processes where there is a folder to keep it in."""
    compiled: Function
    try:
        compiled = njit(cache=True, **_OPTIONS)(function)
    except RuntimeError:
        # Neither this package's folder nor the user's cache can be written to.
        compiled = njit(**_OPTIONS)(function)
    return compiled


@cache
def fingerprint() -> int:
    """Of all modules of this package."""
    found = 0
    for path in sorted(Path(__file__).parent.glob("*.py")):
        found = crc32(path.read_bytes(), found)
    return found
