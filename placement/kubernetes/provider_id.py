"""What a cloud calls a machine says which cloud that is, and often in which region."""

import re
from dataclasses import dataclass

_PROVIDERS = {"gce": "gcp"}
"""Clouds that this project calls otherwise."""
_WRITTEN = re.compile(r"([a-z0-9+.-]+):/{2,3}(.*)")
_AWS_REGION = re.compile(r"[a-z]{2}(?:-[a-z]+)+-\d+")
"""At the beginning of its zones, local and wavelength zones included: us-west-2-lax-1a."""
_GCP_ZONE = re.compile(r"([a-z]+-[a-z]+\d+)-[a-z]")


@dataclass(frozen=True, slots=True)
class Identified:
    """Where a machine is by its provider ID; None is not said."""

    provider: str
    region: str | None = None
    zone: str | None = None


def identified(provider_id: str) -> Identified | None:
    """`aws:///eu-central-1a/i-0123` as a place; None for what has no such form."""
    found = _WRITTEN.fullmatch(provider_id)
    if found is None:
        return None
    provider, parts = _PROVIDERS.get(found[1], found[1]), found[2].split("/")
    match provider, parts:
        case "aws", [zone, _, *_] if region := _AWS_REGION.match(zone):
            return Identified(provider, region[0], zone)
        case "gcp", [_, zone, _] if region := _GCP_ZONE.fullmatch(zone):
            return Identified(provider, region[1], zone)
    return Identified(provider)
