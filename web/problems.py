"""Errors as ``Problem`` bodies: a code for programs, words for people, nothing of our insides."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from redis.exceptions import RedisError
from sqlalchemy.exc import DataError, IntegrityError, ProgrammingError
from starlette.exceptions import HTTPException

from agent_desk.bodies import Problem
from agent_desk.outages import OUTAGES
from core.errors import HotlineError
from core.logs import logger

log = logger(__name__)

_CODES = {404: "route.unknown", 405: "route.method", 413: "body.too_large", 400: "request.bad"}


def problem(status: int, code: str, message: str, **details: Any) -> Response:
    """The answer for a refusal or a failure."""
    body = Problem(code=code, message=message, details=details).model_dump_json()
    headers = {"Cache-Control": "no-store"}
    if "retry_after_seconds" in details:
        headers["Retry-After"] = str(int(details["retry_after_seconds"]))
    return Response(body, status, headers, media_type="application/json")


async def _ours(_request: Request, error: HotlineError) -> Response:
    return problem(error.status, error.code, error.message, **error.details)


async def _invalid(_request: Request, error: RequestValidationError) -> Response:
    """What was given is left out of the answer: it may be a password."""
    fields = [{"field": ".".join(str(part) for part in e["loc"]), "problem": e["msg"]} for e in error.errors()[:10]]
    return problem(422, "request.invalid", "Some of what was sent cannot be understood.", fields=fields)


async def _http(_request: Request, error: HTTPException) -> Response:
    return problem(error.status_code, _CODES.get(error.status_code, "request.refused"), str(error.detail))


async def _outage(request: Request, error: Exception) -> Response:
    if isinstance(error, IntegrityError | ProgrammingError | DataError):
        return await _unknown(request, error)
    log.warning("a part did not answer", path=request.url.path, error=str(error))
    return problem(503, "part.unavailable", "A part of the system does not answer. Try again.", retry_after_seconds=1)


async def _unknown(request: Request, error: Exception) -> Response:
    log.error("request failed", path=request.url.path, exc_info=error)
    return problem(500, "internal", "Something went wrong on our side.")


def add_problem_handlers(app: FastAPI) -> None:
    """Answer every error of the application with a ``Problem``."""
    handlers: list[tuple[type[Exception], Callable[..., Awaitable[Response]]]] = [
        (HotlineError, _ours),
        (RequestValidationError, _invalid),
        (HTTPException, _http),
        (RedisError, _outage),
        *((outage, _outage) for outage in OUTAGES),
        (Exception, _unknown),
    ]
    for kind, handler in handlers:
        app.add_exception_handler(kind, handler)
