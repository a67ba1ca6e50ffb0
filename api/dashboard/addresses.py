"""Which paths are pages for people, and which are for programs."""

ASSETS = "/assets/"
SIGN_IN, SIGN_OUT = "/sign-in", "/sign-out"
POLICY_TRIAL = "/policy-trial"
_OF_PROGRAMS = ("/v1/", "/kubernetes/", "/problems/")
_ALSO_OF_PROGRAMS = frozenset(("/healthz", "/readyz", "/metrics", "/openapi.json", "/problems"))
_OPEN = frozenset((SIGN_IN, SIGN_OUT))


def is_page(path: str) -> bool:
    """Whether people look at this in a browser; what is nowhere is theirs, too."""
    return not path.startswith(_OF_PROGRAMS) and path not in _ALSO_OF_PROGRAMS


def is_open_page(path: str) -> bool:
    """Whether anybody may see it: the way in, and what all pages are dressed in."""
    return path in _OPEN or path.startswith(ASSETS)


def is_asking(path: str) -> bool:
    """Whether a form sent there changes nothing."""
    return path == POLICY_TRIAL


def is_deciding(path: str) -> bool:
    """Whether a form sent there has the optimizer run, or stops it."""
    return path.startswith(("/fleets/", "/decisions/"))


def is_collecting(path: str) -> bool:
    """Whether a form sent there has a provider swept."""
    return path.startswith("/collections/")
