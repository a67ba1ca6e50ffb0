"""GET /metrics: the metrics in the text format of Prometheus."""

from fastapi import FastAPI
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from starlette.responses import PlainTextResponse, Response

from api.openapi import OF_KEYS, documented


def add(app: FastAPI, registry: CollectorRegistry) -> None:
    """Add the path to the app."""

    @app.get(
        "/metrics", response_class=PlainTextResponse, responses=documented(*OF_KEYS, data=False), tags=["operation"]
    )
    def metrics() -> Response:
        """Requests by route and status, the catalog's version and age, the process."""
        return Response(generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})
