"""The libraries of some formats are an extra: who lacks one is told how to get it."""

from collections.abc import Iterator
from contextlib import contextmanager

from placement.domain.errors import BadInput


@contextmanager
def needing(library: str, format_name: str) -> Iterator[None]:
    """Around the import of a library; raises BadInput with what to install."""
    try:
        yield
    except ImportError as missing:
        raise BadInput(
            f"reports as {format_name} need {library}, which cannot be imported ({missing}); "
            "install it with: pip install 'cloud-placement[reports]'"
        ) from None
