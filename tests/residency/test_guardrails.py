"""Conditions on a workload itself, written in CEL."""

from time import process_time
from typing import Any

import pytest

from placement.domain.policy import Guardrail, PolicySet, Selector, Waiver
from placement.residency.guardrails import Guardrails, check
from placement.residency.judge import judge
from placement.residency.subjects import subjects_of
from tests.builders import fleet, workload
from tests.residency.judging import CLASSES, FRANKFURT, REGIONS, TODAY, compiled, dataset, orders, web

IN_A_VM = "has(workload.isolation) && workload.isolation == 'vm'"
NON_ROOT = "pod.spec.securityContext.runAsNonRoot"


def guardrail(expression: str, **overrides: Any) -> Guardrail:
    fields: dict[str, Any] = {"name": "vm", "version": 2, "message": "untrusted code runs in a vm", "when": Selector()}
    return Guardrail(expression=expression, **(fields | overrides))


def observed(expression: str, document: dict[str, Any] | None, pod: dict[str, Any] | None = None) -> str:
    """What the only guardrail says against it; empty if nothing."""
    found = Guardrails([guardrail(expression)]).refusals(document, pod)
    return found[0].observed if found else ""


@pytest.mark.parametrize(
    "expression",
    [
        IN_A_VM,
        NON_ROOT,
        "workload.labels.team in ['a', 'b']",
        "pod.spec.containers.all(c, c.image.matches('^registry\\\\.example/[a-z]+@sha256:[0-9a-f]{64}$'))",
        "!has(workload.gpus) ||\n  workload.replicas <= 4",
        "true",
    ],
)
def test_a_sound_expression_has_nothing_wrong(expression: str) -> None:
    assert check(expression) is None


@pytest.mark.parametrize(
    ("expression", "complaint"),
    [
        ("workload.replicas >", "character 20: mismatched input 'the end'"),
        ("workload.a == 'b'\n&& && true", "line 2, character 4: extraneous input '&&'"),
        ("worklod.replicas > 1", "undeclared reference to 'worklod.replicas'; it may speak of workload and pod"),
        ("nosuch(workload)", "character 7: undeclared reference to 'nosuch'"),
        ("workload.replicas = 1", "character 19: token recognition error at: '= '"),
        ("size(workload.name)", "it must be true or false, but is of the type int"),
        ("'vm'", "it must be true or false, but is of the type string"),
        ("", "character 1: mismatched input 'the end'"),
        ("true && " * 300 + "true", "it has 2,404 characters, 2,000 at most are allowed"),
        ("(" * 100 + "true" + ")" * 100, "it is nested too deeply"),
        ("workload.l.map(x, x).size() > 0", "character 12: map is not allowed here; ask with all or exists"),
        ("[1].all(x, true)\n && workload.l.filter //\n (x, true) == []", "line 2, character 16: filter is not"),
        ("1+1+1+1+1+1+1+1+1+1 == 10", "it has '+' more than 8 times; make several guardrails of it"),
        ("workload.n in [" + ",".join("1" * 62) + "]", "it has ',' more than 60 times"),
        (" && ".join(["[1].all(x, x == 1)"] * 7), "it has more than 6 loops (all, exists)"),
    ],
)
def test_what_is_wrong_with_an_expression_is_told_with_its_place(expression: str, complaint: str) -> None:
    found = check(expression)
    assert found is not None
    assert complaint in found
    assert len(found) < 400


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        (IN_A_VM, ""),
        ("workload.replicas >= 2 && workload.labels.team == 'web'", ""),
        ("workload.resources.vcpus <= 4.0", ""),
        ("workload.isolation == 'container'", "it is false"),
        ("workload.spread.min_regions == 2", "there is no 'spread' in it, and what has its default may be left out"),
        ("workload.name > 1", "No matching overloads found"),
        ("workload.replicas", "it is no true or false, but int"),
        ("workload.name.matches('(')", "invalid"),
        ("workload.replicas / 0 == 1", "divide by zero"),
        ("workload.l.all(x, workload.l.all(y, x == y))", "Iteration budget exceeded"),
        ("workload.replicas +", "mismatched input"),
    ],
)
def test_a_guardrail_refuses_unless_it_is_true(expression: str, said: str) -> None:
    document = {
        "name": "web",
        "replicas": 2,
        "isolation": "vm",
        "labels": {"team": "web"},
        "resources": {"vcpus": 4},
        "l": ["same"] * 200,
    }
    found = observed(expression, document)
    assert said in found
    assert bool(said) == bool(found)


def test_a_document_that_no_expression_can_hold_is_refused() -> None:
    assert "out of range" in observed("workload.replicas == 1", {"replicas": 1, "huge": 2**70})


def test_the_reason_has_the_words_of_the_guardrail() -> None:
    (reason,) = Guardrails([guardrail(IN_A_VM)]).refusals({"name": "web"})
    assert (reason.code, reason.policy, reason.dimension) == ("guardrail", "vm@2", "workload")
    assert reason.required == "untrusted code runs in a vm"
    assert "a waiver of vm" in reason.fixable_by
    assert str(reason).startswith(f"vm@2: workload is refused by {IN_A_VM} (it is false), untrusted code runs")


