"""Twilio's webhooks from outside: genuine ones are kept once, all others are refused."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from twilio.request_validator import RequestValidator

from core.db import Database
from core.interaction import Channel
from core.message import Author
from telephony.messages.accounts import Account, find_account
from telephony.messages.incoming import IncomingFile
from telephony.messages.write import Draft, write
from telephony.twilio.links import LIFE_SECONDS, token_for
from tests.fakes.web_server import running_web
from tests.telephony.messages.company import ANN, OURS, deliver, open_account, text

TOKEN = "a token for tests"
PICTURE = IncomingFile("a.png", "image/png", content=b"x")
PUBLIC = "https://hotline.example.com"
MESSAGE = {
    "MessageSid": "SM" + "0" * 32,
    "AccountSid": "AC1",
    "From": ANN,
    "To": OURS,
    "Body": "Hello 你好",
    "NumMedia": "0",
}


@pytest.fixture
async def client(database: Database, database_url: str, redis_url: str) -> AsyncIterator[httpx.AsyncClient]:
    await open_account(database)
    await open_account(database, Channel.WHATSAPP)
    settings = {"twilio_account_sid": "AC1", "twilio_auth_token": TOKEN, "public_url": PUBLIC}
    async with (
        running_web(database_url, redis_url, **settings) as server,
        httpx.AsyncClient(base_url=server.url) as opened,
    ):
        yield opened


async def post(
    client: httpx.AsyncClient, path: str, form: dict[str, str], *, token: str = TOKEN, base: str = PUBLIC, **sent: str
) -> httpx.Response:
    """As Twilio does; ``sent`` are fields that were changed after the signature was made."""
    signature = RequestValidator(token).compute_signature(base + path, form)
    headers = {"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"}
    return await client.post(path, content=urlencode(form | sent), headers=headers)


async def kept(database: Database) -> list[Any]:
    async with database.glance() as connection:
        statement = "select kind, external_id, payload from channel_inbox order by position"
        return [tuple(row) for row in (await connection.exec_driver_sql(statement)).all()]


async def test_the_same_message_five_times_is_kept_once(client: httpx.AsyncClient, database: Database) -> None:
    for _ in range(5):
        answer = await post(client, "/api/twilio/messages", MESSAGE)
        assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (200, "text/xml")
        assert answer.text.endswith("<Response/>")
    assert await kept(database) == [("message", MESSAGE["MessageSid"], MESSAGE)]
    async with database.glance() as connection:
        names = (await connection.exec_driver_sql("select name from event_log")).scalars().all()
    assert names == ["channel_inbox.filled"]


async def test_whatsapp_and_sms_to_one_number_are_two_accounts(client: httpx.AsyncClient, database: Database) -> None:
    form = MESSAGE | {"From": f"whatsapp:{ANN}", "To": f"whatsapp:{OURS}", "MessageSid": "SM" + "1" * 32}
    for each in (MESSAGE, form):
        assert (await post(client, "/api/twilio/messages", each)).status_code == 200
    async with database.glance() as connection:
        statement = (
            "select a.channel from channel_inbox i join channel_accounts a on a.id = i.account_id order by position"
        )
        assert (await connection.exec_driver_sql(statement)).scalars().all() == ["sms", "whatsapp"]


async def test_reports_are_kept_by_state_with_our_own_id(client: httpx.AsyncClient, database: Database) -> None:
    ours = "01890000-0000-7000-8000-000000000000"
    form = {"MessageSid": "SM1", "From": OURS, "To": ANN}
    for status in ("delivered", "sent", "delivered"):
        path = f"/api/twilio/status?hotline={ours}"
        assert (await post(client, path, form | {"MessageStatus": status})).status_code == 200
    found = await kept(database)
    assert [row[:2] for row in found] == [("status", "SM1:delivered"), ("status", "SM1:sent")]
    assert {row[2]["hotline"] for row in found} == {ours}


@pytest.mark.parametrize(
    "change",
    [
        {"token": "of somebody else, or one that was withdrawn"},
        {"base": "https://evil.example.com"},
        {"base": "http://hotline.example.com"},
        {"Body": "changed on the way"},
        {"Extra": "added on the way"},
    ],
    ids=str,
)
async def test_forged_ones_are_refused(change: dict[str, str], client: httpx.AsyncClient, database: Database) -> None:
    answer = await post(client, "/api/twilio/messages", MESSAGE, **change)
    assert (answer.status_code, answer.json()["code"]) == (403, "twilio.signature")
    assert await kept(database) == []


async def test_a_signature_of_one_address_does_not_serve_another(client: httpx.AsyncClient, database: Database) -> None:
    form = MESSAGE | {"MessageStatus": "delivered"}
    signature = RequestValidator(TOKEN).compute_signature(f"{PUBLIC}/api/twilio/messages", form)
    for path in ("/api/twilio/status", "/api/twilio/messages?x=1"):
        answer = await client.post(path, data=form, headers={"X-Twilio-Signature": signature})
        assert answer.status_code == 403
    assert (await client.post("/api/twilio/messages", data=form)).status_code == 403
    assert await kept(database) == []


async def test_an_unknown_number_is_none(client: httpx.AsyncClient) -> None:
    answer = await post(client, "/api/twilio/messages", MESSAGE | {"To": "+442079469999"})
    assert (answer.status_code, answer.json()["code"]) == (404, "channel_account.unknown")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"Body=" + b"x" * 1_000_000, 413, "body.too_large"),
        (b"Body=%ff%fe", 422, "twilio.form"),
        (b"Body=\xff\xfe", 422, "twilio.form"),
        (b"&".join(b"f%d=1" % n for n in range(1000)), 422, "twilio.form"),
        (b"", 403, "twilio.signature"),
        (b'{"Body": 1}', 403, "twilio.signature"),
    ],
    ids=["1 MB", "no UTF-8", "raw bytes", "a thousand fields", "empty", "JSON"],
)
async def test_nonsense_is_refused(body: bytes, status: int, code: str, client: httpx.AsyncClient) -> None:
    for path in ("/api/twilio/messages", "/api/twilio/status"):
        answer = await client.post(path, content=body, headers={"X-Twilio-Signature": "x"})
        assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_genuine_nonsense_is_harmless(client: httpx.AsyncClient, database: Database) -> None:
    nasty = MESSAGE | {"Body": "a\x00b\r\nSet-Cookie: x=y", "ProfileName": "Eve\r\nBcc: all\x00\u202e"}
    assert (await post(client, "/api/twilio/messages", nasty)).status_code == 200
    assert (await kept(database))[0][2]["Body"] == "ab\r\nSet-Cookie: x=y"
    for form, path, code in (
        (MESSAGE | {"MessageSid": "'; drop table x"}, "/api/twilio/messages", "twilio.sid"),
        ({"From": OURS, "MessageStatus": "delivered"}, "/api/twilio/status", "twilio.sid"),
        ({"From": OURS, "MessageSid": "SM1", "MessageStatus": "melted"}, "/api/twilio/status", "twilio.status"),
    ):
        answer = await post(client, path, form)
        assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_without_credentials_nothing_is_genuine(database_url: str, redis_url: str, database: Database) -> None:
    async with running_web(database_url, redis_url) as server, httpx.AsyncClient(base_url=server.url) as client:
        answer = await post(client, "/api/twilio/messages", MESSAGE, token="", base=server.url)
        assert (answer.status_code, answer.json()["code"]) == (403, "twilio.not_configured")
        assert (await client.get("/api/health")).json()["twilio"] == "console"


async def test_without_a_public_address_the_one_that_was_asked_counts(
    database_url: str, redis_url: str, database: Database
) -> None:
    await open_account(database)
    async with (
        running_web(database_url, redis_url, twilio_auth_token=TOKEN) as server,
        httpx.AsyncClient(base_url=server.url) as client,
    ):
        path, proxied = "/api/twilio/messages", {"X-Forwarded-Proto": "https"}
        assert (await post(client, path, MESSAGE, base=server.url)).status_code == 200
        client.headers.update(proxied)
        secure = server.url.replace("http:", "https:")
        assert (await post(client, path, MESSAGE, base=secure)).status_code == 200
        assert (await post(client, path, MESSAGE, base=server.url)).status_code == 403


async def account_of(database: Database) -> Account:
    async with database.glance() as connection:
        found = await find_account(connection, Channel.SMS, OURS)
    assert found is not None
    return found


async def test_a_file_that_we_send_is_had_by_its_token_only(client: httpx.AsyncClient, database: Database) -> None:
    received = await deliver(database, await account_of(database), text("hi", "SM1", files=[PICTURE]))
    assert received is not None
    async with database.unit_of_work("test") as work:
        await write(work, received.conversation_id, Draft("", files=[PICTURE], author=Author.SYSTEM))
    async with database.glance() as connection:
        statement = "select f.id from message_files f join messages m on m.id = f.message_id order by m.direction desc"
        sent, came = (await connection.exec_driver_sql(statement)).scalars().all()
    found = await client.get(f"/api/twilio/files/{token_for(TOKEN, sent, time.time())}")
    assert (found.status_code, found.content, found.headers["content-type"]) == (200, b"x", "image/png")
    assert found.headers["content-disposition"] == "attachment"
    for token in (
        token_for(TOKEN, came, time.time()), token_for("x", sent, time.time()),
        token_for(TOKEN, sent, time.time() - LIFE_SECONDS - 1), str(sent), "x" * 3000,
    ):  # fmt: skip
        assert (await client.get(f"/api/twilio/files/{token}")).status_code == 404
