"""How often a sign-in may fail, by login and by address: counted in Valkey, or here while Valkey is away."""

from __future__ import annotations

import hashlib
import time

import redis.asyncio as redis
from redis.exceptions import RedisError

from core import valkey_keys
from core.errors import TooMany
from core.logs import logger

log = logger(__name__)

WINDOW_SECONDS = 300
MAX_BY_LOGIN = 10
MAX_BY_ADDRESS = 50
_MOST_KEYS_HERE = 10_000


class SignInLimits:
    """Counts failures; a success forgets those of its login."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._here: dict[str, tuple[int, float]] = {}

    async def check(self, login: str, address: str) -> None:
        """Raise TooMany when this login or address has failed too often in the last minutes."""
        for key, most in ((_login_key(login), MAX_BY_LOGIN), (_address_key(address), MAX_BY_ADDRESS)):
            if await self._count(key) >= most:
                raise TooMany(
                    "sign_in.too_many", "Too many failed sign-ins. Wait a few minutes and try again.",
                    retry_after_seconds=WINDOW_SECONDS,
                )  # fmt: skip

    async def note_failure(self, login: str, address: str) -> None:
        """A sign-in failed."""
        for key in (_login_key(login), _address_key(address)):
            self._note_here(key)
            try:
                async with self._client.pipeline(transaction=True) as pipe:
                    pipe.incr(key)
                    pipe.expire(key, WINDOW_SECONDS, nx=True)
                    await pipe.execute()
            except (RedisError, OSError) as error:
                log.warning("failed sign-ins are counted in this process only", error=str(error))

    async def forget(self, login: str) -> None:
        """A sign-in succeeded."""
        self._here.pop(_login_key(login), None)
        try:
            await self._client.delete(_login_key(login))
        except (RedisError, OSError) as error:
            log.warning("failed sign-ins could not be forgotten", error=str(error))

    async def _count(self, key: str) -> int:
        count, until = self._here.get(key, (0, 0.0))
        here = count if until > time.monotonic() else 0
        try:
            return max(here, int(await self._client.get(key) or 0))
        except (RedisError, OSError):
            return here

    def _note_here(self, key: str) -> None:
        now = time.monotonic()
        count, until = self._here.get(key, (0, 0.0))
        if len(self._here) >= _MOST_KEYS_HERE:
            self._here = {name: entry for name, entry in self._here.items() if entry[1] > now}
        if key in self._here or len(self._here) < _MOST_KEYS_HERE:
            self._here[key] = (count + 1, until) if until > now else (1, now + WINDOW_SECONDS)


def _login_key(login: str) -> str:
    return valkey_keys.sign_in_failures("login", hashlib.sha256(login.lower().encode()).hexdigest()[:32])


def _address_key(address: str) -> str:
    return valkey_keys.sign_in_failures("address", address)
