"""Errors with codes. A refusal says what is wrong in words for a person and a code for a program."""

from __future__ import annotations

from typing import Any


class HotlineError(Exception):
    """Base of every error of ours: ``code`` is stable (``noun.problem``), ``message`` is for people."""

    status = 500

    def __init__(self, code: str, message: str, **details: Any) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.details = details


class Refusal(HotlineError):
    """The request was understood and is refused; nothing has changed."""

    status = 422


class NotFound(Refusal):
    """What was asked for does not exist, or the asker may not know of it."""

    status = 404


class Conflict(Refusal):
    """The state has moved on since the asker looked; reload and decide again."""

    status = 409


class Unauthenticated(Refusal):
    """Nobody is signed in, or the session has ended."""

    status = 401


class Forbidden(Refusal):
    """The asker is known but lacks the permission."""

    status = 403


class TooMany(Refusal):
    """A rate or size limit is reached; ``details['retry_after_seconds']`` says when to try again."""

    status = 429


class Unavailable(HotlineError):
    """A part that is needed (database, PBX, bus) does not answer now; trying again is safe."""

    status = 503
