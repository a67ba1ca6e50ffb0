"""Logs are lines of JSON on standard error, in UTC; those of libraries too, where the server is told to use them."""

import logging
import sys
from typing import Any, TextIO

import structlog
import structlog.tracebacks
from structlog.typing import FilteringBoundLogger, Processor

# Without local variables: they may hold what no log should.
_TRACEBACKS = structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False))
_SHARED: tuple[Processor, ...] = (
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
)


def logger(level: str, stream: TextIO | None = None) -> FilteringBoundLogger:
    """A logger of its own; nothing is set for the process as a whole."""
    return structlog.wrap_logger(  # type: ignore[no-any-return]
        structlog.WriteLogger(stream or sys.stderr),
        processors=[*_SHARED, _TRACEBACKS, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(level),
    )


def json_formatter(**_: Any) -> logging.Formatter:
    """For `logging`: the lines of libraries in the same form."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*_SHARED, structlog.stdlib.add_logger_name],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            _TRACEBACKS,
            structlog.processors.JSONRenderer(),
        ],
    )
