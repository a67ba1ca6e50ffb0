"""Everything that can be set stands here; the environment sets it, each variable named PLACEMENT_ and the field."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from placement.domain.errors import BadInput

_PREFIX = "PLACEMENT_"


class BadSettings(BadInput):
    """The environment sets something that cannot be."""


class Settings(BaseSettings):
    """How one process of the service is set."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX, env_ignore_empty=True, extra="ignore", frozen=True)

    database_url: SecretStr = SecretStr("sqlite:///placement.db")
    """`sqlite:///FILE` or `postgresql://USER:PASSWORD@HOST/DATABASE`."""
    host: str = "127.0.0.1"
    """Another than a loopback address needs keys."""
    port: Annotated[int, Field(ge=0, le=65_535)] = 8080
    """0: any that is free."""
    max_body_bytes: Annotated[int, Field(ge=1_000, le=1_000_000_000)] = 5_000_000
    """Of a request's body."""
    request_timeout_s: Annotated[float, Field(gt=0, le=3_600)] = 30.0
    """From a request's first line to the start of its answer, the time its body takes included."""
    catalog_poll_s: Annotated[float, Field(ge=0.05, le=3_600)] = 1.0
    """How often the store is asked for a newer catalog."""
    max_catalog_age_s: Annotated[float, Field(gt=0)] | None = None
    """Since the newest collection; with an older catalog the service is not ready. None: any age will do."""
    log_level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(str.lower)] = "info"


def from_environment() -> Settings:
    """The settings that the environment names; raises BadSettings, naming each variable that is wrong."""
    try:
        return Settings()
    except ValidationError as error:
        # The values are not shown: one of them may be a password.
        wrong = [f"{_PREFIX}{str(e['loc'][0]).upper()}: {_words(e['msg'])}" for e in error.errors(include_input=False)]
        raise BadSettings("; ".join(wrong)) from None


def _words(message: str) -> str:
    return message.removeprefix("Value error, ").replace("Input should be", "must be")
