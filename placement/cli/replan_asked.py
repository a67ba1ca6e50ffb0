"""A fleet that a service keeps is placed again by the service."""

import json
from pathlib import Path

from placement.cli.waiting import progress
from placement.client import Client
from placement.client.move_forms import Moves
from placement.domain.errors import BadInput, UnknownDocument
from placement.fleet_file import parse_fleet, read_fleet


def moves_by(
    service: Client, fleet: Path, time_limit_s: float | None, gap: float, seed: int, *, allow_stale: bool
) -> Moves:
    """What would move. Raises BadFleet, ServiceError, and BadInput unless the service keeps the fleet of the file."""
    asked = read_fleet(fleet).fleet
    with service, progress(f"asking {service.address.url}"):
        try:
            kept = service.fleets.get(asked.name).document
        except UnknownDocument as unknown:
            raise BadInput(f"{unknown}\n{_put(service, fleet, asked.name)}") from None
        if parse_fleet(json.dumps(kept["document"]), "stored fleet").fleet != asked:
            differs = f"{fleet}: the service has fleet {asked.name} otherwise, as revision {kept['revision']}"
            raise BadInput(f"{differs}\n{_put(service, fleet, asked.name)}")
        return service.fleets.moves(asked.name, time_limit_s, gap=gap, seed=seed, allow_stale=allow_stale)


def _put(service: Client, fleet: Path, name: str) -> str:
    return f"store it first: curl -T {fleet} -H 'Content-Type: application/yaml' {service.address.url}/v1/fleets/{name}"
