"""The demo page as a customer's handset."""

from __future__ import annotations

import pytest

from core.db import Database
from core.interaction import Channel
from core.message import Author
from core.ports import OpenDoors
from crm_sync.identity import Directory
from telephony.messages.inbox import Inbox
from telephony.messages.write import Draft, write
from telephony.twilio.translation import TwilioReader
from tests.fakes.http_client import http_client
from tests.fakes.web_server import running_web
from tests.telephony.messages.company import ANN, open_account


@pytest.mark.long
async def test_a_customer_writes_and_reads_on_his_handset(
    database: Database, database_url: str, redis_url: str
) -> None:
    await open_account(database, Channel.WHATSAPP)
    async with running_web(database_url, redis_url, demo=True) as server, http_client(base_url=server.url) as client:
        text = {"channel": "whatsapp", "sender": ANN, "body": "Where is it?\x00"}
        assert (await client.post("/api/demo/messages", json=text)).status_code == 204
        for wrong, code in (
            ({"channel": "sms"}, "channel_account.unknown"),
            ({"sender": "nobody"}, "demo.sender"),
            ({"channel": "email"}, "request.invalid"),
            ({"body": ""}, "request.invalid"),
        ):
            assert (await client.post("/api/demo/messages", json=text | wrong)).json()["code"] == code
        await Inbox(database, {"console": TwilioReader()}, Directory(), OpenDoors()).work_off()
        async with database.glance() as connection:
            conversation_id = (await connection.exec_driver_sql("select id from conversations")).scalar_one()
        async with database.unit_of_work("test") as work:
            await write(work, conversation_id, Draft("In Leeds.", author=Author.SYSTEM))
        answer = await client.get("/api/demo/messages", params={"channel": "whatsapp", "sender": ANN})
        assert [(line["is_his"], line["body"], line["state"]) for line in answer.json()] == [
            (True, "Where is it?", "received"),
            (False, "In Leeds.", "queued"),
        ]
