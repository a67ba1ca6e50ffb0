"""The composition root: here, and nowhere else, concrete things meet. Nothing happens on import."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext, suppress
from datetime import UTC, datetime
from importlib.metadata import version

from fastapi import FastAPI

from api import logs, openapi, problems
from api.access import Access
from api.callers import Callers
from api.cluster import ClusterFollower
from api.dashboard import site
from api.dashboard.assets import read_assets
from api.dashboard.baselines import Baselines
from api.dashboard.pages import Pages
from api.dashboard.problem_page import answering
from api.database import Database
from api.deciding import Deciding
from api.exchange import Exchange
from api.jobs import Jobs
from api.keyring import Keyring
from api.limits import Limits
from api.market import Market
from api.metrics import ClusterCollector, MarketCollector, QueueCollector, Requests, registry_of_process
from api.oidc import Oidc
from api.rates import Rates
from api.routers import (
    audit,
    catalog,
    collections,
    decision_events,
    decision_questions,
    decisions,
    egress,
    fleets,
    health,
    kubernetes_admission,
    kubernetes_scheduler,
    metrics,
    moves,
    offerings,
    policies,
    policy_check,
    prices,
    quotes,
    regions,
    reports,
)
from api.routers import problems as problem_types
from api.settings import Settings, from_environment
from placement.domain.errors import StoreError
from placement.jobs.work import Work

_DESCRIPTION = "The cheapest lawful place to run containers, across AWS, Azure, GCP and on-premises, with proof."


def _now() -> datetime:
    return datetime.now(UTC)


def create_app(settings: Settings | None = None, *, clock: Callable[[], datetime] = _now) -> FastAPI:
    """The service, set by `settings` or else by the environment; raises BadSettings.

    It reaches for its database when it is started, and starts without one.
    """
    settings = settings or from_environment()
    log = logs.logger(settings.log_level)
    database = Database(settings.database_url.get_secret_value())
    market = Market(database, settings.catalog_poll_s, clock, log)
    keyring = Keyring(database, clock)
    issuers = settings.oidc or settings.oidc_file
    oidc = Oidc(issuers, clock, log) if issuers else None
    rates = Rates(settings.rate_limit, settings.decide_rate_limit, settings.guess_rate_limit, clock)
    callers = Callers(keyring, oidc, rates)
    work = Work(
        settings.database_url.get_secret_value(),
        settings.solvers,
        settings.collect,
        settings.report_to,
        settings.report_every,
        settings.report_formats,
        dead_after_s=settings.worker_silence_s,
    )
    jobs = Jobs(
        work,
        worker=settings.worker,
        database=database,
        log=log,
        solver_at_start=settings.solver_at_start,
    )
    baselines = Baselines(jobs, log)
    pages = Pages(read_assets(), clock)
    cluster = None
    if settings.kubernetes is not None:
        policies_of = settings.kubernetes_policies
        cluster = ClusterFollower(
            settings.kubernetes,
            policies_of,
            market,
            database,
            settings.catalog_poll_s,
            clock,
            log,
            must_be_classified=settings.kubernetes_classification == "required",
        )
    registry = registry_of_process()
    registry.register(MarketCollector(market, clock))
    registry.register(QueueCollector(jobs))
    if cluster is not None:
        registry.register(ClusterCollector(cluster.scheduler))

    @asynccontextmanager
    async def running(_: FastAPI) -> AsyncIterator[None]:
        async with market.following():
            # So that it is known while the database is away.
            with suppress(StoreError):
                await keyring.is_used()
            async with jobs.running(), cluster.following() if cluster else nullcontext():
                yield
                await baselines.close()
        if oidc is not None:
            await oidc.close()
        database.close()

    app = FastAPI(
        title="placement",
        version=version("cloud-placement"),
        description=_DESCRIPTION,
        lifespan=running,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    deciding = Deciding(market, database, clock)
    decisions.add(app, deciding, jobs, database, clock, settings.max_body_bytes, settings.request_timeout_s)
    decision_questions.add(app, jobs, database)
    decision_events.add(app, jobs, database)
    policies.add(app, market, database, clock, settings.max_body_bytes)
    policy_check.add(app, market, database, clock, settings.max_body_bytes)
    audit.add(app, database)
    fleets.add(app, database, clock, settings.max_body_bytes)
    moves.add(app, market, jobs, database, clock)
    quotes.add(app, market, database, clock)
    offerings.add(app, market)
    prices.add(app, database, clock)
    egress.add(app, market)
    regions.add(app, market)
    catalog.add(app, market, clock)
    collections.add(app, database, jobs, clock)
    reports.add(app, jobs, clock)
    health.add(app, market, cluster, settings.max_catalog_age_s, clock)
    if cluster is not None:
        kubernetes_scheduler.add(app, cluster.scheduler, settings.max_body_bytes)
        if settings.kubernetes_admission:
            kubernetes_admission.add(app, cluster.admission, settings.max_body_bytes)
    metrics.add(app, registry)
    problem_types.add(app)
    site.add(app, pages, callers, market, database, jobs, deciding, baselines, clock, settings.max_body_bytes)
    openapi.describe(app, bodies=(quotes.QuoteBody,))
    problems.install(app, answering(pages))
    # The last that is added is the outermost.
    app.add_middleware(Limits, max_body_bytes=settings.max_body_bytes, timeout_s=settings.request_timeout_s)
    app.add_middleware(
        Access,
        callers=callers,
        rates=rates,
        by_certificate=bool(settings.tls_client_ca),
        admission=settings.kubernetes_admission,
    )
    app.add_middleware(Exchange, log=log, requests=Requests(registry), answering=answering(pages))
    return app
