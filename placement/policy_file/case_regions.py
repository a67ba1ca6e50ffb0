"""A case may bring regions of its own: with them it asks what no region of the market would show."""

from datetime import date

from placement.domain.region import Attestation, Region
from placement.policy_file.dates import read_validity
from placement.residency.groups import CONTINENTS
from placement.residency.iso import countries, country_for, subdivisions
from placement.written.fields import Fields, among
from placement.written.nodes import Table

_CONTINENT = among(CONTINENTS)


def read_regions(fields: Fields) -> tuple[Region, ...]:
    """`regions`; what is left out of one is unknown, as in a price sheet."""
    found: dict[str, Region] = {}
    for each in fields.sections("regions"):
        region = _region(each)
        if region.id in found and each.notes.sound(each.path):
            each.flaw("region", f"{region.id!r} stands in this list twice")
        found.setdefault(region.id, region)
    return tuple(found.values())


def _region(fields: Fields) -> Region:
    with fields:
        provider, _, name = fields.text("region", _no_region).partition(":")
        country = fields.text("country", _no_country)
        return Region(
            provider,
            name,
            country=country,
            continent=fields.optional_text("continent", _CONTINENT),
            partition=fields.optional_text("partition"),
            subdivision=fields.optional_text("subdivision", lambda code: _no_part(code, country)),
            operator=fields.optional_text("operator"),
            operator_country=fields.optional_text("operator_country", _no_country),
            parent_country=fields.optional_text("parent_country", _no_country),
            attestations=tuple(map(_attestation, fields.sections("attestations"))),
        )


def _attestation(fields: Fields) -> Attestation:
    with fields:
        scheme = fields.text("scheme")
        since, until = read_validity(fields)
    if since is None and isinstance(fields.node, Table) and fields.node_of("valid_from") is None:
        reason = "is missing; it must be a date such as 2026-01-31, the first day on which it holds"
        fields.notes.on(fields.node, (*fields.path, "valid_from"), reason)
    # Without a first day the file is refused anyhow.
    return Attestation(scheme, since or date.min, until)


def _no_region(word: str) -> str | None:
    provider, colon, name = word.partition(":")
    if provider and colon and name and not any(sign in word for sign in "*?[ "):
        return None
    return f"{word[:60]!r} is no region; write provider:region, such as own:berlin"


def _no_country(word: str) -> str | None:
    if word in countries():
        return None
    meant = word.upper() if word.upper() in countries() else country_for(word)
    return f"{word[:60]!r} is no country; write its ISO 3166 code (DE){f'; did you mean {meant!r}?' if meant else ''}"


def _no_part(code: str, country: str) -> str | None:
    if code not in subdivisions():
        meant = f"; did you mean {code.upper()!r}?" if code.upper() in subdivisions() else ""
        return f"{code[:60]!r} is no part of a country; write its ISO 3166-2 code (CA-QC){meant}"
    return None if not country or code.startswith(f"{country}-") else f"{code!r} is no part of {country}"
