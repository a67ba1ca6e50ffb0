"""Everything that can be set stands here; the environment sets it, each variable named PLACEMENT_ and the field."""

import os
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from limits import RateLimitItem, parse
from pydantic import BeforeValidator, Field, InstanceOf, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from api.oidc_issuers import Issuer
from api.oidc_settings import issuers_in_file, issuers_in_text
from api.rates import limit_of
from placement.domain.errors import BadInput
from placement.kubernetes.access import ClusterAccess, in_cluster
from placement.kubernetes.kubeconfig import from_kubeconfig

_PREFIX = "PLACEMENT_"


class BadSettings(BadInput):
    """The environment sets something that cannot be."""


def _cluster_of(given: object) -> object:
    """What is no text is none of it."""
    if not isinstance(given, str):
        return given
    try:
        return in_cluster(os.environ) if given == "in-cluster" else from_kubeconfig(Path(given))
    except BadInput as error:
        raise ValueError(str(error)) from None


_Rate: TypeAlias = Annotated[InstanceOf[RateLimitItem] | None, BeforeValidator(limit_of)]
_Issuers: TypeAlias = tuple[InstanceOf[Issuer], ...]
_Cluster: TypeAlias = Annotated[InstanceOf[ClusterAccess] | None, NoDecode, BeforeValidator(_cluster_of)]


def _words_of(given: object) -> object:
    return tuple(word.strip() for word in given.split(",") if word.strip()) if isinstance(given, str) else given


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
    rate_limit: _Rate = parse("6000/minute")
    """For each key or token of a service that has any; `off`: none. Each process counts by itself."""
    decide_rate_limit: _Rate = parse("120/minute")
    """For each as well: questions that the optimizer is run for."""
    guess_rate_limit: _Rate = parse("60/minute")
    """For each address: keys and tokens that open nothing."""
    oidc: Annotated[_Issuers, NoDecode, BeforeValidator(issuers_in_text)] = ()
    """Issuers whose tokens are taken as keys, in JSON or YAML: see `oidc_settings`."""
    oidc_file: Annotated[_Issuers, NoDecode, BeforeValidator(issuers_in_file)] = ()
    """A file of the same."""
    worker: bool = True
    """Whether this process works on jobs, too; otherwise `placement worker` does, elsewhere."""
    solvers: Annotated[int, Field(ge=1, le=256)] = max(1, (os.cpu_count() or 1) // 2)
    """Processes of a worker that solve, each with the catalog in its own memory."""
    solver_at_start: bool = True
    """Whether a service without a worker starts its solver, for questions about decisions, before the first of them."""
    collect: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_words_of)] = ()
    """Providers and sources that the workers collect when they are due, divided by commas; none, if empty."""
    report_to: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_words_of)] = ()
    """Where the workers deliver reports: `folder:PATH`, `https://...` and `smtp://...`, divided by commas."""
    report_every: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_words_of)] = ("month",)
    """`month`, `week` or both, divided by commas."""
    report_formats: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_words_of)] = ("html", "xlsx")
    """Of the files in folders and mails."""
    worker_silence_s: Annotated[float, Field(ge=1, le=3_600)] = 15.0
    """A worker that is silent for so long is dead: others take over its jobs."""
    tls_client_ca: str = ""
    """Authorities of whose certificates a client must have one to get a connection, as `placement serve` was told."""
    kubernetes: _Cluster = None
    """The cluster whose scheduler is answered: `in-cluster`, or a kubeconfig file. None: no scheduler is."""
    kubernetes_policies: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_words_of)] = ()
    """Names of the stored policies that hold for the cluster, divided by commas; all, if empty."""
    kubernetes_admission: bool = False
    """Whether what may be kept in the cluster is answered, to whoever reaches the service: API servers show no key."""
    kubernetes_classification: Literal["optional", "required"] = "optional"
    """Whether every pod, or its namespace, must say of which class its data are."""
    log_level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(str.lower)] = "info"

    @model_validator(mode="after")
    def _named_once(self) -> "Settings":
        if self.oidc and self.oidc_file:
            raise ValueError(f"{_PREFIX}OIDC and {_PREFIX}OIDC_FILE are both set; one of them is right")
        if self.kubernetes_admission and self.kubernetes is None:
            raise ValueError(f"{_PREFIX}KUBERNETES_ADMISSION is set without a cluster; name it in {_PREFIX}KUBERNETES")
        return self


def from_environment() -> Settings:
    """The settings that the environment names; raises BadSettings, naming each variable that is wrong."""
    try:
        return Settings()
    except ValidationError as error:
        # The values are not shown: one of them may be a password.
        wrong = [f"{_variable(e['loc'])}{_words(e['msg'])}" for e in error.errors(include_input=False)]
        raise BadSettings("; ".join(wrong)) from None


def _variable(location: tuple[int | str, ...]) -> str:
    return f"{_PREFIX}{str(location[0]).upper()}: " if location else ""


def _words(message: str) -> str:
    return message.removeprefix("Value error, ").replace("Input should be", "must be")
