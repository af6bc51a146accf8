"""Conversations at the desk: what agents can do over HTTP, what their desks are told, and what they are refused."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest

from core.chat_signals import ChatSignal, Kind
from core.ids import new_id
from core.interaction import Channel
from telephony.messages.console import ConsoleProvider
from telephony.messages.incoming import IncomingFile
from telephony.messages.port import RefusedForGood, Sent
from telephony.messages.sender import Sender
from tests.fakes.desk_client import Browser, Refused
from tests.fakes.floor import Floor
from tests.fakes.post import Post
from tests.web.conftest import SignIn

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40
DONE = {"code": "done", "note": "All well."}


@pytest.fixture
async def post(floor: Floor) -> Post:
    made = Post(floor)
    await made.open()
    return made


async def refused(browser: Browser, method: str, path: str, body: object = None) -> tuple[int, str | None]:
    with pytest.raises(Refused) as caught:
        await browser.call(method, path, body)
    return caught.value.status, caught.value.code


def message(text: str, **fields: Any) -> dict[str, Any]:
    return {"client_id": str(new_id()), "text": text, **fields}


async def upload(browser: Browser, conversation: UUID, content: bytes, name: str, kind: str) -> Any:
    headers = {"X-CSRF-Token": browser.csrf, "Origin": browser.url, "Content-Type": kind}
    path = f"/api/conversations/{conversation}/files"
    return await browser.http.post(path, params={"name": name}, content=content, headers=headers)


async def send_all(floor: Floor, provider: Any = None) -> None:
    sender = Sender(floor.database, {"console": provider or ConsoleProvider()})
    await sender.send_due()
    await sender.idle()


async def test_a_message_pops_and_is_taken(floor: Floor, post: Post, sign_in: SignIn) -> None:
    lin = await sign_in("lin")
    desk = await lin.open_desk()
    letter = await post.write("Where is my parcel?")
    await post.offer(letter, "lin")
    await desk.until(lambda: bool(desk.state["work"]))
    item = desk.state["work"][0]
    talk = item["conversation"]
    assert (item["state"], item["channel"], item["customer"]["name"]) == ("offered", "sms", "Ann Hill")
    assert (talk["id"], talk["unread"], talk["last"]["text"]) == (str(letter.conversation), 1, "Where is my parcel?")
    assert talk["waiting_since"] and talk["first_response_due_at"] > item["queued_at"]
    await lin.call("POST", f"/api/interactions/{letter.interaction}/accept")
    assert await floor.value("select count(*) from event_log where name = 'reservation.accept_requested'") == 1
    await post.take(letter)
    await desk.until(lambda: desk.state["work"][0]["state"] == "active")
    await lin.call("POST", f"/api/interactions/{letter.interaction}/accept")
    assert await floor.value("select count(*) from event_log where name = 'reservation.accept_requested'") == 1
    await desk.close()


async def test_what_is_said_reaches_the_desk_in_small_pieces(floor: Floor, post: Post, sign_in: SignIn) -> None:
    lin = await sign_in("lin")
    desk = await lin.open_desk()
    letter = await post.served("hello")
    await desk.until(lambda: bool(desk.state["work"]) and desk.state["work"][0]["state"] == "active")
    await post.write("are you there?")
    await desk.until(
        lambda: desk.state["work"][0]["conversation"]["unread"] == 2 and bool(desk.of_type("message.changed"))
    )
    assert desk.of_type("message.changed")[-1]["message"]["body"] == "are you there?"
    path = f"/api/conversations/{letter.conversation}"
    await lin.call("POST", f"{path}/read", {"seq": 2})
    await desk.until(lambda: desk.state["work"][0]["conversation"]["unread"] == 0)
    sent = await lin.call("POST", f"{path}/messages", message("Yes, I am."))
    assert (sent["seq"], sent["state"]) == (3, "queued")
    await send_all(floor)
    await desk.until(lambda: desk.of_type("message.changed")[-1]["message"]["state"] == "delivered")
    talk = desk.state["work"][0]["conversation"]
    assert (talk["waiting_since"], talk["first_response_due_at"], talk["newest"]) == (None, None, 3)
    assert len(desk.of_type("work.changed")) <= 3, "a message does not send the customer's card again"
    page = await lin.call("GET", path)
    assert [(each["seq"], each["author"], each["state"]) for each in page["messages"]] == [
        (1, "customer", "received"), (2, "customer", "received"), (3, "agent", "delivered"),
    ]  # fmt: skip
    assert page["messages"][2]["agent_name"] == "Lin" and not page["has_older"]
    await desk.close()


async def test_typing_is_told_both_ways(
    floor: Floor, post: Post, sign_in: SignIn, server: Any, valkey_client: Any
) -> None:
    lin = await sign_in("lin")
    desk = await lin.open_desk()
    letter = await post.served("hello")
    await desk.until(lambda: bool(desk.state["work"]))
    heard: list[bytes] = []
    async with valkey_client.pubsub(ignore_subscribe_messages=True) as listening:
        await listening.subscribe("hotline:{main}:chat_signals")
        await listening.get_message(timeout=0.2)
        await lin.call("POST", f"/api/conversations/{letter.conversation}/typing")
        while not heard:
            found = await listening.get_message(timeout=1)
            heard += [found["data"]] if found else []
    assert ChatSignal.model_validate_json(heard[0]).by == "agent"
    signal = ChatSignal(conversation_id=letter.conversation, by="customer", kind=Kind.TYPING)
    for _ in range(20):
        await valkey_client.publish("hotline:{main}:chat_signals", signal.model_dump_json())
        if desk.of_type("customer.types"):
            break
        await asyncio.sleep(0.1)
    assert desk.of_type("customer.types")[0]["conversation_id"] == str(letter.conversation)
    await desk.close()


async def test_the_same_reply_twice_is_one(post: Post, sign_in: SignIn) -> None:
    lin = await sign_in("lin")
    letter = await post.served("hello")
    path, reply = f"/api/conversations/{letter.conversation}/messages", message("Hi")
    uploaded = (await upload(lin, letter.conversation, PNG, "a.png", "image/png")).json()
    reply["files"] = [uploaded["upload_id"]]
    first, second = await lin.call("POST", path, reply), await lin.call("POST", path, reply)
    assert first == second
    assert await post.rows("select count(*) from messages where direction = 'out'") == [(1,)]
    assert await refused(lin, "POST", path, message(" ")) == (422, "message.empty")


async def test_a_conversation_is_for_whoever_serves_it(post: Post, sign_in: SignIn) -> None:
    letter = await post.write("hello")
    await post.offer(letter, "lin")
    lin, zhao, sun = await sign_in("lin"), await sign_in("zhao"), await sign_in("sun")
    path = f"/api/conversations/{letter.conversation}"
    assert await refused(lin, "POST", f"{path}/messages", message("x")) == (409, "message.not_taken")
    await post.take(letter)
    assert (await lin.call("GET", path))["messages"][0]["body"] == "hello"
    assert (await sun.call("GET", path))["messages"][0]["body"] == "hello"
    assert await refused(zhao, "GET", path) == (404, "conversation.unknown")
    for method, where, body in (
        ("messages", path, message("x")), ("read", path, {"seq": 1}), ("typing", path, None),
    ):  # fmt: skip
        assert await refused(zhao, "POST", f"{where}/{method}", body) == (404, "conversation.unknown")
    item = f"/api/interactions/{letter.interaction}"
    assert await refused(zhao, "POST", f"{item}/accept") == (404, "interaction.unknown")
    assert await refused(zhao, "POST", f"{item}/end", DONE) == (404, "interaction.unknown")
    assert await refused(zhao, "POST", f"{item}/hand-over", {}) == (404, "interaction.unknown")
    assert (await upload(zhao, letter.conversation, PNG, "a.png", "image/png")).status_code == 404


async def test_ending_writes_outcome_timeline_and_outbox(floor: Floor, post: Post, sign_in: SignIn) -> None:
    lin = await sign_in("lin")
    desk = await lin.open_desk()
    letter = await post.served("hello")
    path = f"/api/interactions/{letter.interaction}/end"
    assert await refused(lin, "POST", path, {"code": "shipment"}) == (422, "outcome.unknown_code")
    assert await floor.value("select state from interactions") == "active"
    answer = await lin.call("POST", path, DONE)
    assert (answer["code"], answer["late"]) == ("done", False)
    assert await lin.call("POST", path, DONE) == answer
    await desk.until(lambda: desk.state["work"] == [] and bool(desk.of_type("timeline.changed")))
    entry = desk.of_type("timeline.changed")[-1]["entry"]
    assert (entry["kind"], entry["body"]["channel"], entry["body"]["note"]) == ("message", "sms", "All well.")
    assert await post.rows("select count(*) from outbox") == [(1,)]
    assert await post.rows("select kind, title from timeline_entries") == [("message", "sms, Shipments, Done")]
    await desk.close()


async def test_ending_after_the_customer_has_left(post: Post, sign_in: SignIn) -> None:
    lin = await sign_in("lin")
    letter = await post.served("hello")
    await post.leave(letter)
    await lin.call("POST", f"/api/interactions/{letter.interaction}/end", DONE)
    assert await post.rows("select state, end_reason from interactions") == [("closed", "completed")]


async def test_handing_over_leaves_a_note_for_the_next(floor: Floor, post: Post, sign_in: SignIn) -> None:
    lin = await sign_in("lin")
    letter = await post.served("hello")
    body = {"queue_id": str(floor.queues["complaints"]), "note": "Wants money back."}
    path = f"/api/interactions/{letter.interaction}/hand-over"
    assert await refused(lin, "POST", path, {"queue_id": str(new_id())}) == (404, "queue.unknown")
    await lin.call("POST", path, body)
    await lin.call("POST", path, body)
    assert await post.rows("select state, agent_id from interactions") == [("queued", None)]
    assert await post.rows("select kind, title from timeline_entries") == [("note", "Wants money back.")]
    assert await refused(lin, "GET", f"/api/conversations/{letter.conversation}") == (404, "conversation.unknown")


async def test_older_messages_come_page_by_page(post: Post, sign_in: SignIn) -> None:
    lin = await sign_in("lin")
    letter = await post.served("1")
    await post.change(
        "insert into messages (id, domain, conversation_id, account_id, seq, direction, author, body, state, at) "
        "select gen_random_uuid(), domain, id, account_id, n, 'in', 'customer', n::text, 'received', now() "
        "from conversations, generate_series(2, 60) n"
    )
    path = f"/api/conversations/{letter.conversation}"
    page = await lin.call("GET", path)
    older = await lin.call("GET", f"{path}?before={page['messages'][0]['seq']}")
    assert [each["seq"] for each in older["messages"] + page["messages"]] == [*older_seqs(page), *newest_seqs(page)]
    assert (page["has_older"], older["has_older"]) == (True, False)
    assert (await refused(lin, "GET", f"{path}?before=0"))[0] == 422


def older_seqs(page: Any) -> range:
    return range(1, page["messages"][0]["seq"])


def newest_seqs(page: Any) -> range:
    first = page["messages"][0]["seq"]
    return range(first, first + len(page["messages"]))


async def test_files_come_as_downloads_and_only_pictures_are_shown(post: Post, sign_in: SignIn) -> None:
    lin, zhao = await sign_in("lin"), await sign_in("zhao")
    svg = IncomingFile("x\r\n.svg", "image/svg+xml", b"<svg onload=alert(1)>")
    letter = await post.served("hello", files=(IncomingFile("a.png", "image/png", PNG), svg))
    page = await lin.call("GET", f"/api/conversations/{letter.conversation}")
    files = page["messages"][0]["files"]
    assert [(each["name"], each["is_image"]) for each in files] == [("a.png", True), ("x .svg", False)]
    shown = await lin.http.get(f"/api/files/{files[0]['id']}?inline=1")
    assert (shown.content, shown.headers["content-type"]) == (PNG, "image/png")
    assert shown.headers["content-disposition"].startswith("inline")
    kept = await lin.http.get(f"/api/files/{files[1]['id']}?inline=1")
    assert kept.headers["content-disposition"] == "attachment; filename*=UTF-8''x%20.svg"
    assert kept.headers["content-type"] == "application/octet-stream"
    assert "sandbox" in kept.headers["content-security-policy"]
    assert kept.headers["x-content-type-options"] == "nosniff"
    assert (await zhao.http.get(f"/api/files/{files[0]['id']}")).status_code == 404
    assert (await lin.http.get(f"/api/files/{new_id()}")).status_code == 404


async def test_files_are_sent_and_too_large_ones_refused(post: Post, sign_in: SignIn) -> None:
    lin = await sign_in("lin")
    letter = await post.served("hello")
    large = await upload(lin, letter.conversation, b"x" * (10 * 1024 * 1024 + 1), "big", "text/plain")
    assert (large.status_code, large.json()["code"]) == (413, "body.too_large")
    assert (await upload(lin, letter.conversation, b"", "none", "text/plain")).json()["code"] == "file.empty"
    made = (await upload(lin, letter.conversation, b"y" * 300_000, "letter.txt", "text/plain")).json()
    path = f"/api/conversations/{letter.conversation}/messages"
    await lin.call("POST", path, message("", files=[made["upload_id"]]))
    assert await post.rows("select name, size, state from message_files") == [("letter.txt", 300_000, "stored")]
    assert await post.rows("select count(*) from uploads") == [(0,)]
    assert await refused(lin, "POST", path, message("", files=[made["upload_id"]])) == (404, "upload.unknown")


async def test_what_failed_is_tried_again(floor: Floor, post: Post, sign_in: SignIn) -> None:
    lin = await sign_in("lin")
    letter = await post.served("hello")

    class Refusing:
        async def send(self, account: Any, outgoing: Any) -> Sent:
            raise RefusedForGood("twilio.30003")

    sent = await lin.call("POST", f"/api/conversations/{letter.conversation}/messages", message("Hi"))
    await send_all(floor, Refusing())
    page = await lin.call("GET", f"/api/conversations/{letter.conversation}")
    assert (page["messages"][1]["state"], page["messages"][1]["error"]) == ("failed", "twilio.30003")
    again = f"/api/conversations/{letter.conversation}/messages/{sent['message_id']}/again"
    await lin.call("POST", again)
    await send_all(floor)
    await lin.call("POST", again)
    assert await post.rows("select state from messages where seq = 2") == [("delivered",)]
    first = page["messages"][0]["id"]
    unknown = f"/api/conversations/{letter.conversation}/messages/{first}/again"
    assert await refused(lin, "POST", unknown) == (404, "message.unknown")


async def test_whatsapp_wants_a_template_after_a_day(post: Post, sign_in: SignIn) -> None:
    lin = await sign_in("lin")
    template = {"name": "parcel_news", "language": "en", "text": "News of {{1}}"}
    await post.open(Channel.WHATSAPP, settings={"templates": [template, {"x": 1}]})
    letter = await post.served("hello", channel=Channel.WHATSAPP)
    await post.change("update conversations set last_inbound_at = now() - interval '25 h'")
    page = await lin.call("GET", f"/api/conversations/{letter.conversation}")
    assert page["templates"] == [template] and page["window_closes_at"]
    path = f"/api/conversations/{letter.conversation}/messages"
    assert await refused(lin, "POST", path, message("Hi")) == (409, "message.window_closed")
    await lin.call("POST", path, message("", template="parcel_news", variables={"1": "SZ-1"}))
    assert await post.rows("select details from messages where seq = 2") == [
        ({"template": "parcel_news", "variables": {"1": "SZ-1"}},)
    ]


async def test_canned_replies_are_there_for_all(post: Post, sign_in: SignIn) -> None:
    await post.change(
        "insert into canned_replies (id, domain, code, language, text) "
        "values (gen_random_uuid(), 'main', 'hello', 'en', 'Hello {customer.name}')"
    )
    for login in ("lin", "sun"):
        replies = await (await sign_in(login)).call("GET", "/api/canned-replies")
        assert [(each["code"], each["text"]) for each in replies] == [("hello", "Hello {customer.name}")]
