"""Logging: one line an event, static message, values as fields, personal data only under ``pii.``."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO, cast

import structlog

_PLAIN = re.compile(r"[^ \t=\r\n\"']*")


def set_up_logging(process: str, *, log_format: str = "text", level: str = "INFO") -> None:
    """Route structlog and the standard library's loggers to stdout, as text or as JSON lines."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=True, pad_event_to=0)
        if sys.stdout.isatty()
        else plain_line
    )
    out = cast(TextIO, _Stdout())
    structlog.configure(
        processors=[*shared, renderer],
        logger_factory=structlog.WriteLoggerFactory(out),
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level)),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    structlog.contextvars.bind_contextvars(process=process)


class _Stdout:
    """Standard output as it is when a line is written: who replaces it and closes his own must not stop a part."""

    @staticmethod
    def write(text: str) -> int:
        return sys.stdout.write(text)

    @staticmethod
    def flush() -> None:
        sys.stdout.flush()


def plain_line(_: object, __: str, entry: MutableMapping[str, Any]) -> str:
    """What ``ConsoleRenderer`` writes without colours, at a sixth of its cost: a busy writer writes many."""
    first = f"{entry.pop('timestamp', '')} [{entry.pop('level', ''):<9}] {entry.pop('event', '')}"
    trace = entry.pop("exception", None)
    words = [first, *(f"{name}={_quoted(entry[name])}" for name in sorted(entry))]
    return " ".join(words) if trace is None else f"{' '.join(words)}\n{trace}"


def _quoted(value: object) -> str:
    return value if isinstance(value, str) and _PLAIN.fullmatch(value) else repr(value)


def logger(name: str) -> structlog.typing.FilteringBoundLogger:
    """A logger; write ``log.info("static message", interaction_id=…, **{"pii.number": …})``."""
    return structlog.get_logger(module=name)  # type: ignore[no-any-return]
