"""Google Cloud is asked for one project, with credentials that are named and never sought.

Where nothing says that credentials exist, none are looked for: a search would end at the metadata server, which answers
on Google's machines only and lets all others wait.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from placement.domain.errors import Unconfigured
from placement.domain.provider import Surroundings
from providers.limits import Limits

if TYPE_CHECKING:
    from providers.fetch import Reply
    from providers.gcp.clients import Clients

PROVIDER = "gcp"
PROJECT = ("PLACEMENT_GCP_PROJECT", "GOOGLE_CLOUD_PROJECT")
BILLING_KEY = "PLACEMENT_GCP_BILLING_KEY"
COMPUTE_URL = "PLACEMENT_GCP_COMPUTE_URL"
BILLING_URL = "PLACEMENT_GCP_BILLING_URL"
CREDENTIALS_FILE = "GOOGLE_APPLICATION_CREDENTIALS"
ON_GOOGLE = ("GCE_METADATA_HOST", "K_SERVICE")
"""Either is set where a metadata server answers."""
SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)
_ASKS_AGAIN = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Where to ask, for which project, and as whom."""

    project: str
    compute_url: str
    billing_url: str
    billing_key: str | None = field(repr=False)
    credentials: Any = field(repr=False)


@contextmanager
def connected(
    source: str,
    surroundings: Surroundings,
    credentials: Any | None,
    limits: Limits | None,
    sleep: Callable[[float], None],
) -> Iterator["Clients"]:
    """The services, for the time of a `with` block; raises Unconfigured where settings lack."""
    _check_settings(source, surroundings, credentials)
    try:
        access = _access(source, surroundings, credentials)
        from providers.gcp.clients import Clients
    except ModuleNotFoundError as missing:
        if (missing.name or "").split(".")[0] != "google":
            raise
        raise Unconfigured(f"{source}: install cloud-placement[gcp]") from None
    from providers.fetch import Fetcher

    origins = (access.compute_url, access.billing_url)
    with (
        Fetcher(source, origins, surroundings, limits, asks_again=asks_again, sleep=sleep) as fetcher,
        Clients(source, access, fetcher) as clients,
    ):
        yield clients


def asks_again(reply: "Reply") -> bool:
    """Whether a 403 means "later": only where its reason says that the rate was exceeded."""
    if reply.status != 403:
        return False
    try:
        error = json.loads(reply.read())["error"]
        reasons = {said.get("reason") for said in (*error.get("errors", ()), *error.get("details", ()))}
    except (ValueError, KeyError, TypeError, AttributeError):
        return False
    return not reasons.isdisjoint(_ASKS_AGAIN)


def _check_settings(source: str, surroundings: Surroundings, credentials: Any | None) -> None:
    environment, lacking = surroundings.environment, []
    if not _project(environment):
        lacking.append(f"{PROJECT[1]} (or {PROJECT[0]}) to the project to ask for")
    if not (credentials or surroundings.replay_from or _credentials_file(environment) or _on_google(environment)):
        lacking.append(f"{CREDENTIALS_FILE} to a file of credentials (or: gcloud auth application-default login)")
    if lacking:
        raise Unconfigured(f"{source}: set {', and '.join(lacking)}")


def _access(source: str, surroundings: Surroundings, credentials: Any | None) -> Access:
    environment = surroundings.environment
    return Access(
        project=_project(environment),
        compute_url=environment.get(COMPUTE_URL) or "https://compute.googleapis.com",
        billing_url=environment.get(BILLING_URL) or "https://cloudbilling.googleapis.com",
        billing_key=environment.get(BILLING_KEY) or None,
        credentials=credentials or _default_credentials(source, surroundings),
    )


def _project(environment: Mapping[str, str]) -> str:
    return next((environment[name] for name in PROJECT if environment.get(name)), "")


def _on_google(environment: Mapping[str, str]) -> bool:
    return any(environment.get(name) for name in ON_GOOGLE)


def _credentials_file(environment: Mapping[str, str]) -> Path | None:
    """The file that is named, or the one that gcloud writes; None where there is neither."""
    if named := environment.get(CREDENTIALS_FILE):
        return Path(named)
    if folder := environment.get("CLOUDSDK_CONFIG"):
        usual = Path(folder)
    elif home := environment.get("HOME"):
        usual = Path(home) / ".config" / "gcloud"
    else:
        return None
    file = usual / "application_default_credentials.json"
    return file if file.is_file() else None


def _default_credentials(source: str, surroundings: Surroundings) -> Any:
    from google.auth.credentials import AnonymousCredentials

    if surroundings.replay_from:
        return AnonymousCredentials()  # type: ignore[no-untyped-call]
    file = _credentials_file(surroundings.environment)
    return _from_file(source, file) if file else _from_metadata()


def _from_file(source: str, file: Path) -> Any:
    import warnings

    from google.auth import load_credentials_from_file
    from google.auth.exceptions import GoogleAuthError

    try:
        with warnings.catch_warnings():
            # It warns of files from strangers; this one is the user's own.
            warnings.simplefilter("ignore")
            return load_credentials_from_file(str(file), scopes=SCOPES)[0]  # type: ignore[no-untyped-call]
    except (GoogleAuthError, OSError, ValueError) as bad:
        reason = f"{file} holds no credentials that can be used: {type(bad).__name__}"
        raise Unconfigured(f"{source}: {reason}; set {CREDENTIALS_FILE} to one that does") from None


def _from_metadata() -> Any:
    from google.auth.compute_engine import Credentials

    return Credentials(scopes=SCOPES)  # type: ignore[no-untyped-call]
