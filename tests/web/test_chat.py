"""The chat widget's side of the server, over its real socket: nothing lost, nothing twice, nothing for strangers."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import redis.asyncio as redis
from websockets.exceptions import InvalidStatus

from core import valkey_keys
from core.chat_signals import ChatSignal, Kind, unpacked
from core.db import Database
from core.interaction import Channel
from core.message import Author
from telephony.messages.accounts import Account
from telephony.messages.write import Draft, write
from telephony.webchat.rates import MESSAGES
from tests.fakes.chat_client import ChatClient
from tests.fakes.floor import Floor
from tests.fakes.web_server import WebServer
from tests.telephony.messages.company import open_account

SHOP = "https://shop.example"
KEY = "shop-key"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40


@pytest.fixture
async def account(server: WebServer, floor: Floor) -> Account:
    """A widget of a shop."""
    return await widget(floor.database)


async def widget(database: Database, key: str = KEY, **settings: Any) -> Account:
    return await open_account(
        database, Channel.CHAT, key, provider="widget", name="Shop", settings={"origins": [SHOP, "own"]} | settings
    )


async def rows(database: Database, statement: str) -> list[Any]:
    async with database.glance() as connection:
        return list((await connection.exec_driver_sql(statement)).all())


async def answer(floor: Floor, body: str) -> UUID:
    """We write to the only visitor."""
    (conversation_id,) = (await rows(floor.database, "select id from conversations"))[0]
    async with floor.database.unit_of_work("test") as work:
        written = await write(work, UUID(str(conversation_id)), Draft(body, author=Author.SYSTEM))
    return written.message_id


async def state_of(floor: Floor, wanted: str) -> None:
    async with asyncio.timeout(5):
        while (await rows(floor.database, "select state from messages where direction = 'out'"))[0][0] != wanted:
            await asyncio.sleep(0.02)


async def test_a_visitor_writes_and_is_answered(account: Account, server: WebServer, floor: Floor) -> None:
    one = await ChatClient.open(server.url, KEY, origin=SHOP)
    assert one.of("status")[0]["phase"] == "none"
    given = await one.say("Where is my parcel?")
    await one.until(lambda: one.of("kept") and one.of("message") and one.of("status")[-1]["phase"] == "waiting")
    assert one.of("kept")[0] == {"type": "kept", "id": given, "seq": 1}
    assert (one.of("message")[0]["id"], one.of("message")[0]["seq"]) == (given, 1)
    await answer(floor, "On its way")
    await one.until(lambda: one.bodies == ["Where is my parcel?", "On its way"])
    await state_of(floor, "sent")
    await one.send(type="got", seq=2)
    await state_of(floor, "delivered")
    await one.send(type="read", seq=2)
    await state_of(floor, "read")
    await one.close()
    assert await rows(floor.database, "select state, channel from interactions") == [("queued", "chat")]
    kind, value = (
        await rows(floor.database, "select kind, value from customer_identities where value like 'chat:%%'")
    )[0]
    assert kind == "handle" and one.token not in value


async def test_nothing_is_lost_or_twice_over_reconnects_and_tabs(
    account: Account, server: WebServer, floor: Floor
) -> None:
    one = await ChatClient.open(server.url, KEY)
    given = await one.say("first")
    await one.until(lambda: bool(one.of("message")))
    two = await ChatClient.open(server.url, KEY, token=one.token)
    assert two.bodies == ["first"]
    await two.say("first", given)
    await two.until(lambda: bool(two.of("kept")))
    assert two.of("kept")[0]["seq"] == 1
    await one.close()
    for number in range(150):
        await answer(floor, f"{number}")
    await two.until(lambda: len(two.bodies) == 151)
    again = await ChatClient.open(server.url, KEY, token=one.token, seen=1)
    for each in (two, again):
        expected = [str(number) for number in range(150)]
        assert [body for body in each.bodies if body != "first"] == expected
    assert [frame["seq"] for frame in again.of("message")] == list(range(2, 152))
    anew = await ChatClient.open(server.url, KEY, token=one.token)
    assert anew.bodies == ["first", *(str(number) for number in range(150))]
    for each in (two, again, anew):
        await each.close()


async def test_a_second_tab_that_was_open_before_the_first_word_sees_it(account: Account, server: WebServer) -> None:
    one = await ChatClient.open(server.url, KEY)
    two = await ChatClient.open(server.url, KEY, token=one.token)
    await one.say("hello")
    await two.until(lambda: two.bodies == ["hello"])
    await one.close()
    await two.close()


async def test_strangers_see_nothing_of_each_other(account: Account, server: WebServer, floor: Floor) -> None:
    one, other = await ChatClient.open(server.url, KEY), await ChatClient.open(server.url, KEY)
    given = await one.say("a secret")
    await one.until(lambda: bool(one.of("kept")))
    await other.say("mine", given)
    await other.until(lambda: bool(other.of("message")))
    assert other.bodies == ["mine"] and one.bodies in ([], ["a secret"])
    assert await rows(floor.database, "select count(*) from conversations") == [(2,)]
    await one.close()
    await other.close()


@pytest.mark.parametrize(
    ("key", "origin"), [(KEY, "https://evil.example"), ("unknown", SHOP), (KEY, "null"), (KEY, "x")]
)
async def test_a_foreign_page_gets_no_socket(account: Account, server: WebServer, key: str, origin: str) -> None:
    with pytest.raises(InvalidStatus):
        await ChatClient.open(server.url, key, origin=origin)


async def test_a_foreign_page_reads_nothing(account: Account, server: WebServer) -> None:
    async with httpx.AsyncClient(base_url=server.url) as client:
        allowed = await client.get(f"/api/chat/{KEY}", headers={"Origin": SHOP})
        assert allowed.headers["access-control-allow-origin"] == SHOP and allowed.json()["open"] is True
        for origin in ("https://evil.example", f"{SHOP}.evil.example", "https://shop.example:444", "null"):
            refused = await client.get(f"/api/chat/{KEY}", headers={"Origin": origin})
            assert (refused.status_code, refused.json()["code"]) == (403, "origin.foreign")
            assert "access-control-allow-origin" not in refused.headers
        assert (await client.get("/api/chat/unknown")).status_code == 404


@pytest.mark.parametrize(
    "frame",
    ["{", "[]", '{"type":"say"}', '{"type":"nothing"}', "x" * 20_000, '{"type":"hello"}', "[" * 9_000,
     '{"type":"say","id":"7c9e6679-7425-40de-944b-e07fc1f90ae7","body":"' + "x" * 4001 + '"}'],
    ids=lambda frame: frame[:12],
)  # fmt: skip
async def test_a_bad_frame_ends_the_socket_and_loses_nothing(
    frame: str, account: Account, server: WebServer, floor: Floor
) -> None:
    one = await ChatClient.open(server.url, KEY)
    await one.say("kept")
    await one.until(lambda: bool(one.of("kept")))
    await one.socket.send(frame)
    await one.closed.wait()
    assert one.socket.close_code in (4400, 1009)
    again = await ChatClient.open(server.url, KEY, token=one.token)
    assert again.bodies == ["kept"]
    await again.close()
    await one.close()


async def test_a_flood_is_slowed_and_none_of_it_kept_twice(account: Account, server: WebServer, floor: Floor) -> None:
    one = await ChatClient.open(server.url, KEY)
    for number in range(MESSAGES.visitor + 5):
        await one.say(f"{number}")
    await one.until(lambda: len(one.of("refused")) == 5)
    assert {frame["code"] for frame in one.of("refused")} == {"chat.too_many"}
    assert await rows(floor.database, "select count(*) from messages") == [(MESSAGES.visitor,)]
    await one.close()


async def test_one_address_opens_ten_sockets(account: Account, server: WebServer) -> None:
    opened = [await ChatClient.open(server.url, KEY) for _ in range(10)]
    one_more = await ChatClient.open(server.url, KEY)
    await one_more.closed.wait()
    assert one_more.socket.close_code == 4429
    for each in (*opened, one_more):
        await each.close()


async def test_typing_goes_both_ways(account: Account, server: WebServer, floor: Floor, redis_url: str) -> None:
    one = await ChatClient.open(server.url, KEY)
    await one.say("hello")
    await one.until(lambda: bool(one.of("message")))
    (conversation_id,) = (await rows(floor.database, "select id from conversations"))[0]
    client = redis.Redis.from_url(redis_url)
    name = valkey_keys.chat_signals("main")
    async with client.pubsub(ignore_subscribe_messages=True) as channel:
        await channel.subscribe(name)
        await channel.get_message(timeout=1)
        for _ in range(5):
            await one.send(type="typing")
        message = await channel.get_message(timeout=5)
        signal = unpacked(message["data"]) if message else None
        assert signal is not None and (signal.kind, signal.by) == (Kind.TYPING, "customer")
        assert await channel.get_message(timeout=0.2) is None
    agent = ChatSignal(conversation_id=UUID(str(conversation_id)), by="agent", kind=Kind.TYPING, name="Lin")
    await client.publish(name, agent.model_dump_json())
    await one.until(lambda: bool(one.of("typing")))
    assert one.of("typing")[0]["name"] == "Lin"
    await client.aclose()
    await one.close()


async def test_the_visitor_ends_it_once(account: Account, server: WebServer, floor: Floor) -> None:
    one = await ChatClient.open(server.url, KEY)
    await one.say("never mind")
    await one.until(lambda: one.of("status")[-1]["phase"] == "waiting")
    await one.send(type="leave")
    await one.send(type="leave")
    await one.until(lambda: one.of("status")[-1]["phase"] == "ended")
    told = await rows(floor.database, "select payload ->> 'end_reason' from event_log where name = 'conversation.left'")
    assert told == [("abandoned_in_queue",)]
    await one.close()


async def test_what_is_asked_before_is_a_claim_and_no_truth(server: WebServer, floor: Floor) -> None:
    await widget(floor.database, form=[{"name": "name", "required": True}, "email", "password"])
    one = await ChatClient.open(server.url, KEY)
    await one.say("hello")
    await one.until(lambda: bool(one.of("refused")))
    assert one.of("refused")[0]["code"] == "chat.form_incomplete"
    await one.say("hello", form={"name": "Eve\r\nAdmin", "email": "wang@example.com", "password": "x"})
    await one.until(lambda: bool(one.of("kept")))
    await one.say("second, without a form")
    await one.until(lambda: len(one.of("kept")) == 2)
    claims, customer = (
        await rows(
            floor.database,
            "select c.settings -> 'claims', u.name from conversations c join customers u on u.id = c.customer_id",
        )
    )[0]
    assert claims == {"name": "Eve Admin", "email": "wang@example.com"} and customer == "Eve Admin"
    assert await rows(floor.database, "select count(*) from customer_identities where kind = 'email'") == [(0,)]
    await one.close()


async def test_files_go_and_come_back_as_what_they_are(account: Account, server: WebServer) -> None:
    one = await ChatClient.open(server.url, KEY)
    other = await ChatClient.open(server.url, KEY)
    given, path = str(uuid4()), f"/api/chat/{KEY}/files"
    async with httpx.AsyncClient(base_url=server.url, headers={"Origin": SHOP}) as client:
        mine = {"Authorization": f"Bearer {one.token}"}
        query = {"id": given, "name": '../"x"\r\n.svg'}
        for _ in range(2):
            sent = await client.post(path, params=query, content=PNG, headers=mine)
            assert (sent.status_code, sent.json()) == (201, {"seq": 1})
        await one.until(lambda: bool(one.of("message")))
        (file,) = one.of("message")[0]["files"]
        assert (file["content_type"], file["size"]) == ("image/png", len(PNG))
        got = await client.get(f"{path}/{file['id']}", headers=mine)
        assert got.content == PNG and got.headers["content-disposition"].startswith("attachment")
        assert (
            got.headers["x-content-type-options"] == "nosniff" and "sandbox" in got.headers["content-security-policy"]
        )
        theirs = await client.get(f"{path}/{file['id']}", headers={"Authorization": f"Bearer {other.token}"})
        assert theirs.status_code == 404
        assert (await client.get(f"{path}/{file['id']}")).status_code == 401
        may = await client.request("OPTIONS", path)
        assert may.status_code == 204 and "authorization" in may.headers["access-control-allow-headers"]
    await one.close()
    await other.close()


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", "file.empty"), (b"MZ\x90\0\x03", "file.kind"), (b"<svg onload=alert(1)>", "file.kind"),
     (b"PK\x03\x04" + b"\0" * 100, "file.kind"), (b"\xff\xfe\0", "file.kind"), (b"#!/bin/sh", "file.kind")],
)  # fmt: skip
async def test_files_that_are_not_welcome(content: bytes, code: str, account: Account, server: WebServer) -> None:
    one = await ChatClient.open(server.url, KEY)
    headers = {"Origin": SHOP, "Authorization": f"Bearer {one.token}", "Content-Type": "image/png"}
    async with httpx.AsyncClient(base_url=server.url, headers=headers) as client:
        params = {"id": str(uuid4()), "name": "cat.png"}
        answer = await client.post(f"/api/chat/{KEY}/files", params=params, content=content)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert answer.headers["access-control-allow-origin"] == SHOP
    await one.close()


async def test_a_file_that_is_too_large_or_from_elsewhere(account: Account, server: WebServer) -> None:
    async with httpx.AsyncClient(base_url=server.url) as client:
        path, params = f"/api/chat/{KEY}/files", {"id": str(uuid4())}
        big = await client.post(path, params=params, content=PNG + b"\0" * (9 * 1024 * 1024), headers={"Origin": SHOP})
        assert big.status_code == 413
        evil = await client.post(path, params=params, content=PNG, headers={"Origin": "https://evil.example"})
        assert (evil.status_code, evil.json()["code"]) == (403, "origin.foreign")
