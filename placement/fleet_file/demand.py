"""The fleet as it is written: workloads, datasets, the flows between them, and the rules over all."""

from placement.domain.fleet import (
    By,
    Dataset,
    Declassification,
    Fleet,
    Flow,
    Limits,
    MigrationLimit,
    Quota,
    SpotShare,
    Together,
)
from placement.fleet_file.workloads import (
    FRACTION,
    GIGABYTES,
    SCATTERED,
    no_region,
    read_capacity_type,
    read_globs,
    read_workload,
)
from placement.written.fields import Fields, Range, among
from placement.written.nodes import Node
from placement.written.notes import Notes

_BY = among(("region", "provider"))


def read_fleet_of(root: Node, notes: Notes) -> Fleet:
    """The whole document; what is wrong is in `notes`, and then the fleet is not to be used."""
    with Fields(notes, root, ()) as fields:
        return Fleet(
            name=fields.text("fleet"),
            policies=fields.words("policies"),
            workloads=tuple(map(read_workload, fields.sections("workloads", at_least=1))),
            datasets=tuple(map(_dataset, fields.sections("datasets"))),
            flows=tuple(map(_flow, fields.sections("flows"))),
            affinity=tuple(map(_together, fields.sections("affinity"))),
            anti_affinity=tuple(map(_together, fields.sections("anti_affinity"))),
            limits=_limits(fields.section("limits")),
        )


def _dataset(fields: Fields) -> Dataset:
    with fields:
        at = fields.words("at", complaint=no_region)
        movable = fields.flag("movable", False)
        return Dataset(
            name=fields.text("name"),
            size_gb=fields.number("size_gb", GIGABYTES),
            classification=fields.words("classification"),
            at=at,
            movable=movable,
            copies=fields.whole("copies", SCATTERED, 1 if movable else max(1, len(at))),
            places=read_globs(fields.section("places")),
            backups=fields.words("backups", complaint=no_region),
        )


def _flow(fields: Fields) -> Flow:
    with fields:
        return Flow(
            src=fields.text("from"),
            dst=fields.text("to"),
            gb_per_month=fields.number("gb_per_month", GIGABYTES),
            max_rtt_ms=fields.optional_number("max_rtt_ms", Range(0, 10_000, above=True)),
            declassify=_declassification(fields.optional_section("declassify")),
        )


def _declassification(fields: Fields | None) -> Declassification | None:
    if fields is None:
        return None
    with fields:
        return Declassification(
            method=fields.text("method"), evidence=fields.text("evidence"), classes=fields.words("classes")
        )


def _together(fields: Fields) -> Together:
    with fields:
        by: By = "provider" if fields.text("by", _BY, "region") == "provider" else "region"
        return Together(workloads=fields.words("workloads", at_least=2), by=by)


def _limits(fields: Fields) -> Limits:
    with fields:
        return Limits(
            quotas=tuple(map(_quota, fields.sections("quotas"))),
            spot_share=tuple(map(_spot_share, fields.sections("spot_share"))),
            pool_exposure_max_fraction=_pool_exposure(fields.optional_section("pool_exposure")),
            budget_usd_per_month=fields.optional_number("budget_usd_per_month", Range(0, 1e12, above=True)),
            migration=_migration(fields.section("migration")),
        )


def _quota(fields: Fields) -> Quota:
    with fields:
        return Quota(
            region=fields.text("region", no_region),
            vcpus=fields.number("vcpus", Range(0, 1e9)),
            capacity_type=read_capacity_type(fields),
        )


def _spot_share(fields: Fields) -> SpotShare:
    with fields:
        return SpotShare(
            workloads=fields.words("workloads", at_least=1),
            max_fraction=fields.number("max_fraction", FRACTION),
        )


def _pool_exposure(fields: Fields | None) -> float | None:
    if fields is None:
        return None
    with fields:
        return fields.number("max_fraction", FRACTION)


def _migration(fields: Fields) -> MigrationLimit:
    with fields:
        return MigrationLimit(
            horizon_months=fields.number("horizon_months", Range(0, 120, above=True), 1.0),
            min_saving_fraction=fields.number("min_saving_fraction", FRACTION, 0.0),
        )
