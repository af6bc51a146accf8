"""What the PBX shows against what the database believes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from core.agent import LegRole
from core.ids import new_id
from core.interaction import InteractionState
from telephony.asterisk.calls import Stage
from telephony.asterisk.reconcile import (
    KnownCaller,
    KnownLeg,
    LateAnswer,
    LeavingCaller,
    LegGone,
    MissingLeg,
    NewCaller,
    StrayLeg,
    reconcile,
)
from telephony.asterisk.snapshot import ChannelSeen
from telephony.asterisk.translation import ChannelRef, leg_unique_id
from telephony.state import Believed, InteractionRow, LegRow, OfferRow

NOW = datetime(2026, 1, 1, tzinfo=UTC)
INTERACTION, RESERVATION, AGENT = new_id(), new_id(), new_id()

CALLER = ChannelSeen(
    channel=ChannelRef("PJSIP/trunk-1", "hotline-1.1"),
    reservation_id=None,
    interaction_id=INTERACTION,
    agent_id=None,
    dialed="+86400",
    number="+86139",
    name="Wang",
    queue="",
    up=True,
    in_menu=False,
    waiting=True,
    on_music=True,
    bridge="",
)
IN_MENU = replace(CALLER, in_menu=True, waiting=False, on_music=False)
LEG = replace(
    CALLER,
    channel=ChannelRef("PJSIP/one-1", leg_unique_id(RESERVATION)),
    reservation_id=RESERVATION,
    agent_id=AGENT,
    waiting=False,
    on_music=False,
)
CUSTOMER_ROW = LegRow(INTERACTION, INTERACTION, None, None, LegRole.CUSTOMER, "hotline-1.1", "PJSIP/trunk-1", up=True)
AGENT_ROW = LegRow(
    RESERVATION, INTERACTION, RESERVATION, AGENT, LegRole.AGENT, leg_unique_id(RESERVATION), "PJSIP/one", up=True
)
OFFER = OfferRow(
    RESERVATION, INTERACTION, AGENT, pending=True, ring_seconds=20, deadline_at=NOW + timedelta(seconds=9), has_leg=True
)


def believed(state: InteractionState | None, *legs: LegRow, offers: tuple[OfferRow, ...] = ()) -> Believed:
    rows: dict[UUID, InteractionRow] = {}
    if state is not None:
        rows[INTERACTION] = InteractionRow(INTERACTION, state, "+86400", "main", "en")
    return Believed(tuple(legs), rows, offers)


def test_all_is_well() -> None:
    repairs = reconcile(believed(InteractionState.QUEUED, CUSTOMER_ROW), [CALLER], NOW)
    assert [type(repair) for repair in repairs] == [KnownCaller]
    assert isinstance(repairs[0], KnownCaller)
    assert (repairs[0].stage, repairs[0].to_music, repairs[0].write_queued) == (Stage.WAITING, False, False)


def test_everybody_has_left_customers_first() -> None:
    repairs = reconcile(believed(InteractionState.ACTIVE, AGENT_ROW, CUSTOMER_ROW), [], NOW)
    assert repairs == [LegGone(CUSTOMER_ROW, caller_waits=False), LegGone(AGENT_ROW, caller_waits=False)]


def test_an_agent_vanished_and_the_caller_waits() -> None:
    repairs = reconcile(believed(InteractionState.ACTIVE, AGENT_ROW, CUSTOMER_ROW), [CALLER], NOW)
    assert repairs[0] == LegGone(AGENT_ROW, caller_waits=True)


@pytest.mark.parametrize("seen", [CALLER, IN_MENU])
def test_a_caller_nobody_knows(seen: ChannelSeen) -> None:
    assert reconcile(believed(None), [seen], NOW) == [NewCaller(seen)]


def test_a_caller_is_known_by_the_channel_even_without_a_mark() -> None:
    unmarked = replace(IN_MENU, interaction_id=None)
    repairs = reconcile(believed(InteractionState.IN_MENU, CUSTOMER_ROW), [unmarked], NOW)
    assert isinstance(repairs[0], KnownCaller)
    assert repairs[0].stage is Stage.MENU


def test_a_caller_in_the_menu_whose_interaction_is_queued_goes_to_the_music() -> None:
    repairs = reconcile(believed(InteractionState.QUEUED, CUSTOMER_ROW), [IN_MENU], NOW)
    assert isinstance(repairs[0], KnownCaller)
    assert (repairs[0].stage, repairs[0].to_music) == (Stage.WAITING, True)


def test_a_caller_on_music_whose_queue_was_never_written() -> None:
    repairs = reconcile(believed(InteractionState.IN_MENU, CUSTOMER_ROW), [CALLER], NOW)
    assert isinstance(repairs[0], KnownCaller)
    assert (repairs[0].stage, repairs[0].write_queued) == (Stage.WAITING, True)


def test_a_caller_whom_the_dialplan_is_about_to_hang_up_is_no_new_call() -> None:
    leaving = replace(CALLER, on_music=False)
    assert reconcile(believed(InteractionState.WRAPPING, CUSTOMER_ROW), [leaving], NOW) == []


def test_a_caller_on_music_after_the_end_of_his_interaction_is_a_new_call() -> None:
    assert reconcile(believed(InteractionState.WRAPPING, CUSTOMER_ROW), [CALLER], NOW) == [NewCaller(CALLER)]


def test_a_caller_who_is_told_why_he_must_go_is_no_new_call() -> None:
    leaving = replace(CALLER, leaving=True, waiting=False, on_music=False)
    for state in (None, InteractionState.IN_MENU):  # closed, or about to be
        assert reconcile(believed(state, CUSTOMER_ROW), [leaving], NOW) == [LeavingCaller(leaving, INTERACTION)]
    assert reconcile(believed(None), [replace(leaving, interaction_id=None)], NOW) == []


def test_two_in_one_bridge_talk() -> None:
    caller, leg = replace(CALLER, bridge="b", on_music=False), replace(LEG, bridge="b")
    rows = believed(InteractionState.OFFERED, CUSTOMER_ROW, AGENT_ROW, offers=(OFFER,))
    known_caller, known_leg = reconcile(rows, [leg, caller], NOW)
    assert isinstance(known_caller, KnownCaller)
    assert known_caller.stage is Stage.TALKING
    assert known_leg == KnownLeg(leg, OFFER, bridged=True)


def test_a_leg_without_a_live_offer_is_a_stray() -> None:
    caller, leg = replace(CALLER, bridge="b"), replace(LEG, bridge="b")
    repairs = reconcile(believed(InteractionState.QUEUED, CUSTOMER_ROW, AGENT_ROW), [caller, leg], NOW)
    assert repairs[-1] == StrayLeg(leg, caller)


def test_an_answer_that_nobody_saw_counts_after_the_offer_ran_out() -> None:
    caller, leg = replace(CALLER, bridge="b"), replace(LEG, bridge="b")
    ringing = replace(AGENT_ROW, up=False)
    late = LateAnswer(leg, INTERACTION, RESERVATION, AGENT)
    assert reconcile(believed(InteractionState.QUEUED, CUSTOMER_ROW, ringing), [caller, leg], NOW)[-1] == late
    assert reconcile(believed(InteractionState.OFFERED, CUSTOMER_ROW, ringing), [caller, leg], NOW)[-1] == late
    alone = replace(leg, bridge="")
    stray = reconcile(believed(InteractionState.QUEUED, CUSTOMER_ROW, ringing), [caller, alone], NOW)[-1]
    assert stray == StrayLeg(alone, None)


@pytest.mark.parametrize(
    ("offer", "channels", "rings"),
    [
        (replace(OFFER, has_leg=False), [CALLER], True),
        (OFFER, [CALLER], False),
        (replace(OFFER, has_leg=False), [], False),
        (replace(OFFER, has_leg=False), [CALLER, LEG], False),
        (replace(OFFER, has_leg=False, pending=False), [CALLER], False),
        (replace(OFFER, has_leg=False, deadline_at=NOW), [CALLER], False),
    ],
)
def test_an_offer_that_nobody_rang(offer: OfferRow, channels: list[ChannelSeen], rings: bool) -> None:
    repairs = reconcile(believed(InteractionState.OFFERED, CUSTOMER_ROW, offers=(offer,)), channels, NOW)
    assert (MissingLeg(offer) in repairs) is rings
