import io
import json
from dataclasses import replace
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from placement.domain.policy import Dimension, Effect, Policy, PolicySet, Selector
from placement.policy_file import canonical, digest, parse_policies, to_document
from tests.policy_file.policy_sets import policy_sets
from tests.policy_file.texts import DENY, DESIGN, EVERYTHING, TODAY, read

TOO_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


@given(policy_sets())
@settings(suppress_health_check=TOO_SLOW)
def test_a_set_that_is_written_as_json_is_read_again_the_same(policies: PolicySet) -> None:
    document = to_document(policies)
    for text in (json.dumps(document), json.dumps(document, ensure_ascii=False, indent="\t")):
        assert read(text).policies == canonical(policies)


@given(policy_sets())
@settings(suppress_health_check=TOO_SLOW, max_examples=30)
def test_a_set_that_is_written_as_yaml_is_read_again_the_same(policies: PolicySet) -> None:
    stream = io.StringIO()
    yaml = YAML(typ="safe", pure=True)
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    yaml.default_flow_style = False
    yaml.dump(to_document(policies), stream)
    assert read(stream.getvalue()).policies == canonical(policies)


@given(policy_sets())
@settings(suppress_health_check=TOO_SLOW, max_examples=30)
def test_what_was_read_is_canonical_and_has_its_digest(policies: PolicySet) -> None:
    once = read(json.dumps(to_document(policies))).policies
    assert once == canonical(once)
    assert once.digest == digest(once) == digest(policies)
    assert to_document(once) == to_document(policies)


def shuffled(value: object, random: st.DataObject) -> object:
    """The same document with keys and lists in another order."""
    if isinstance(value, dict):
        keys = random.draw(st.permutations(list(value)))
        return {key: shuffled(value[key], random) for key in keys}
    if isinstance(value, list):
        return [shuffled(part, random) for part in random.draw(st.permutations(value))]
    return value


@given(policy_sets(), st.data())
@settings(suppress_health_check=TOO_SLOW, max_examples=50)
def test_no_order_of_keys_lists_and_files_changes_the_digest(policies: PolicySet, data: st.DataObject) -> None:
    document = to_document(policies)
    by_file = [{"classes": document.get("classes", {})}, {k: v for k, v in document.items() if k != "classes"}]
    texts = [json.dumps(shuffled(part, data)) for part in data.draw(st.permutations(by_file))]
    assert read(*texts).policies == canonical(policies)


@given(policy_sets(), policy_sets())
@settings(suppress_health_check=TOO_SLOW, max_examples=50)
def test_only_sets_that_are_equal_have_the_same_digest(one: PolicySet, other: PolicySet) -> None:
    assert (digest(one) == digest(other)) == (canonical(one) == canonical(other))


def test_every_part_of_a_set_counts_for_the_digest() -> None:
    changes = [
        ("version: 3", "version: 4"),
        ("sensitivity: confidential", "sensitivity: restricted"),
        ("categories: [phi, pii]", "categories: [phi]"),
        ("subjects: [CA-QC, nordics]", "subjects: [CA-QC]"),
        ("stage: production", "stage: test"),
        ('workloads: ["shop-*", orders]', "workloads: [orders]"),
        ('place: [EEA, own, "gcp:europe-*"]', "place: [EEA, own]"),
        ("partition: aws-eusc", "partition: aws"),
        ("parent_country: nordics", "parent_country: EFTA"),
        ("activities: [store, compute, deliver]", "activities: [store, compute]"),
        ("GDPR Art. 44", "GDPR Art. 45"),
        ("valid_from: 2018-05-25", "valid_from: 2018-05-26"),
        ("valid_to: 2030-12-31\n- ", "valid_to: 2030-12-30\n- "),
        ("attestation: [soc-2, iso-27001]", "attestation: soc-2"),
        ("allow_only:", "deny:"),
        ("from: [EEA]", "from: [EU]"),
        ("accept: [scc, adequacy]", "accept: [scc]"),
        ("reference: SCC-8", "reference: SCC-9"),
        ("penalty_usd_per_month: 12.5", "penalty_usd_per_month: 12.6"),
        ('isolation == "vm"', 'isolation != "vm"'),
        ("runs beside others", "runs beside"),
        ("{team: web}", "{team: shop}"),
        ("by: dpo", "by: ceo"),
        ("expires: 2027-01-31", "expires: 2027-02-01"),
        ("valid_from: 1973-01-01", "valid_from: 1973-01-02"),
        ("logs: {}", "logs: {sensitivity: public}"),
    ]
    texts = [EVERYTHING.replace(*change) for change in changes]
    assert all(text != EVERYTHING for text in texts)
    assert len({read(text).policies.digest for text in (EVERYTHING, *texts)}) == len(texts) + 1


