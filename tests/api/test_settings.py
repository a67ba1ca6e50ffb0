from typing import Any

import pytest

from api.app import create_app
from api.settings import BadSettings, Settings, from_environment


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("PLACEMENT_PORT", "many", "valid integer"),
        ("PLACEMENT_PORT", "65536", "less than or equal to 65535"),
        ("PLACEMENT_MAX_BODY_BYTES", "10", "greater than or equal to 1000"),
        ("PLACEMENT_REQUEST_TIMEOUT_S", "0", "greater than 0"),
        ("PLACEMENT_REQUEST_TIMEOUT_S", "nan", "must be"),
        ("PLACEMENT_CATALOG_POLL_S", "-1", "greater than"),
        ("PLACEMENT_MAX_CATALOG_AGE_S", "old", "valid number"),
        ("PLACEMENT_LOG_LEVEL", "loud", "'debug'"),
    ],
)
def test_a_bad_value_is_one_error_that_names_its_variable(
    variable: str, value: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(BadSettings) as refused:
        create_app()
    assert str(refused.value).startswith(f"{variable}: ")
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


def test_all_bad_values_are_told_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLACEMENT_PORT", "many")
    monkeypatch.setenv("PLACEMENT_LOG_LEVEL", "loud")
    with pytest.raises(BadSettings, match=r"PLACEMENT_PORT: .*; PLACEMENT_LOG_LEVEL: "):
        from_environment()


@pytest.mark.parametrize(
    ("variable", "value", "field", "meaning"),
    [
        ("PLACEMENT_PORT", "0", "port", 0),
        ("PLACEMENT_HOST", "::1", "host", "::1"),
        ("PLACEMENT_HOST", "", "host", "127.0.0.1"),
        ("PLACEMENT_MAX_CATALOG_AGE_S", "3600", "max_catalog_age_s", 3600.0),
        ("PLACEMENT_LOG_LEVEL", "DEBUG", "log_level", "debug"),
        ("PLACEMENT_DEBUG", "1", "port", 8080),
    ],
)
def test_the_environment_sets(
    variable: str, value: str, field: str, meaning: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    assert getattr(from_environment(), field) == meaning


def test_the_password_of_the_database_is_not_shown() -> None:
    assert "s3cret" not in repr(Settings(database_url="postgresql://me:s3cret@127.0.0.1/prices"))  # type: ignore[arg-type]
