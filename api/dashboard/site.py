"""All pages of the dashboard."""

from collections.abc import Callable
from datetime import datetime

from fastapi import FastAPI

from api.callers import Callers
from api.dashboard import assets, now, sign_in
from api.dashboard.baselines import Baselines
from api.dashboard.pages import Pages
from api.database import Database
from api.market import Market


def add(
    app: FastAPI,
    pages: Pages,
    callers: Callers,
    market: Market,
    database: Database,
    baselines: Baselines,
    clock: Callable[[], datetime],
) -> None:
    """Add the paths to the app."""
    assets.add(app, pages.assets)
    sign_in.add(app, pages, callers)
    now.add(app, pages, market, database, baselines, clock)
