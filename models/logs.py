"""Log lines: text on a terminal, JSON elsewhere; ids, never contents or tokens."""

import logging
import re
import sys
from collections.abc import MutableMapping
from pathlib import Path
from traceback import extract_tb
from typing import Any

import structlog

_TOKEN = re.compile(r"/(?:file/)?bot[^/\s'\"]+")
"""Both platforms put the token into the URL's path."""


_LINK = re.compile(r"/u/[A-Za-z0-9_-]{20,}")
"""The secret of an upload link."""


def redact(text: str) -> str:
    return _LINK.sub("/u/<link>", _TOKEN.sub("/bot<token>", text))


def _redacted(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {key: redact(value) if isinstance(value, str) else value for key, value in event.items()}


def configure(form: str | None) -> None:
    """Called once by `main.py`. The HTTP clients log full URLs: they are silenced, and what is left is redacted."""
    for noisy in ("httpx", "httpcore", "aiohttp", "telegram", "alembic", "uvicorn"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a tick that is skipped because one runs is no news
    as_text = form == "text" or (form is None and sys.stderr.isatty())
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _redacted,
    ]
    last = (
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        if as_text
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    structlog.configure(
        processors=[*shared, last],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last]
        )
    )
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)


def reason(error: BaseException) -> str:
    """The kind of error and where in our code it arose: no word of what was being read."""
    steps = [step for step in extract_tb(error.__traceback__) if "site-packages" not in step.filename]
    place = f" at {Path(steps[-1].filename).name}:{steps[-1].lineno}" if steps else ""
    return f"{type(error).__name__}{place}"
