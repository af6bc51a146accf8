"""Recorded packets of a real Asterisk 22 become values; hostile text stays text."""

from __future__ import annotations

from urllib.parse import quote
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.agent import LegEndReason
from telephony.asterisk import actions
from telephony.asterisk import translation as pbx
from telephony.asterisk.link.errors import AmiInvalidAction
from telephony.asterisk.link.frame import Frame, parse
from telephony.asterisk.snapshot import contact_seen, seen

INTERACTION = UUID("01a1ffa6-a816-72fc-b026-9ccba07ffe10")
RESERVATION = UUID("01a1ffc5-56bf-7416-b596-81e1b22eafdf")
CALLER = pbx.ChannelRef("PJSIP/trunk-00000001", "hotline-1795290370.1")


def event(name: str, *pairs: tuple[str, str]) -> Frame:
    frame = parse("\r\n".join([f"Event: {name}", *(f"{key}: {value}" for key, value in pairs)]))
    assert frame is not None
    return frame


def about(channel: pbx.ChannelRef, **more: str) -> list[tuple[str, str]]:
    return [("Channel", channel.name), ("Uniqueid", channel.unique_id), *more.items()]


def arrival(name: str = "Wang", number: str = "+8613900000001", dialed: str = "+864008001234") -> Frame:
    environment = f"agi_request: async\nagi_channel: {CALLER.name}\nagi_arg_1: {dialed}\nagi_arg_2: 1\n\n"
    return event("AsyncAGIStart", *about(CALLER, CallerIDNum=number, CallerIDName=name), ("Env", quote(environment)))


def test_an_arrival() -> None:
    assert pbx.translate(arrival()) == pbx.CallerArrived(CALLER, "+864008001234", "+8613900000001", "Wang")


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("<unknown>", ""),
        ("a\u2028Channel: x\u2029b\x85c\x0bd", "a Channel: x b c d"),
        ("\u202eevil\u200b", "evil"),
        ("x" * 4096, "x" * 80),
        ("\U0001f600 王小明", "\U0001f600 王小明"),
        ('O"Brien <b>', 'O"Brien <b>'),
    ],
)
def test_names_are_cleaned_and_cut(name: str, kept: str) -> None:
    arrived = pbx.translate(arrival(name=name))
    assert isinstance(arrived, pbx.CallerArrived)
    assert arrived.name == kept
    assert arrived.channel == CALLER


def test_a_withheld_number_is_empty_and_an_unknown_dialled_number_too() -> None:
    arrived = pbx.translate(arrival(number="<unknown>", dialed="unknown"))
    assert isinstance(arrived, pbx.CallerArrived)
    assert (arrived.number, arrived.dialed) == ("", "")


@pytest.mark.parametrize(
    ("result", "failed"),
    [("200 result=0\n", False), ("200 result=50 endpos=8320\n", False), ("200 result=-1 endpos=0\n", True),
     ("200 result=-2\n", True), ("510 Invalid or unknown command\n", True), ("", True)],
)  # fmt: skip
def test_the_end_of_a_menu_command(result: str, failed: bool) -> None:
    frame = event("AsyncAGIExec", *about(CALLER), ("CommandId", "c1"), ("Result", quote(result)))
    assert pbx.translate(frame) == pbx.CommandDone(CALLER, "c1", failed)


def test_user_events() -> None:
    waiting = event("UserEvent", *about(CALLER), ("UserEvent", "HotlineWaiting"), ("InteractionId", str(INTERACTION)))
    assert pbx.translate(waiting) == pbx.CallerWaiting(CALLER, INTERACTION)
    lost = event("UserEvent", ("UserEvent", "HotlineAgentLost"), ("ReservationId", str(RESERVATION)))
    assert pbx.translate(lost) == pbx.LegClaimLost(RESERVATION)
    placed = event("UserEvent", *about(CALLER), ("UserEvent", "HotlineWaiting"), ("InteractionId", ""))
    assert pbx.translate(placed) == pbx.CallerPlaced(CALLER)


@pytest.mark.parametrize(
    ("cause", "reason"),
    [("16", LegEndReason.CANCELLED), ("17", LegEndReason.BUSY), ("19", LegEndReason.NO_ANSWER),
     ("21", LegEndReason.DECLINED), ("20", LegEndReason.UNREACHABLE), ("3", LegEndReason.UNREACHABLE),
     ("", LegEndReason.NO_ANSWER), ("x9", LegEndReason.NO_ANSWER), ("٣", LegEndReason.NO_ANSWER)],
)  # fmt: skip
def test_the_end_of_a_leg_says_why(cause: str, reason: LegEndReason) -> None:
    leg = pbx.ChannelRef("PJSIP/one-00000002", pbx.leg_unique_id(RESERVATION))
    ended = pbx.translate(event("Hangup", *about(leg, Cause=cause)))
    assert isinstance(ended, pbx.ChannelEnded)
    assert (ended.reservation_id, ended.reason) == (RESERVATION, reason)


@pytest.mark.parametrize(("cause", "leaves"), [("16", True), ("44", False), ("", False)])
def test_an_agent_who_hangs_up_leaves_and_one_whose_media_died_does_not(cause: str, leaves: bool) -> None:
    leg = pbx.ChannelRef("PJSIP/one-00000002", pbx.leg_unique_id(RESERVATION))
    expected = pbx.LegLeaves(leg, RESERVATION) if leaves else None
    assert pbx.translate(event("HangupRequest", *about(leg, Cause=cause))) == expected


