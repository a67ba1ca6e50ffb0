import pytest

from placement.kubernetes.quantities import number_of


@pytest.mark.parametrize(
    ("written", "means"),
    [
        ("2", 2),
        (3, 3),
        ("1500m", 1.5),
        ("0.5", 0.5),
        (".5", 0.5),
        ("2.", 2),
        ("+1", 1),
        ("4Gi", 4 * 1024**3),
        ("0.5Ki", 512),
        ("1k", 1000),
        ("12E", 12e18),
        ("12e2", 1200),
        ("1E3", 1000),
        ("1e-2", 0.01),
        ("5u", 5e-6),
    ],
)
def test_quantities_mean_what_kubernetes_says(written: str | int, means: float) -> None:
    assert number_of(written) == pytest.approx(means, rel=1e-12)


@pytest.mark.parametrize("written", ["", "abc", "1 Gi", "1gi", "1mm", "1e400", "0x10", "1e", "--1", "1_000", "٣"])
def test_what_is_no_quantity_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="is no quantity"):
        number_of(written)


def test_there_is_no_negative_quantity() -> None:
    with pytest.raises(ValueError, match="that can be had"):
        number_of("-1")
