"""The plain link to Valkey: answers in order, and every end is an error that the bus knows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
import redis.asyncio as redis
from redis.exceptions import ConnectionError as LinkError
from redis.exceptions import ResponseError

from core.stream_link import StreamLink

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def serving(serve: Serve) -> AsyncIterator[redis.Redis]:
    """A server that is no Valkey, and a client that names it."""
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    client = redis.Redis(port=server.sockets[0].getsockname()[1])
    try:
        yield client
    finally:
        server.close()
        await client.aclose()


async def test_commands_sent_side_by_side_are_answered_in_order(valkey_client: redis.Redis) -> None:
    link = await StreamLink.open(valkey_client)
    words = [f"word {number}" for number in range(200)]
    answers = await asyncio.gather(*(link.call("ECHO", word) for word in words))
    link.close()
    assert answers == [word.encode() for word in words]


async def test_what_the_server_refuses_leaves_the_link_open(valkey_client: redis.Redis) -> None:
    link = await StreamLink.open(valkey_client)
    with pytest.raises(ResponseError, match="wrong number of arguments"):
        await link.call("XADD", "stream")
    assert await link.call("PING") == b"PONG"
    link.close()


async def test_a_wrong_password_is_refused_at_the_door(redis_url: str) -> None:
    client = redis.Redis.from_url(redis_url, password="wrong")
    client.connection_pool.connection_kwargs["password"] = "wrong"
    with pytest.raises(ResponseError):
        await StreamLink.open(client)
    await client.aclose()


async def test_a_call_that_is_given_up_does_not_shift_the_answers(valkey_client: redis.Redis) -> None:
    link = await StreamLink.open(valkey_client)
    blocked = asyncio.create_task(link.call("XREAD", "BLOCK", 100, "STREAMS", "nothing", "$"))
    await asyncio.sleep(0.01)
    blocked.cancel()
    assert await link.call("ECHO", "mine") == b"mine"
    link.close()


async def test_silence_is_an_error_and_closes_the_link(valkey_client: redis.Redis) -> None:
    link = await StreamLink.open(valkey_client)
    with pytest.raises(LinkError, match="no answer"):
        await link.call("XREAD", "BLOCK", 5000, "STREAMS", "nothing", "$", within=0.05)
    assert link.is_closed
    with pytest.raises(LinkError):
        await link.call("PING")


async def test_a_server_that_goes_fails_what_waits() -> None:
    async def leave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.close()

    async with serving(leave) as client:
        link = await StreamLink.open(client)
        with pytest.raises(LinkError, match="connection lost"):
            await link.call("PING")
        assert link.is_closed


async def test_an_answer_that_is_no_answer_closes_the_link() -> None:
    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await reader.read(100)
        writer.close()

    async with serving(babble) as client:
        link = await StreamLink.open(client)
        with pytest.raises(LinkError, match="unreadable"):
            await link.call("PING")
        assert link.is_closed


async def test_nobody_there_is_an_error_at_once() -> None:
    with pytest.raises(OSError, match=r".*"):
        await StreamLink.open(redis.Redis(port=1))