def test_a_refused_originate_is_known_by_our_own_id() -> None:
    leg = pbx.leg_unique_id(RESERVATION)
    refused = event("OriginateResponse", ("Response", "Failure"), ("Channel", "PJSIP/one"), ("Uniqueid", leg))
    assert pbx.translate(refused) == pbx.LegRefused(RESERVATION)
    worked = event("OriginateResponse", ("Response", "Success"), ("Uniqueid", leg))
    assert pbx.translate(worked) is None


def test_a_call_is_announced_by_its_channel() -> None:
    fields = {"ChannelStateDesc": "Ring", "Context": "hotline-inbound", "Exten": "4008", "CallerIDNum": "139"}
    announced = pbx.translate(event("Newchannel", *about(CALLER, **fields)))
    assert announced == pbx.CallerAnnounced(CALLER, "4008", "139", "")
    for other in ({"ChannelStateDesc": "Down"}, {"Context": "from-internal"}, {"Exten": "s"}, {"Exten": ""}):
        assert pbx.translate(event("Newchannel", *about(CALLER, **{**fields, **other}))) is None


def test_other_channels_are_no_legs() -> None:
    for name in ("Newchannel", "BridgeEnter"):
        assert pbx.translate(event(name, *about(CALLER))) is None
    assert pbx.leg_reservation("hotline-1795290370.1") is None
    assert pbx.leg_reservation("hotline-") is None


@pytest.mark.parametrize(
    ("status", "present"),
    [("Created", True), ("Reachable", True), ("NonQualified", True), ("Removed", False), ("Unreachable", False)],
)
def test_contacts(status: str, present: bool) -> None:
    frame = event("ContactStatus", ("URI", "sip:a@1"), ("ContactStatus", status), ("EndpointName", "one"))
    assert pbx.translate(frame) == pbx.ContactChanged("one", "sip:a@1", present)
    listed = event("ContactList", ("Uri", "sip:a@1"), ("Status", status), ("Endpoint", "one"))
    assert contact_seen(listed) == pbx.ContactChanged("one", "sip:a@1", present)


def status(**more: str) -> Frame:
    fields = {"Context": "hotline-wait", "Application": "MusicOnHold", "ChannelStateDesc": "Up", **more}
    variables = [("Variable", f"HOTLINE_ID={INTERACTION}"), ("Variable", "HOTLINE_RESERVATION=(null)")]
    return event("Status", *about(CALLER, **fields), *variables)


def test_a_snapshot_of_a_waiting_caller() -> None:
    row = seen(status(BridgeID=""))
    assert row is not None
    assert (row.channel, row.interaction_id, row.reservation_id) == (CALLER, INTERACTION, None)
    assert (row.waiting, row.on_music, row.in_menu, row.up) == (True, True, False, True)


def test_a_snapshot_of_a_caller_in_the_menu() -> None:
    row = seen(status(Context="hotline-menu", Application="AGI", Data="agi:async,+86,1"))
    assert row is not None
    assert (row.waiting, row.in_menu) == (False, True)


def test_channels_of_others_are_not_ours() -> None:
    assert seen(event("Status", *about(CALLER, Context="from-internal", Application="Dial"))) is None


FRAMES = st.builds(
    Frame,
    st.just("event"),
    st.sampled_from([*sorted(pbx.WANTED), "Status", "ContactList", ""]),
    st.lists(
        st.tuples(
            st.sampled_from(["Channel", "Uniqueid", "Env", "Cause", "UserEvent", "InteractionId", "Variable", "URI",
                             "Result", "CallerIDName", "CallerIDNum", "Context", "EndpointName", "ContactStatus"]),
            st.text(max_size=40) | st.just(f"hotline-{RESERVATION}") | st.just(str(INTERACTION)),
        ),
        max_size=8,
    ).map(tuple),
)  # fmt: skip


@given(FRAMES)
def test_no_frame_can_break_the_translation(frame: Frame) -> None:
    pbx.translate(frame)
    seen(frame)
    contact_seen(frame)


@given(st.text(max_size=200), st.text(max_size=80))
def test_whatever_a_caller_is_called_the_ring_is_one_action(name: str, number: str) -> None:
    order = actions.Ring(RESERVATION, INTERACTION, INTERACTION, "one", CALLER.name, number, name, 20)
    wire = actions.ring(order).wire("id").decode()
    assert wire.count("\r\n\r\n") == 1
    shown = next(line for line in wire.split("\r\n") if line.startswith("CallerID: "))
    assert shown.count('"') == 2
    assert shown.count("<") == shown.count(">") == 1
    assert sum(line.startswith("Variable: ") for line in wire.split("\r\n")) == 4


@pytest.mark.parametrize("endpoint", ["", "a/b", "one,two", "one&two", "a\r\nb", "x" * 65])
def test_an_endpoint_that_is_no_name_is_never_dialled(endpoint: str) -> None:
    order = actions.Ring(RESERVATION, INTERACTION, INTERACTION, endpoint, CALLER.name, "1", "n", 20)
    with pytest.raises(AmiInvalidAction):
        actions.ring(order)
