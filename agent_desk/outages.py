"""What the absence of PostgreSQL looks like to those who read it, and one line in the log for it, not thousands."""

from __future__ import annotations

import time

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from core.logs import logger

log = logger(__name__)

OUTAGES: tuple[type[Exception], ...] = (DBAPIError, PoolTimeoutError, OSError, TimeoutError)
"""Errors after which reading again later is the right answer."""
_REPEAT_SECONDS = 30.0


class OutageLog:
    """Says when reading ``what`` fails, again every half minute, and when it works again."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._since: float | None = None
        self._said = 0.0

    def failed(self, error: Exception) -> None:
        """Reading failed; it will be tried again."""
        now = time.monotonic()
        if self._since is None or now - self._said >= _REPEAT_SECONDS:
            self._since, self._said = self._since or now, now
            reason = (str(error).splitlines() or [""])[0] or type(error).__name__
            log.warning("what the desks show cannot be read", what=self._what, error=reason)

    def worked(self) -> None:
        """Reading worked."""
        if self._since is not None:
            seconds, self._since = time.monotonic() - self._since, None
            log.info("what the desks show can be read again", what=self._what, seconds=round(seconds, 1))
