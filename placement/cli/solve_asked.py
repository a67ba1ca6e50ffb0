"""A fleet is placed by a service, and waited for. Ctrl-C cancels what nobody else can know of."""

import sys
from pathlib import Path

from placement.cli.solve_options import SolveOptions
from placement.cli.waiting import progress
from placement.client import Client, FleetRequest, Patience
from placement.client.decision_forms import Decision, PendingDecision
from placement.domain.errors import BadFleet, PlacementError
from placement.written.document import text_of
from placement.written.notes import Notes

_BRIEF = Patience(connect_s=3, silence_s=5, answer_s=5, tries=1)
"""Whoever has pressed Ctrl-C does not wait long."""


def decided_by(service: Client, fleet: Path, options: SolveOptions) -> Decision:
    """The service's decision for a fleet file; raises BadFleet with the file's lines, and ServiceError."""
    request = FleetRequest(
        text_of(fleet, Notes(str(fleet), BadFleet)),
        options.time_limit_s,
        options.gap,
        options.seed,
        options.allow_stale,
        source=str(fleet),
        **({} if options.idempotency_key is None else {"idempotency_key": options.idempotency_key}),
    )
    try:
        with service, progress(f"asking {service.address.url}") as say_so:

            def watch(pending: PendingDecision) -> None:
                say_so(f"{pending['status']} at {service.address.url} as {pending['id']}")

            return service.decisions.decide(request, watch)
    except KeyboardInterrupt:
        _stop(service, request, shared=options.idempotency_key is not None)
        raise


def _stop(service: Client, request: FleetRequest, *, shared: bool) -> None:
    """Cancel the request, unless a key that others know makes them find it cancelled, too."""
    if shared:
        _tell("the service goes on with what it has heard; the same command with its --idempotency-key waits again")
        return
    try:
        with Client(service.address, _BRIEF) as again:
            # It may not have been heard yet: this way its id is known.
            found = again.decisions.begin(request)
            if found["status"] == "queued" or found["status"] == "running":
                again.decisions.cancel(found["id"])
                _tell(f"cancelled {found['id']}")
            else:
                _tell(f"it has ended already; look at it with: placement explain {found['id']}")
    except PlacementError as failure:
        _tell(f"the service may go on with it, as it could not be cancelled: {failure}")


def _tell(words: str) -> None:
    print(words, file=sys.stderr)  # noqa: T201
