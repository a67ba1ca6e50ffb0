"""Style, scripts and the icon: a few small files of our own, which browsers may keep as long as they stay the same."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

from fastapi import FastAPI
from starlette.responses import Response

from api.dashboard.addresses import ASSETS
from api.errors import NothingHere

_MEDIA_TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
_FOREVER = "public, max-age=31536000, immutable"
"""An address has the digest of its content: other content is at another address."""


@dataclass(frozen=True, slots=True)
class Asset:
    """One file."""

    address: str
    content: bytes
    media_type: str


def read_assets() -> Mapping[str, Asset]:
    """By name, such as style.css."""
    found = {}
    for file in (files("api.dashboard") / "assets").iterdir():
        media_type = _MEDIA_TYPES.get(file.name.rpartition(".")[2])
        if media_type is not None:
            content = file.read_bytes()
            digest = hashlib.sha256(content).hexdigest()[:16]
            found[file.name] = Asset(f"{ASSETS}{file.name}?v={digest}", content, media_type)
    return found


def add(app: FastAPI, assets: Mapping[str, Asset]) -> None:
    """Add the path to the app."""

    @app.get(ASSETS + "{name}", include_in_schema=False)
    async def asset(name: str) -> Response:
        found = assets.get(name)
        if found is None:
            raise NothingHere(f"there is nothing at {ASSETS}{name[:80]}")
        return Response(found.content, headers={"Cache-Control": _FOREVER}, media_type=found.media_type)
