"""All pages of the dashboard."""

from collections.abc import Callable
from datetime import datetime

from fastapi import FastAPI

from api.callers import Callers
from api.dashboard import assets, decisions, now, placing, policies, price_history, reports, sign_in, why
from api.dashboard import collections as collection_pages
from api.dashboard import market as market_pages
from api.dashboard.baselines import Baselines
from api.dashboard.pages import Pages
from api.database import Database
from api.deciding import Deciding
from api.jobs import Jobs
from api.market import Market


def add(
    app: FastAPI,
    pages: Pages,
    callers: Callers,
    market: Market,
    database: Database,
    jobs: Jobs,
    deciding: Deciding,
    baselines: Baselines,
    clock: Callable[[], datetime],
    max_body_bytes: int,
) -> None:
    """Add the paths to the app."""
    assets.add(app, pages.assets)
    sign_in.add(app, pages, callers)
    now.add(app, pages, market, database, baselines, clock)
    decisions.add(app, pages, database, clock)
    why.add(app, pages, jobs, database)
    placing.add(app, pages, deciding, jobs, max_body_bytes)
    market_pages.add(app, pages, market, database, clock)
    price_history.add(app, pages, database, clock)
    policies.add(app, pages, market, database, clock, max_body_bytes)
    collection_pages.add(app, pages, market, database, jobs, clock)
    reports.add(app, pages, database, clock)
