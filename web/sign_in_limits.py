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
    """Counts every attempt as failed before its password is looked at, so that none at the same moment is free; a
    success takes back its own, and forgets the failures of its login."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._here: dict[str, tuple[int, float]] = {}

    async def begin(self, login: str, address: str) -> None:
        """An attempt. Raises TooMany when this address or login has failed too often in the last minutes."""
        # The address first: who is locked out by it cannot go on locking out others' logins.
        for key, most in ((_address_key(address), MAX_BY_ADDRESS), (_login_key(login), MAX_BY_LOGIN)):
            if await self._add(key, 1) > most:
                raise TooMany(
                    "sign_in.too_many", "Too many failed sign-ins. Wait a few minutes and try again.",
                    retry_after_seconds=WINDOW_SECONDS,
                )  # fmt: skip

    async def succeeded(self, login: str, address: str) -> None:
        """The attempt that began was right."""
        await self._add(_address_key(address), -1)
        self._here.pop(_login_key(login), None)
        try:
            await self._client.delete(_login_key(login))
        except (RedisError, OSError) as error:
            log.warning("failed sign-ins could not be forgotten", error=str(error))

    async def _add(self, key: str, number: int) -> int:
        here = self._add_here(key, number)
        try:
            async with self._client.pipeline(transaction=True) as pipe:
                pipe.incrby(key, number)
                pipe.expire(key, WINDOW_SECONDS, nx=True)
                return max(here, int((await pipe.execute())[0]))
        except (RedisError, OSError) as error:
            log.warning("sign-ins are counted in this process only", error=str(error))
            return here

    def _add_here(self, key: str, number: int) -> int:
        now = time.monotonic()
        count, until = self._here.get(key, (0, 0.0))
        count, until = (count + number, until) if until > now else (max(number, 0), now + WINDOW_SECONDS)
        if len(self._here) >= _MOST_KEYS_HERE:
            self._here = {name: entry for name, entry in self._here.items() if entry[1] > now}
        if key in self._here or len(self._here) < _MOST_KEYS_HERE:
            self._here[key] = (count, until)
        return count


def _login_key(login: str) -> str:
    return valkey_keys.sign_in_failures("login", hashlib.sha256(login.lower().encode()).hexdigest()[:32])


def _address_key(address: str) -> str:
    return valkey_keys.sign_in_failures("address", address)
