"""Which of the media types that there are a client likes best, by its Accept header (RFC 9110)."""

from collections.abc import Sequence
from functools import lru_cache


@lru_cache(maxsize=256)
def preferred(accept: str, available: Sequence[str]) -> str | None:
    """The best liked, of equally liked ones the first; None where none is admitted. The most specific range counts."""
    quality: dict[str, float] = {}
    for part in accept.lower().split(","):
        kind, *parameters = (word.strip() for word in part.split(";"))
        quality[kind] = next((_quality(p[2:]) for p in parameters if p.startswith("q=")), 1.0)
    if quality.keys() <= {""}:
        return available[0]
    likings = [_liking(quality, media) for media in available]
    best = max(likings)
    return available[likings.index(best)] if best > 0 else None


def _liking(quality: dict[str, float], media: str) -> float:
    for kind in (media, f"{media.partition('/')[0]}/*", "*/*"):
        if kind in quality:
            return quality[kind]
    return 0.0


def _quality(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 1.0
