"""The link against a scripted manager: every defect of the client underneath, once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from telephony.asterisk.link import Action, AmiAddress, Frame, Link, client, link, variable
from telephony.asterisk.link.errors import (
    AmiAddressInvalid,
    AmiInvalidAction,
    AmiLoginRefused,
    AmiLost,
    AmiNotBooted,
    AmiRefused,
    AmiTimeout,
)
from tests.telephony.ami_server import AmiServer, Headers, ami_server, until

WANTED = frozenset({"Newchannel", "Hangup", "OriginateResponse"})


@asynccontextmanager
async def linked(server: AmiServer, events: list[Frame] | None = None) -> AsyncIterator[Link]:
    taken = [] if events is None else events
    opened = await Link.open(AmiAddress.parse(server.url), WANTED, taken.append)
    try:
        yield opened
    finally:
        opened.close("test over")


async def test_login_sends_user_secret_and_mask_and_waits_for_fully_booted() -> None:
    async with ami_server() as server, linked(server):
        login = dict(server.named("Login")[0])
        assert (login["Username"], login["Secret"], login["Events"]) == ("hotline", "s@cret", "on")


async def test_login_without_fully_booted_is_no_link(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link, "BOOT_SECONDS", 0.05)
    async with ami_server(booted=False) as server:
        with pytest.raises(AmiNotBooted):
            await Link.open(AmiAddress.parse(server.url), WANTED, lambda frame: None)


async def test_refused_login_says_so() -> None:
    async def refuse(server: AmiServer, action: Headers) -> None:
        await server.respond(action, "Error", ("Message", "Authentication failed"))

    async with ami_server(replies={"Login": refuse}) as server:
        with pytest.raises(AmiLoginRefused, match="Authentication failed"):
            await Link.open(AmiAddress.parse(server.url), WANTED, lambda frame: None)


@pytest.mark.parametrize("banner", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\r\n"])
async def test_a_wrong_banner_is_a_lost_link(banner: bytes) -> None:
    async with ami_server(banner=banner, answering=False) as server:
        with pytest.raises(AmiLost):
            await Link.open(AmiAddress.parse(server.url), WANTED, lambda frame: None)


async def test_nobody_listens() -> None:
    async with ami_server() as server:
        address = AmiAddress.parse(server.url)
    with pytest.raises(AmiLost, match="cannot reach"):
        await Link.open(address, WANTED, lambda frame: None)


async def test_a_line_separator_in_a_name_stays_text() -> None:
    events: list[Frame] = []
    name = "Eve\u2028Channel: PJSIP/fake-1\u0085Channel: b\x0bChannel: c\x1cx"
    async with ami_server() as server, linked(server, events):
        await server.event("Newchannel", ("CallerIDName", name), ("Channel", "PJSIP/true-1"))
        await until(lambda: events)
    assert events[0].all("Channel") == ["PJSIP/true-1"]
    assert events[0].get("CallerIDName") == name


async def test_repeated_headers_are_all_kept_in_order() -> None:
    events: list[Frame] = []
    async with ami_server() as server, linked(server, events):
        await server.event("Hangup", ("Variable", "A=1"), ("Variable", "B=2"), ("ChanVariable(x)", "y=z"))
        await until(lambda: events)
    assert events[0].all("Variable") == ["A=1", "B=2"]
    assert events[0].get("ChanVariable(x)") == "y=z"


async def test_an_originate_response_is_an_event_although_it_holds_a_response_key() -> None:
    events: list[Frame] = []
    async with ami_server() as server, linked(server, events) as opened:
        await server.event("OriginateResponse", ("Response", "Failure"), ("Reason", "3"))
        await opened.send(Action("Ping"))
    assert [event.name for event in events] == ["OriginateResponse"]


async def test_unwanted_events_never_reach_the_handler() -> None:
    events: list[Frame] = []
    async with ami_server() as server, linked(server, events) as opened:
        await server.event("RTCPSent", ("Channel", "x"))
        await server.event("Hangup", ("Channel", "x"))
        await opened.send(Action("Ping"))
    assert [event.name for event in events] == ["Hangup"]


@pytest.mark.parametrize("bad", ["a\r\nAction: Originate", "a\nb", "a\rb", "nul\x00", "\ud800", "x" * 1001])
async def test_a_value_that_would_break_the_wire_is_refused_before_a_byte_is_sent(bad: str) -> None:
    with pytest.raises(AmiInvalidAction):
        Action("UserEvent", (("Note", bad),))


@pytest.mark.parametrize("bad", ["", "Ke y", "Key:", "K\r\ney", "9key", "k" * 65])
def test_a_header_name_must_be_one(bad: str) -> None:
    with pytest.raises(AmiInvalidAction):
        Action("Ping", ((bad, "v"),))
    with pytest.raises(AmiInvalidAction):
        Action(bad)


@pytest.mark.parametrize("bad", ["a,B=c", 'a"b', "a\\b", "a(b)", "${SHELL(id)}", "x" * 401])
def test_a_variable_that_asterisk_would_split_or_evaluate_is_refused(bad: str) -> None:
    with pytest.raises(AmiInvalidAction):
        variable("HOTLINE_ID", bad)


@pytest.mark.parametrize("url", ["", "http://a:b@c", "ami://host", "ami://u@h:1", "ami://u:p@h:notaport", "ami://u:p@"])
def test_an_address_that_cannot_be_read_is_refused_without_its_secret(url: str) -> None:
    with pytest.raises(AmiAddressInvalid):
        AmiAddress.parse(url)


def test_the_secret_is_not_in_the_repr() -> None:
    assert "hush" not in repr(AmiAddress.parse("ami://u:hush@h"))


async def test_an_error_answer_carries_asterisks_text() -> None:
    async def refuse(server: AmiServer, action: Headers) -> None:
        await server.respond(action, "Error", ("Message", "No such channel"))

    async with ami_server(replies={"Hangup": refuse}) as server, linked(server) as opened:
        with pytest.raises(AmiRefused, match="No such channel"):
            await opened.send(Action("Hangup", (("Channel", "x"),)))


async def test_no_answer_is_an_error_and_leaves_nothing_behind() -> None:
    async def silent(server: AmiServer, action: Headers) -> None:
        return

    async with ami_server(replies={"Ping": silent}) as server, linked(server) as opened:
        with pytest.raises(AmiTimeout):
            await opened.send(Action("Ping"), 0.02)
        assert opened._answers == {}


async def test_a_cut_fails_everything_that_waits_at_once() -> None:
    async def cut(server: AmiServer, action: Headers) -> None:
        server.cut()

    async with ami_server(replies={"Ping": cut}) as server, linked(server) as opened:
        with pytest.raises(AmiLost):
            await opened.send(Action("Ping"), 60)
        assert opened.closed.is_set()
        with pytest.raises(AmiLost):
            await opened.send(Action("Ping"))


async def test_a_list_is_collected_by_its_own_id_and_not_mixed_with_events() -> None:
    async def channels(server: AmiServer, action: Headers) -> None:
        own = ("ActionID", dict(action)["ActionID"])
        await server.respond(action, "Success", ("EventList", "start"))
        await server.event("CoreShowChannel", own, ("Channel", "a"))
        await server.event("Hangup", ("Channel", "z"))
        await server.event("CoreShowChannel", own, ("Channel", "b"))
        await server.event("CoreShowChannelsComplete", own, ("EventList", "Complete"))

    events: list[Frame] = []
    async with ami_server(replies={"CoreShowChannels": channels}) as server, linked(server, events) as opened:
        listed = await opened.collect(Action("CoreShowChannels"))
    assert [item.get("Channel") for item in listed] == ["a", "b"]
    assert [event.name for event in events] == ["Hangup"]


async def test_an_empty_list_that_asterisk_calls_an_error_is_empty() -> None:
    async def none(server: AmiServer, action: Headers) -> None:
        await server.respond(action, "Error", ("Message", "No Contacts found"))

    async with ami_server(replies={"PJSIPShowContacts": none}) as server, linked(server) as opened:
        assert await opened.collect(Action("PJSIPShowContacts")) == []


async def test_actions_from_many_tasks_are_written_whole() -> None:
    async with ami_server() as server, linked(server) as opened:
        values = [f"{n}" * 400 for n in range(10)] * 20
        await asyncio.gather(*(opened.send(Action("Ping", (("Note", value),))) for value in values))
        assert sorted(dict(a)["Note"] for a in server.named("Ping")) == sorted(values)
        assert len({dict(a)["ActionID"] for a in server.actions}) == len(server.actions)


async def test_a_manager_that_stops_reading_is_a_lost_link(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "SEND_SECONDS", 0.05)

    async def stall(server: AmiServer, action: Headers) -> None:
        await asyncio.sleep(30)

    async with ami_server(replies={"Stall": stall}) as server, linked(server) as opened:
        opened._ask_later = asyncio.ensure_future(opened.send(Action("Stall"), 60))  # type: ignore[attr-defined]
        big = Action("Ping", tuple((f"K{n}", "v" * 900) for n in range(99)))
        with pytest.raises(AmiLost):
            await asyncio.gather(*(opened.send(big, 60) for _ in range(400)))
        assert opened.closed.is_set()
        with pytest.raises(AmiLost):
            await opened._ask_later  # type: ignore[attr-defined]
        server.cut()


async def test_a_handler_that_raises_kills_neither_reader_nor_link() -> None:
    def broken(frame: Frame) -> None:
        raise ValueError("ours")

    async with ami_server() as server:
        opened = await Link.open(AmiAddress.parse(server.url), WANTED, broken)
        await server.event("Hangup", ("Channel", "x"))
        await opened.send(Action("Ping"))
        assert not opened.closed.is_set()
        opened.close("test over")


async def test_a_packet_without_an_end_drops_the_link(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "PACKET_BYTES", 1000)
    async with ami_server() as server, linked(server) as opened:
        await server.say("Event: Hangup\r\nChannel: " + "x" * 5000)
        await asyncio.wait_for(opened.closed.wait(), 5)
        assert opened.close_reason == "unreadable: a packet without an end"


async def test_half_a_packet_waits_for_its_other_half() -> None:
    events: list[Frame] = []
    async with ami_server() as server, linked(server, events):
        await server.say("Event: Hang")
        await asyncio.sleep(0)
        await server.say("up\r\nChannel: ")
        await server.say("é€\U0001f600".encode()[:3])
        await server.say("é€\U0001f600".encode()[3:] + b"\r\n\r\n")
        await until(lambda: events)
    assert events[0].get("Channel") == "é€\U0001f600"


async def test_bytes_that_are_no_text_are_replaced() -> None:
    events: list[Frame] = []
    async with ami_server() as server, linked(server, events):
        await server.say(b"Event: Hangup\r\nCallerIDName: \xff\xfe\r\n\r\n")
        await until(lambda: events)
    assert events[0].get("CallerIDName") == "\ufffd\ufffd"