def test_a_document_with_every_key_is_read_again_the_same() -> None:
    for text in (DESIGN, EVERYTHING):
        policies = read(text).policies
        assert read(json.dumps(to_document(policies))).policies == policies


def test_neither_layout_nor_letters_nor_numbers_change_the_digest() -> None:
    ways = [
        "policies:\n- {name: p, version: 1, when: {}, prefer: {place: [EU, europe], penalty_usd_per_month: 50}}\n",
        "# EU first\npolicies:\n- name: p\n  version: 1.0\n  when: {}\n  prefer:\n    penalty_usd_per_month: 50.0\n"
        "    place:\n    - Europe\n    - eu\n",
        '{"policies": [{"prefer": {"penalty_usd_per_month": 5e1, "place": ["eu", "EUROPE"]}, "when": {}, '
        '"version": 1, "name": "p"}], "groups": {}, "waivers": []}',
    ]
    assert len({read(way).policies.digest for way in ways}) == 1


def test_the_digest_names_its_method() -> None:
    found = read(DENY).policies.digest
    assert found.startswith("sha256:")
    assert len(found) == len("sha256:") + 64
    assert set(found[7:]) <= set("0123456789abcdef")


def test_the_digest_of_an_example_never_changes() -> None:
    """Stored decisions name the policies that they obeyed by it."""
    assert read(DESIGN).policies.digest == "sha256:ed376aa5841409f56b4d0034e70ad7912702cfbf53f53f405b2b5f0f88eef1b2"


def test_the_digest_of_a_set_does_not_depend_on_its_stored_digest() -> None:
    policies = read(DENY).policies
    assert digest(replace(policies, digest="sha256:0")) == policies.digest


def test_a_set_of_nothing_is_an_empty_document() -> None:
    assert to_document(PolicySet()) == {}
    assert read("{}").policies == canonical(PolicySet()) == parse_policies([], TODAY).policies


def test_the_words_of_the_file_are_used() -> None:
    policies = PolicySet(
        policies=(
            Policy(
                "b", 2, Effect.REQUIRE_TRANSFER_BASIS, terms=((Dimension.PLACE, ("EU",)),), accept=("scc", "adequacy")
            ),
            Policy(
                "a",
                1,
                Effect.PREFER,
                Selector(names=("web",), labels=(("team", ("x",)),)),
                ((Dimension.PLACE, ("DE",)),),
                penalty_usd_per_month=5.0,
            ),
        )
    )
    assert to_document(policies) == {
        "policies": [
            {
                "name": "a",
                "version": 1,
                "when": {"labels": {"team": ["x"]}, "workloads": ["web"]},
                "prefer": {"place": ["DE"], "penalty_usd_per_month": 5},
            },
            {
                "name": "b",
                "version": 2,
                "when": {},
                "require_transfer_basis": {"from": ["EU"], "accept": ["adequacy", "scc"]},
            },
        ]
    }


def test_a_whole_number_is_written_as_one() -> None:
    text = json.dumps(to_document(read(EVERYTHING.replace("12.5", "12.0")).policies))
    assert '"penalty_usd_per_month": 12}' in text


def test_policies_stand_in_the_order_of_their_names() -> None:
    names = [policy.name for policy in read(EVERYTHING).policies.policies]
    assert all(before < after for before, after in pairwise(names))
