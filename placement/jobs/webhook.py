"""Webhooks are posted to with httpx, here and nowhere else among the jobs."""

from collections.abc import Mapping
from typing import Any

import httpx

from placement.jobs.targets import Undelivered

_TIMEOUT_S = 20.0


def post(url: str, document: Mapping[str, Any], key: str) -> None:
    """Post JSON; raises Undelivered unless the answer is 2xx. The URL is not shown."""
    try:
        answer = httpx.post(url, json=document, headers={"Idempotency-Key": key}, timeout=_TIMEOUT_S)
    except (httpx.HTTPError, httpx.InvalidURL) as failure:
        raise Undelivered(f"the webhook cannot be reached: {type(failure).__name__}") from None
    if not answer.is_success:
        raise Undelivered(f"the webhook answered {answer.status_code}")
