"""What a sweep says beside prices, as subject and facts of each table."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Table

from placement.domain.sweep import Sweep
from placement.store import tables
from placement.store.numbers import Numbers

Said = Mapping[tuple[Any, ...], tuple[Any, ...]]
"""Facts by subject, each in the order of the table's columns."""


def facts_of(sweep: Sweep, regions: Numbers, types: Numbers, notes: Numbers) -> list[tuple[Table, Said]]:
    """For each table what holds now; new names are given their numbers."""
    of_region = {
        (regions[r.provider, r.name],): (
            r.country,
            r.city,
            r.continent,
            r.lat,
            r.lon,
            r.partition,
            r.subdivision,
            r.operator,
            r.operator_country,
            r.parent_country,
        )
        for r in sweep.regions
    }
    of_type = {
        (types[t.provider, t.name],): (
            t.vcpus,
            t.memory_gib,
            t.architecture,
            t.burstable,
            t.gpu_count,
            t.gpu_model,
            t.gpu_memory_gib,
        )
        for t in sweep.instance_types
    }
    attested = {
        (regions[r.provider, r.name], a.scheme, a.valid_from): (a.valid_to,)
        for r in sweep.regions
        for a in r.attestations
    }
    interrupted = {
        (regions[f.provider, f.region], types[f.provider, f.instance_type]): (
            f.pct_low,
            f.pct_high,
            f.window,
            f.observed_on,
            notes[(f.note,)],
        )
        for f in sweep.interruption
    }
    hinted = {
        (regions[h.provider, h.region], h.zone or "", " ".join(h.instance_types), h.measure): (h.value, h.observed_at)
        for h in sweep.hints
    }
    stored = {(regions[s.provider, s.region],): (s.usd_per_gb_month,) for s in sweep.storage}
    tiers = {
        (e.tariff.provider, e.tariff.src, e.tariff.dst, tier.from_gb): (
            tier.usd_per_gb,
            e.observed_on,
            notes[(e.note,)],
        )
        for e in sweep.egress
        for tier in e.tariff.tiers
    }
    return [
        (tables.region_facts, of_region),
        (tables.instance_type_facts, of_type),
        (tables.attestation_facts, attested),
        (tables.interruption_facts, interrupted),
        (tables.hint_facts, hinted),
        (tables.storage_facts, stored),
        (tables.egress_tier_facts, tiers),
    ]
