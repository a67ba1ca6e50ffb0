"""A document that uses every key, and lines to put into it."""

from placement.domain.errors import BadFleet, Flaw
from placement.fleet_file import FleetDocument, parse_fleet

SHOP = """\
fleet: shop
policies: [gdpr.yaml]
workloads:
- name: checkout
  labels: {team: web}
  replicas: 6
  resources:
    vcpus: 4
    memory_gib: 16
    architecture: [x86_64, arm64]
    burstable: true
    gpus: {count: 1, model: [A100], memory_gib: 40}
  overhead: {vcpus: 0.2, memory_gib: 1.0}
  instance_types: {allow: ["m*", "n2-*"], deny: ["*.metal"]}
  capacity: {types: [on_demand, spot], max_spot_fraction: 0.5}
  service: {restart_minutes: 4, interruption_usd: 0.25}
  hours_per_month: 365
  classification: [pii-eu]
  places: {allow: [aws, "gcp:europe-*", EU, DE], deny: ["aws:eu-west-*"]}
  spread: {min_regions: 2, min_providers: 1, min_zones: 2, max_fraction_per_region: 0.6}
  isolation: vm
  current: aws:eu-central-1
  state_gb: 40
- name: cart
  resources: {vcpus: 2, memory_gib: 8}
  replicas: 3
  current:
  - {region: aws:eu-central-1, instance_type: m.large, capacity_type: spot, replicas: 2}
  - {region: aws:eu-west-1, replicas: 1}
- name: etl
  resources: {vcpus: 1, memory_gib: 2}
  job:
    hours: 8
    runs_per_month: 20
    checkpoint_write_minutes: 3
    restart_minutes: 6
    reload_gb: 20
    deadline_hours: 24
datasets:
- {name: orders, size_gb: 800, classification: [pii-eu], at: [aws:eu-central-1], places: {deny: [US]}}
- {name: events, size_gb: 9, movable: true, copies: 2}
flows:
- {from: orders, to: checkout, gb_per_month: 1200}
- {from: checkout, to: internet, gb_per_month: 500}
- {from: etl, to: cart, gb_per_month: 50, declassify: {method: k-anonymity, evidence: DPIA-17, classes: [pii-eu]}}
- {from: cart, to: checkout, gb_per_month: 90, max_rtt_ms: 30}
affinity: [{workloads: [checkout, cart], by: region}]
anti_affinity: [{workloads: [etl, cart], by: provider}]
limits:
  quotas: [{region: "aws:eu-central-1", capacity_type: spot, vcpus: 512}]
  spot_share: [{workloads: [checkout, cart], max_fraction: 0.15}]
  pool_exposure: {max_fraction: 0.2}
  budget_usd_per_month: 20000
  migration: {horizon_months: 3, min_saving_fraction: 0.1}
"""

ONE = "fleet: f\nworkloads:\n- name: web\n  resources: {vcpus: 2, memory_gib: 8}\n"
"""The least that is a fleet: four lines."""


def read(text: str) -> FleetDocument:
    return parse_fleet(text, "fleet.yaml")


def flaws_of(text: str, source: str = "fleet.yaml") -> tuple[Flaw, ...]:
    """All that is wrong with a text; empty if nothing is."""
    try:
        parse_fleet(text, source)
    except BadFleet as error:
        return error.flaws
    return ()
