"""How much a visitor, or an address, may send: counted in Valkey, and in this process while Valkey is away."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass

import redis.asyncio as redis
from redis.exceptions import RedisError

from core import valkey_keys
from core.logs import logger

log = logger(__name__)

WINDOW_SECONDS = 60
_MOST_KEYS_HERE = 10_000


@dataclass(frozen=True, slots=True)
class Limit:
    """So many in ``WINDOW_SECONDS`` from one visitor, and from one address on one account."""

    kind: str
    visitor: int
    address: int


MESSAGES = Limit("messages", 20, 200)
FILES = Limit("files", 5, 30)


class Rates:
    """Counts what is sent."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._here: dict[str, tuple[int, float]] = {}

    async def allows(self, limit: Limit, visitor: str, account: str, address: str) -> bool:
        """Count one more, and say whether that is still within the limit."""
        by_address = hashlib.sha256(f"{account} {address}".encode()).hexdigest()[:32]
        counts = [
            await self._add(valkey_keys.chat_rate(limit.kind, value)) for value in (f"v:{visitor}", f"a:{by_address}")
        ]
        return counts[0] <= limit.visitor and counts[1] <= limit.address

    async def _add(self, key: str) -> int:
        here = self._add_here(key)
        try:
            async with self._client.pipeline(transaction=True) as pipe:
                pipe.incr(key)
                pipe.expire(key, WINDOW_SECONDS, nx=True)
                return max(here, int((await pipe.execute())[0]))
        except (RedisError, OSError) as error:
            log.warning("chat messages are counted in this process only", error=str(error))
            return here

    def _add_here(self, key: str) -> int:
        now = time.monotonic()
        count, until = self._here.get(key, (0, 0.0))
        count, until = (count + 1, until) if until > now else (1, now + WINDOW_SECONDS)
        if len(self._here) >= _MOST_KEYS_HERE:
            self._here = {name: entry for name, entry in self._here.items() if entry[1] > now}
        if key in self._here or len(self._here) < _MOST_KEYS_HERE:
            self._here[key] = (count, until)
        return count
