"""Hostile frames, slow clients, too many tabs, gaps of the bus, outages: the desk survives and comes right again."""

from __future__ import annotations

import asyncio
import json

import pytest
import redis.asyncio as redis
from websockets.exceptions import ConnectionClosed, InvalidStatus

from agent_desk import connection as connection_module
from agent_desk.hub import MAX_PER_USER
from agent_desk.protocol import CloseCode
from agent_desk.views import UserView
from core.db import Database
from tests.fakes.desk_client import Browser
from tests.fakes.floor import Floor, Person
from tests.fakes.http_client import http_client
from tests.fakes.web_server import WebServer
from tests.web.conftest import SignIn
from web.sessions import COOKIE, Account, open_session

DEEP = '{"type":' + "[" * 3000 + "]" * 3000 + "}"
HOSTILE = {
    "not JSON": ("hello", CloseCode.BAD_MESSAGE),
    "unknown type": ('{"type":"work.changed"}', CloseCode.BAD_MESSAGE),
    "unknown field": ('{"type":"ping","more":1}', CloseCode.BAD_MESSAGE),
    "a list": ("[]", CloseCode.BAD_MESSAGE),
    "deep": (DEEP[:4096], CloseCode.BAD_MESSAGE),
    "deep and whole": ("[" * 2000 + "]" * 2000, CloseCode.BAD_MESSAGE),
    "long": ('{"type":"ping"}' + " " * 8000, CloseCode.BAD_MESSAGE),
    "binary": (b'{"type":"ping"}', CloseCode.BAD_MESSAGE),
    "1 MB": ("x" * 1_000_000, 1009),
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_frame_closes_only_its_own_desk(name: str, sign_in: SignIn) -> None:
    frame, code = HOSTILE[name]
    lin = await sign_in("lin")
    other, hostile = await lin.open_desk(), await lin.open_desk()
    with pytest.raises(ConnectionClosed):
        await hostile.socket.send(frame)
        await asyncio.wait_for(hostile.socket.wait_closed(), 5)
        await hostile.socket.send("x")
    assert hostile.socket.close_code == code
    await other.socket.send('{"type":"ping"}')
    await other.until(lambda: bool(other.of_type("pong")))
    await other.close()


async def test_invalid_utf8_closes_its_desk(server: WebServer, sign_in: SignIn) -> None:
    socket = await (await sign_in("lin")).connect()
    await socket.send(b"\xff\xfe", text=True)
    await asyncio.wait_for(socket.wait_closed(), 5)
    assert socket.close_code == 1007
    await _until(lambda: len(server.services.live.hub) == 0)


@pytest.mark.parametrize("origin", [None, "https://evil.example", "null", "http://127.0.0.1:1"])
async def test_another_sites_page_cannot_open_a_desk(origin: str | None, sign_in: SignIn) -> None:
    lin = await sign_in("lin")
    with pytest.raises(InvalidStatus) as caught:
        await lin.connect(origin=origin)
    assert caught.value.response.status_code == 403


async def test_without_a_session_the_reason_is_told(server: WebServer, sign_in: SignIn) -> None:
    lin = await sign_in("lin")
    lin.http.cookies.clear()
    socket = await lin.connect()
    await asyncio.wait_for(socket.wait_closed(), 5)
    assert socket.close_code == CloseCode.SIGNED_OUT


async def test_of_too_many_tabs_the_oldest_goes(sign_in: SignIn) -> None:
    lin = await sign_in("lin")
    tabs = [await lin.open_desk() for _ in range(MAX_PER_USER + 1)]
    await tabs[0].closed.wait()
    assert tabs[0].socket.close_code == CloseCode.REPLACED
    for tab in tabs[1:]:
        assert not tab.closed.is_set()
        await tab.close()


@pytest.mark.long
async def test_a_client_that_does_not_read_is_dropped(
    floor: Floor, server: WebServer, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its socket stays open at its end and takes nothing: the process must let go of it all the same."""
    monkeypatch.setattr(connection_module, "SEND_SECONDS", 0.3)
    sun = await sign_in("sun")
    slow = await sun.connect(max_queue=1)
    watching = await sun.open_desk()
    slow.transport.pause_reading()
    for _ in range(40):
        await floor.arrive()
    live = server.services.live
    hub = live.hub

    def flood() -> bool:
        for connection in hub:
            live.refresh(connection)
        return len(hub) == 1

    await _until(flood, seconds=20)
    await watching.until(lambda: len(watching.state["interactions"]) == 40)
    slow.transport.abort()
    await watching.close()


@pytest.mark.long
async def test_a_gap_of_the_bus_brings_new_snapshots(floor: Floor, sign_in: SignIn, valkey_client: redis.Redis) -> None:
    desks = [await (await sign_in(login)).open_desk() for login in ("lin", "sun")]
    call = await floor.arrive()
    await desks[1].until(lambda: bool(desks[1].state["interactions"]))
    await valkey_client.flushall()
    for desk in desks:
        await desk.until(lambda desk=desk: len(desk.of_type("snapshot")) >= 2, seconds=3)
    await floor.offer(call, "lin")
    await desks[0].until(lambda: bool(desks[0].state["work"]))
    for desk in desks:
        await desk.close()


@pytest.mark.long
async def test_without_the_bus_the_desk_is_a_second_late(
    floor: Floor, quiet_database: Database, sign_in: SignIn, server: WebServer
) -> None:
    """Events that are never announced (Valkey is away): the desks see the work from PostgreSQL."""
    lin = await (await sign_in("lin")).open_desk()
    call = await floor.arrive()
    server.services.live.reader.caught_up.clear()
    silent = Floor(quiet_database, people=floor.people, queues=floor.queues)
    await silent.offer(call, "lin")
    await lin.until(lambda: bool(lin.state["work"]), seconds=3)
    await silent.answer(call)
    await lin.until(lambda: lin.state["work"][0]["state"] == "active", seconds=3)
    await lin.close()


async def test_a_restart_of_postgresql_is_survived(floor: Floor, sign_in: SignIn) -> None:
    lin = await (await sign_in("lin")).open_desk()
    call = await floor.arrive()
    others = "pid <> pg_backend_pid() and datname = current_database()"
    await floor.value(f"select count(pg_terminate_backend(pid)) from pg_stat_activity where {others}")
    await asyncio.sleep(0.1)  # the test's own connections are gone too, and it has to hear of that
    await floor.offer(call, "lin")
    await lin.until(lambda: bool(lin.state["work"]), seconds=3)
    await lin.close()


async def test_an_asked_snapshot_starts_again_at_0(sign_in: SignIn) -> None:
    lin = await (await sign_in("lin")).open_desk()
    for _ in range(2):
        await lin.socket.send(json.dumps({"type": "ping"}))
    await lin.until(lambda: len(lin.of_type("pong")) == 2)
    before = len(lin.of_type("snapshot"))
    await lin.socket.send(json.dumps({"type": "snapshot.request"}))
    await lin.until(lambda: len(lin.of_type("snapshot")) > before)
    await lin.socket.send(json.dumps({"type": "ping"}))
    await lin.until(lambda: len(lin.of_type("pong")) == 3)
    numbers = [message["seq"] for message in lin.messages]
    last = max(place for place, message in enumerate(lin.messages) if message["type"] == "snapshot")
    assert numbers[last:] == list(range(len(numbers) - last))
    await lin.close()


@pytest.mark.long
async def test_five_hundred_desks_come_at_once(floor: Floor, server: WebServer) -> None:
    """As after a restart: all get their snapshot, all see the call, and all go."""
    people = [await floor.add_user(f"watcher{number}", "supervisor") for number in range(100)]
    browsers = [await _with_session(server, person) for person in people]
    desks = await asyncio.gather(*(browser.open_desk() for browser in browsers for _ in range(5)))
    assert len(server.services.live.hub) == 500
    await floor.arrive()
    for desk in desks:
        await desk.until(lambda desk=desk: bool(desk.state["interactions"]), seconds=20)
    await asyncio.gather(*(desk.close() for desk in desks), *(browser.close() for browser in browsers))
    await _until(lambda: len(server.services.live.hub) == 0)


async def _with_session(server: WebServer, person: Person) -> Browser:
    user = UserView(
        id=person.user, login=person.login, name=person.login, role="supervisor", agent_id=None, language="en",
        theme="system",
    )  # fmt: skip
    database = server.services.database
    account = Account(user, database.domain, "")
    token, signed_in = await open_session(database, account, hours=1, address="127.0.0.1", user_agent="")
    http = http_client(base_url=server.url, cookies={COOKIE: token})
    return Browser(server.url, http, signed_in.csrf_token)


async def _until(condition: object, seconds: float = 5.0) -> None:
    assert callable(condition)
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.02)
