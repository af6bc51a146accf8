"""What passes in a chat and is kept nowhere, told to whoever sits with the customer and heard from there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import redis.asyncio as redis
from redis.exceptions import RedisError

from core import valkey_keys
from core.chat_signals import ChatSignal, unpacked
from core.logs import logger

log = logger(__name__)

_RETRY_SECONDS = 1.0
_POLL_SECONDS = 2.0


async def tell(client: redis.Redis, domain: str, signal: ChatSignal) -> None:
    """Tell all processes of the domain. A Valkey that does not answer is nobody's trouble."""
    try:
        await client.publish(valkey_keys.chat_signals(domain), signal.model_dump_json())
    except (RedisError, OSError) as error:
        log.info("chat signal not told", error=str(error))


async def follow(client: redis.Redis, domain: str, heard: Callable[[ChatSignal], None]) -> None:
    """Call ``heard`` for each signal, for ever, over whatever outages there are."""
    while True:
        try:
            async with client.pubsub(ignore_subscribe_messages=True) as subscription:
                await subscription.subscribe(valkey_keys.chat_signals(domain))
                while True:
                    message = await subscription.get_message(timeout=_POLL_SECONDS)
                    signal = unpacked(message["data"]) if message else None
                    if signal is not None:
                        heard(signal)
        except (RedisError, OSError):
            await asyncio.sleep(_RETRY_SECONDS)
