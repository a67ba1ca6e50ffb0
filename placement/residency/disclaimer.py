"""What this package knows of the law is data that may be old or wrong, and users are told so."""

NO_LEGAL_ADVICE = (
    "Policies are checked against data with sources and dates, which may be incomplete, outdated or wrong. "
    "This is no legal advice: have the result judged by somebody who may give it."
)
"""One sentence or two for every place where policies are checked."""
