"""Random sets of policies that files may hold."""

from hypothesis import strategies as st

from placement.domain.policy import (
    Activity,
    DataClass,
    Dimension,
    Effect,
    GroupMember,
    Guardrail,
    Policy,
    PolicySet,
    Selector,
    TransferDocument,
    Waiver,
)

LETTERS = st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp"), exclude_characters="\ufeff@")
TEXTS = st.one_of(
    st.sampled_from(["no", "null", "~", "1", "1.5", "- a", "<<", "*a", "a: b", "#x", "'", '"', "2026-01-01", "EU"]),
    st.text(LETTERS, min_size=1, max_size=12).map(str.strip).filter(bool),
)
COUNTRIES = st.sampled_from(["DE", "FR", "NO", "US", "RU", "EU", "EEA", "lands"])
PLACES = st.sampled_from(
    ["DE", "NO", "CA-QC", "EU", "europe", "aws", "aws-us-gov", "aws:eu-*", "*:us-*", "cellar:rack-1", "lands", "wide"]
)
EXPRESSIONS = st.sampled_from(
    ['workload.isolation == "vm"', "true", "has(workload.labels) &&\n  workload.replicas > 1", "1 < 2 || 'a' in ['a']"]
)
DIMENSIONS = {
    Dimension.PLACE: PLACES,
    Dimension.PROVIDER: st.sampled_from(["aws", "gcp", "onprem"]),
    Dimension.PARTITION: st.sampled_from(["aws", "aws-us-gov", "aws-eusc"]),
    Dimension.OPERATOR: TEXTS,
    Dimension.OPERATOR_COUNTRY: COUNTRIES,
    Dimension.PARENT_COUNTRY: COUNTRIES,
    Dimension.ATTESTATION: TEXTS,
}
DAYS = st.none() | st.dates()


def some(texts: st.SearchStrategy[str], least: int = 0) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(texts, min_size=least, max_size=3, unique=True).map(tuple)


@st.composite
def validity(draw: st.DrawFn) -> dict[str, object]:
    since, until = draw(DAYS), draw(DAYS)
    if since is not None and until is not None and until < since:
        since, until = until, since
    return {"valid_from": since, "valid_to": until}


@st.composite
def selectors(draw: st.DrawFn, classes: list[str]) -> Selector:
    labels = draw(st.dictionaries(TEXTS, some(TEXTS, 1), max_size=2))
    return Selector(
        classification=draw(some(st.sampled_from(classes))) if classes else (),
        categories=draw(some(TEXTS)),
        subjects=draw(some(COUNTRIES)),
        sensitivity=draw(st.sampled_from([None, "public", "internal", "confidential", "restricted"])),
        labels=tuple(labels.items()),
        names=draw(some(TEXTS)),
    )


@st.composite
def documents(draw: st.DrawFn) -> TransferDocument:
    basis = draw(st.sampled_from(["scc", "bcr", "derogation", "assessment"]))
    return TransferDocument(basis, draw(some(PLACES, 1)), draw(TEXTS), **draw(validity()))  # type: ignore[arg-type]


@st.composite
def policies(draw: st.DrawFn, name: str, classes: list[str]) -> Policy:
    effect = draw(st.sampled_from(Effect))
    extra: dict[str, object] = {}
    dimensions = list(Dimension)
    if effect in (Effect.REQUIRE_COPY_IN, Effect.REQUIRE_TRANSFER_BASIS):
        dimensions = [Dimension.PLACE]
    elif effect is not Effect.REQUIRE:
        dimensions.remove(Dimension.ATTESTATION)
    least = 0 if effect is Effect.REQUIRE_TRANSFER_BASIS else 1
    asked = draw(st.lists(st.sampled_from(dimensions), min_size=least, max_size=3, unique=True))
    if effect is Effect.PREFER:
        extra["penalty_usd_per_month"] = draw(st.floats(0.01, 1e9) | st.integers(1, 10**9).map(float))
    if effect is Effect.REQUIRE_TRANSFER_BASIS:
        extra["accept"] = draw(some(st.sampled_from(["adequacy", "scc", "bcr", "derogation", "assessment"]), 1))
        extra["documents"] = tuple(draw(st.lists(documents(), max_size=2, unique=True)))
    return Policy(
        name,
        draw(st.integers(1, 10**9)),
        effect,
        draw(selectors(classes)),
        tuple((dimension, draw(some(DIMENSIONS[dimension], 1))) for dimension in asked),
        tuple(draw(st.lists(st.sampled_from(Activity), max_size=3, unique=True))),
        draw(st.just("") | TEXTS),
        **(draw(validity()) | extra),  # type: ignore[arg-type]
    )


@st.composite
def groups(draw: st.DrawFn, name: str, places: st.SearchStrategy[str]) -> tuple[str, tuple[GroupMember, ...]]:
    member = st.builds(lambda place, valid: GroupMember(place, **valid), places, validity())
    return name, tuple(draw(st.lists(member, min_size=1, max_size=4, unique=True)))


@st.composite
def policy_sets(draw: st.DrawFn) -> PolicySet:
    """With the groups `lands`, of countries, and `wide`, of any places."""
    classes = draw(st.lists(TEXTS, max_size=3, unique=True))
    names = draw(st.lists(TEXTS, max_size=5, unique=True))
    split = draw(st.integers(0, len(names)))
    guardrails = [
        Guardrail(name, draw(st.integers(1, 99)), draw(EXPRESSIONS), draw(TEXTS), draw(selectors(classes)))
        for name in names[split:]
    ]
    waiver = st.builds(Waiver, st.sampled_from(names or ["-"]), TEXTS, TEXTS, TEXTS, st.dates())
    return PolicySet(
        classes=tuple(
            DataClass(
                name,
                draw(st.sampled_from(["public", "internal", "confidential", "restricted"])),
                draw(some(TEXTS)),
                draw(some(COUNTRIES)),
            )
            for name in classes
        ),
        policies=tuple(draw(policies(name, classes)) for name in names[:split]),
        guardrails=tuple(guardrails),
        waivers=tuple(draw(st.lists(waiver, max_size=3 if names else 0, unique=True))),
        groups=(
            draw(groups("wide", PLACES.filter(lambda word: word != "wide"))),
            draw(groups("lands", COUNTRIES.filter(lambda word: word != "lands"))),
        ),
    )
