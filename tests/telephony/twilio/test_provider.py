"""What we send by Twilio, and what its answers mean."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest

from core import clock
from core.ids import new_id
from core.interaction import Channel
from core.message import MessageState
from telephony.messages.accounts import Account
from telephony.messages.port import NotNow, Outgoing, OutgoingFile, RefusedForGood
from telephony.twilio.links import LIFE_SECONDS, file_of, token_for
from telephony.twilio.provider import TwilioProvider
from tests.fakes.twilio import SID, TOKEN, Answer, FakeTwilio, refusal
from tests.telephony.messages.company import ANN, OURS

PUBLIC = "https://hotline.example.com"


@pytest.fixture
async def twilio() -> AsyncIterator[FakeTwilio]:
    async with FakeTwilio() as fake:
        yield fake


def account(channel: Channel = Channel.SMS, **settings: Any) -> Account:
    return Account(new_id(), "main", channel, OURS, None, "twilio", settings=settings)


def outgoing(body: str = "hello", **fields: Any) -> Outgoing:
    return Outgoing(new_id(), new_id(), ANN, ANN, "", body, clock.now(), **fields)


async def send(twilio: FakeTwilio, to: Account, message: Outgoing, **options: Any) -> Any:
    provider = TwilioProvider(SID, TOKEN, api_url=twilio.url, **({"public_url": PUBLIC, "timeout": 5.0} | options))
    try:
        return await provider.send(to, message)
    finally:
        provider.close()


async def test_an_sms_names_our_message_in_the_address_for_reports(twilio: FakeTwilio) -> None:
    message = outgoing("naïve 你好 & = +")
    sent = await send(twilio, account(), message)
    (asked,) = twilio.asked
    assert (sent.external_id, sent.state) == (f"SM{1:032x}", MessageState.SENT)
    assert (asked.method, asked.path, asked.is_authorised) == (
        "POST",
        f"/2010-04-01/Accounts/{SID}/Messages.json",
        True,
    )
    assert asked.form == {
        "To": [ANN], "From": [OURS], "Body": [message.body],
        "StatusCallback": [f"{PUBLIC}/api/twilio/status?hotline={message.message_id}"],
    }  # fmt: skip


async def test_whatsapp_is_free_for_a_day_and_then_takes_templates_only(twilio: FakeTwilio) -> None:
    to = account(Channel.WHATSAPP)
    await send(twilio, to, outgoing(last_inbound_at=clock.now() - timedelta(hours=23)))
    assert twilio.asked[0].form["To"] == [f"whatsapp:{ANN}"] and twilio.asked[0].form["From"] == [f"whatsapp:{OURS}"]
    for last in (None, clock.now() - timedelta(hours=24, seconds=1)):
        with pytest.raises(RefusedForGood, match=r"whatsapp\.window_closed"):
            await send(twilio, to, outgoing(last_inbound_at=last))
    template = {"sid": "HX" + "1" * 32, "variables": {"1": "Ann", "2": "你好"}}
    await send(twilio, to, outgoing("", details={"template": template}))
    assert len(twilio.asked) == 2
    assert twilio.asked[1].form["ContentSid"] == [template["sid"]]
    assert json.loads(twilio.asked[1].form["ContentVariables"][0]) == template["variables"]


async def test_files_go_by_links_that_open_one_file_for_a_while(twilio: FakeTwilio) -> None:
    file = OutgoingFile(new_id(), "a.png", "image/png", b"x")
    await send(twilio, account(), outgoing("", files=[file]))
    (link,) = twilio.asked[0].form["MediaUrl"]
    token = urlsplit(link).path.removeprefix("/api/twilio/files/")
    assert link.startswith(PUBLIC) and file_of(TOKEN, token, time.time()) == file.id
    with pytest.raises(RefusedForGood, match=r"file\.no_public_address"):
        await send(twilio, account(), outgoing("", files=[file]), public_url="http://127.0.0.1:8700")


def test_a_token_is_for_one_file_and_not_for_ever() -> None:
    file_id = UUID(int=7)
    token = token_for(TOKEN, file_id, 1000.0)
    assert file_of(TOKEN, token, 1000.0 + LIFE_SECONDS - 1) == file_id
    assert file_of(TOKEN, token, 1000.0 + LIFE_SECONDS) is None
    for forged in (token_for("x", file_id, 1000.0), token[:-1], f"B{token[1:]}", "", "é", "%", token * 2):
        assert file_of(TOKEN, forged, 1000.0) is None
    assert file_of("", token_for("", file_id, 1000.0), 1000.0) is None


async def test_too_long_a_text_is_refused_before_it_is_sent(twilio: FakeTwilio) -> None:
    with pytest.raises(RefusedForGood, match=r"message\.too_long"):
        await send(twilio, account(), outgoing("x" * 1601))
    await send(twilio, account(), outgoing("x" * 1600))
    assert len(twilio.asked) == 1


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        (refusal(429, 20429), NotNow, "twilio.20429"),
        (refusal(400, 14107), NotNow, "twilio.14107"),
        (refusal(400, 30001), NotNow, "twilio.30001"),
        (refusal(401, 20003), NotNow, "twilio.20003"),
        (refusal(500, 20500), NotNow, "twilio.20500"),
        (Answer(502, b"<html>Bad Gateway</html>"), NotNow, "twilio.502"),
        (Answer(429, b""), NotNow, "twilio.429"),
        (Answer(201, b"not json"), NotNow, "twilio.answer"),
        (Answer(201, b"{}"), NotNow, "twilio.answer"),
        (Answer(201, b"[]"), NotNow, "twilio.answer"),
        (Answer(201, None), NotNow, "net.down"),
        (refusal(400, 21610), RefusedForGood, "customer.opted_out"),
        (refusal(400, 21211), RefusedForGood, "message.address"),
        (refusal(400, 63016), RefusedForGood, "whatsapp.window_closed"),
        (refusal(400, 99999), RefusedForGood, "twilio.99999"),
        (refusal(404, 20404), RefusedForGood, "twilio.20404"),
    ],
)
async def test_what_an_answer_means(twilio: FakeTwilio, answer: Answer, kind: Any, code: str) -> None:
    twilio.answers.append(answer)
    with pytest.raises(kind) as caught:
        await send(twilio, account(), outgoing())
    assert caught.value.code == code


async def test_silence_means_not_now_and_leaves_time_for_a_report(twilio: FakeTwilio) -> None:
    twilio.silent = True
    with pytest.raises(NotNow) as caught:
        await send(twilio, account(), outgoing(), timeout=0.2)
    assert caught.value.code == "net.timeout" and (caught.value.after_seconds or 0) >= 30


async def test_nobody_there_means_not_now() -> None:
    async with FakeTwilio() as gone:
        url = gone.url
    provider = TwilioProvider(SID, TOKEN, api_url=url, timeout=2.0)
    with pytest.raises(NotNow) as caught:
        await provider.send(account(), outgoing())
    provider.close()
    assert (caught.value.code, caught.value.after_seconds) == ("net.down", None)


async def test_slow_ones_do_not_hold_up_the_loop(twilio: FakeTwilio) -> None:
    twilio.silent = True
    slow = asyncio.create_task(send(twilio, account(), outgoing(), timeout=0.3))
    began, beats = time.monotonic(), 0
    while not slow.done() and time.monotonic() - began < 5:
        await asyncio.sleep(0.01)
        beats += 1
    with pytest.raises(NotNow):
        await slow
    assert beats > 5
