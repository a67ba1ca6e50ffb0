"""What holds of any policies, regions and fleets."""

from collections import Counter
from dataclasses import replace
from random import Random

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from placement.domain.fleet import Fleet
from placement.domain.policy import Effect, PolicySet
from placement.residency.activities import ACTIVITIES
from placement.residency.admissible import Admissible
from placement.residency.evaluation import Evaluation
from placement.residency.inheritance import inherit
from placement.residency.judge import Judge, judge
from placement.residency.subjects import as_if, subjects_of
from tests.residency.judging import TODAY
from tests.residency.random_policies import (
    random_documents,
    random_fleet,
    random_flow,
    random_policies,
    random_policy,
    random_regions,
)

# Draws by Hypothesis seek extremes and shrink; true ones are as likely as they look.
RANDOM = st.integers(0, 3).flatmap(lambda kind: st.randoms(use_true_random=kind > 0))
SLOW = list(HealthCheck)


class World:
    """A fleet under policies."""

    def __init__(self, draw: Random) -> None:
        self.draw = draw
        self.fleet = random_fleet(draw)
        self.regions = random_regions(draw)
        self.policies = random_policies(draw, self.fleet)
        self.documents = random_documents(draw, self.fleet)

    def compiled(self, policies: PolicySet | None = None, demand: Fleet | None = None) -> Admissible:
        evaluation = Evaluation(policies or self.policies, self.regions, TODAY)
        return evaluation.compiled(demand or self.fleet, self.documents)


def check_masks_against_judge(world: World) -> None:
    compiled = world.compiled()
    for subject in subjects_of(world.fleet):
        mask = compiled.mask(subject.name)
        for index, region in enumerate(world.regions):
            reasons = judge(world.policies, subject, region, TODAY, world.documents.get(subject.name))
            assert bool(mask[index]) == (not reasons)
            assert compiled.reasons(subject.name, index) == reasons
            assert all(str(reason) and reason.fixable_by for reason in reasons)


@settings(max_examples=120, suppress_health_check=SLOW)
@given(RANDOM)
def test_the_masks_say_what_judging_one_by_one_says(draw: Random) -> None:
    check_masks_against_judge(World(draw))


@pytest.mark.long
@settings(max_examples=3000, suppress_health_check=SLOW)
@given(RANDOM)
def test_the_masks_say_what_judging_one_by_one_says_in_thousands_of_worlds(draw: Random) -> None:
    check_masks_against_judge(World(draw))


@settings(max_examples=50, suppress_health_check=SLOW)
@given(RANDOM)
def test_each_activity_is_allowed_as_judged_for_itself(draw: Random) -> None:
    world = World(draw)
    world.policies = replace(world.policies, guardrails=())
    compiled, alone = world.compiled(), Judge(world.policies, TODAY)
    for row, subject in enumerate(subjects_of(world.fleet)):
        for column, region in enumerate(world.regions):
            for a, activity in enumerate(ACTIVITIES):
                assert compiled.allowed[row, column, a] == (not alone.reasons(as_if(subject, activity), region))


@settings(max_examples=50, suppress_health_check=SLOW)
@given(RANDOM)
def test_a_region_must_pass_every_activity_that_is_done(draw: Random) -> None:
    world = World(draw)
    compiled = world.compiled()
    for row, subject in enumerate(subjects_of(world.fleet)):
        done = [ACTIVITIES.index(activity) for activity, _ in subject.does]
        assert (compiled.allowed[row, :, done].all(axis=0) == compiled.mask(subject.name)).all()


@settings(max_examples=80, suppress_health_check=SLOW)
@given(RANDOM)
def test_the_mask_is_what_all_rules_admit(draw: Random) -> None:
    world = World(draw)
    compiled = world.compiled()
    for name in compiled.subjects:
        rules = compiled.rules(name)
        for index in range(len(world.regions)):
            assert all(rule.mask[index] for rule in rules) == compiled.mask(name)[index]
            refusing = {rule.policy for rule in rules if not rule.mask[index]}
            assert {reason.policy for reason in compiled.reasons(name, index)} == refusing
        assert not any(rule.mask.all() for rule in rules)


