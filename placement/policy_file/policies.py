"""A policy has one effect, for what its `when` selects, in one version."""

from placement.domain.policy import Activity, Effect, Policy
from placement.policy_file.dates import read_validity
from placement.policy_file.effects import Asked, read_effect
from placement.policy_file.names import no_version_sign
from placement.policy_file.selector import WHEN, read_selector
from placement.policy_file.words import Words
from placement.written.fields import Fields, Range, among
from placement.written.nodes import Table

VERSION = Range(1, 1_000_000_000)

_EFFECTS = ", ".join(Effect)
_ACTIVITY = among(
    tuple(activity.value for activity in Activity),
    {
        "storage": "store",
        "replication": "replicate",
        "export": "transit",
        "network": "transit",
        "telemetry": "logs",
        "key-management": "keys",
        "support-access": "support",
        "run": "compute",
    },
)


def read_policy(fields: Fields, words: Words) -> Policy:
    """One item of `policies`."""
    with fields:
        name = fields.text("name", no_version_sign)
        version = fields.whole("version", VERSION)
        when = read_selector(fields.section("when", WHEN), words)
        effect, asked = _effect(fields, words)
        activities = fields.words("activities", complaint=_ACTIVITY, at_least=1)
        legal_ref = fields.text("legal_ref", default="")
        since, until = read_validity(fields)
        return Policy(
            name=name,
            version=version,
            effect=effect,
            when=when,
            terms=asked.terms,
            activities=tuple(map(Activity, activities)),
            legal_ref=legal_ref,
            valid_from=since,
            valid_to=until,
            penalty_usd_per_month=asked.penalty_usd_per_month,
            accept=asked.accept,
            documents=asked.documents,
        )


def _effect(fields: Fields, words: Words) -> tuple[Effect, Asked]:
    given = [effect for effect in Effect if fields.given(effect.value)]
    if not given and isinstance(fields.node, Table):
        fields.notes.on(fields.node, fields.path, f"has no effect; it needs one of {_EFFECTS}")
    for effect in given[1:]:
        reason = f"a policy has one effect, but here are {' and '.join(given)}; write a policy for each"
        fields.flaw(effect.value, reason)
    asked = [read_effect(effect, fields.section(effect.value), words) for effect in given]
    return (given[0], asked[0]) if given else (Effect.DENY, Asked())