def test_a_workload_is_refused_everywhere_and_a_dataset_never() -> None:
    rules = PolicySet(CLASSES, guardrails=(guardrail(IN_A_VM),))
    demand = fleet(workload("web"), workload("batch"), datasets=[dataset("orders")])
    documents = {"web": {"name": "web"}, "batch": {"name": "batch", "isolation": "vm"}}
    answer = compiled(rules, demand, documents=documents)
    assert not answer.mask("web").any()
    assert answer.mask("batch").all()
    assert answer.mask("orders").all()
    assert not answer.allowed[0].any()
    (rule,) = answer.rules("web")
    assert rule.words == "vm@2 asks of everything: untrusted code runs in a vm"
    assert not rule.mask.any()
    assert rule.mask.shape == (len(REGIONS),)
    assert answer.applied == ("vm@2",)
    assert [reason.code for reason in answer.reasons("web", 0)] == ["guardrail"]


def test_a_guardrail_is_about_what_its_selector_picks() -> None:
    rules = PolicySet(CLASSES, guardrails=(guardrail(IN_A_VM, when=Selector(classification=("pii",))),))
    documents = {"web": {"name": "web"}}
    assert not compiled(rules, web("pii"), documents=documents).mask("web").any()
    assert compiled(rules, web("logs"), documents=documents).mask("web").all()


def test_a_waiver_frees_a_workload_from_a_guardrail() -> None:
    waivers = (Waiver("vm", "web", "ciso", "SEC-1", TODAY),)
    rules = PolicySet(CLASSES, guardrails=(guardrail(IN_A_VM),), waivers=waivers)
    assert compiled(rules, web(), documents={"web": {"name": "web"}}).mask("web").all()


def test_a_workload_without_a_document_is_refused() -> None:
    rules = PolicySet(CLASSES, guardrails=(guardrail("true"),))
    (reason,) = compiled(rules, web()).reasons("web", 0)
    assert "there is no document of it" in reason.observed
    assert compiled(rules, orders()).mask("orders").all()


@pytest.mark.parametrize(
    ("pod", "said"),
    [
        ({"spec": {"securityContext": {"runAsNonRoot": True}}}, ""),
        ({"spec": {"securityContext": {"runAsNonRoot": False}}}, "it is false"),
        ({"spec": {}}, "there is no 'securityContext' in it"),
    ],
)
def test_a_pod_is_judged_in_a_cluster(pod: dict[str, Any], said: str) -> None:
    assert said in observed(NON_ROOT, None, pod)
    assert bool(said) == bool(observed(NON_ROOT, None, pod))


def test_a_guardrail_about_pods_is_left_to_the_cluster() -> None:
    assert observed(NON_ROOT, {"name": "web"}) == ""
    assert observed(f"{NON_ROOT} && {IN_A_VM}", {"name": "web"}) == ""


def test_a_guardrail_about_both_needs_both_in_a_cluster() -> None:
    pod = {"spec": {"securityContext": {"runAsNonRoot": True}}}
    assert observed(f"{NON_ROOT} && {IN_A_VM}", {"isolation": "vm"}, pod) == ""
    assert "it is false" in observed(f"{NON_ROOT} && {IN_A_VM}", {}, pod)
    assert observed(f"{NON_ROOT} && {IN_A_VM}", None, pod) != ""


def test_a_name_inside_a_loop_is_no_pod() -> None:
    assert observed("workload.names.all(pod, pod != 'x')", {"names": ["x"]}) != ""


def test_a_pod_in_a_webhook_is_judged_by_all_rules_at_once() -> None:
    rules = PolicySet(CLASSES, guardrails=(guardrail(NON_ROOT, name="non-root"),))
    (subject,) = subjects_of(fleet(workload("web", classification=("pii",), labels=(("team", "web"),))))
    pod = {"spec": {"securityContext": {"runAsNonRoot": False}}}
    (reason,) = judge(rules, subject, FRANKFURT, TODAY, pod=pod)
    assert (reason.code, reason.dimension) == ("guardrail", "pod")
    assert judge(rules, subject, FRANKFURT, TODAY) == ()


@pytest.mark.parametrize(
    "expression",
    [
        "[workload.name]" + ".all(s, [s + s]" * 5 + ".all(s, s == s)" + ")" * 5,
        "[[" + ",".join("1" * 8) + "]]" + ".all(s, [[s,s,s,s,s,s,s,s]]" * 5 + ".all(s, s == s)" + ")" * 5,
        "workload.l.all(a, workload.l.all(b, workload.l.all(c, a == b || b == c || a != c)))",
        "workload.name.matches('((a?){1000}){1000}$')",
        "'" + "a" * 1000 + "'.matches('(a*)*(a*)*(a*)*b')",
    ],
)
def test_a_costly_expression_ends_at_once(expression: str) -> None:
    began = process_time()
    observed(expression, {"name": "a" * 500, "l": ["x"] * 5_000})
    assert process_time() - began < 2