@settings(max_examples=80, suppress_health_check=SLOW)
@given(RANDOM)
def test_one_more_policy_never_admits_more(draw: Random) -> None:
    world = World(draw)
    more = random_policy(draw, world.fleet)
    with_more = replace(world.policies, policies=(*world.policies.policies, more))
    before, after = world.compiled(), world.compiled(with_more)
    for name in before.subjects:
        assert not (after.mask(name) & ~before.mask(name)).any()
        if more.effect in (Effect.PREFER, Effect.REQUIRE_COPY_IN):
            assert (after.mask(name) == before.mask(name)).all()
    assert not (after.allowed & ~before.allowed).any()


@settings(max_examples=80, suppress_health_check=SLOW)
@given(RANDOM)
def test_one_more_flow_takes_no_class_away_and_admits_no_more(draw: Random) -> None:
    world = World(draw)
    names = [fact.name for fact in world.fleet.workloads] + [fact.name for fact in world.fleet.datasets]
    flow = random_flow(draw, names)
    more = replace(world.fleet, flows=(*world.fleet.flows, flow)) if flow else world.fleet
    before, after = inherit(world.fleet).classes, inherit(more).classes
    assert all(before[name] <= after[name] for name in names)
    old, new = world.compiled(), world.compiled(demand=more)
    assert all(not (new.mask(name) & ~old.mask(name)).any() for name in names)


@settings(max_examples=60, suppress_health_check=SLOW)
@given(RANDOM)
def test_the_order_in_which_things_are_written_does_not_matter(draw: Random) -> None:
    world = World(draw)

    def shuffled(things: tuple) -> tuple:  # type: ignore[type-arg]
        return tuple(draw.sample(things, len(things)))

    policies = world.policies
    other = PolicySet(
        classes=shuffled(policies.classes),
        policies=tuple(
            replace(policy, activities=shuffled(policy.activities), documents=shuffled(policy.documents))
            for policy in shuffled(policies.policies)
        ),
        guardrails=shuffled(policies.guardrails),
        waivers=shuffled(policies.waivers),
        groups=tuple((name, shuffled(members)) for name, members in shuffled(policies.groups)),
    )
    demand = replace(
        world.fleet,
        flows=shuffled(world.fleet.flows),
        workloads=tuple(replace(w, classification=shuffled(w.classification)) for w in world.fleet.workloads),
    )
    one, two = world.compiled(), world.compiled(other, demand)
    assert one.applied == two.applied
    for name in one.subjects:
        assert (one.mask(name) == two.mask(name)).all()
        assert dict(one.classes(name)) == dict(two.classes(name))
        assert [rule.policy for rule in one.rules(name)] == [rule.policy for rule in two.rules(name)]
        assert [copy.policy for copy in one.copies(name)] == [copy.policy for copy in two.copies(name)]
        assert np.array_equal(one.penalty_usd(name), two.penalty_usd(name))  # type: ignore[arg-type]
        for index in range(len(world.regions)):
            assert one.reasons(name, index) == two.reasons(name, index)


@given(RANDOM)
def test_no_policies_admit_everything(draw: Random) -> None:
    world = World(draw)
    compiled = world.compiled(PolicySet())
    assert compiled.allowed.all()
    assert compiled.applied == ()
    for name in compiled.subjects:
        assert compiled.mask(name).all()
        assert compiled.rules(name) == compiled.copies(name) == []
        assert compiled.penalty_usd(name) is None


def test_the_random_worlds_have_every_effect_and_code_in_play() -> None:
    effects: Counter[str] = Counter()
    codes: Counter[str] = Counter()
    admitted = pairs = inherited = 0
    for seed in range(300):
        world = World(Random(seed))
        compiled = world.compiled()
        in_force = compiled.rules_in_force[: len(compiled.policies)].any(axis=1)
        effects.update(compiled.policies[row].effect.value for row in np.flatnonzero(in_force).tolist())
        for name in compiled.subjects:
            for index in range(len(world.regions)):
                reasons = compiled.reasons(name, index)
                codes.update({reason.code for reason in reasons})
                inherited += any(reason.via for reason in reasons)
                admitted, pairs = admitted + (not reasons), pairs + 1
    assert set(effects) == {effect.value for effect in Effect}
    assert set(codes) == {"denied", "not_allowed", "missing", "no_transfer_basis", "unknown", "guardrail"}
    assert inherited > 100
    assert 0.2 < admitted / pairs < 0.8
