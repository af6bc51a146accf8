"""The dialplan, on a real Asterisk: into the menu, onto music, into one bridge, and out again."""

from __future__ import annotations

import uuid
from urllib.parse import unquote

import pytest

from telephony.asterisk.pbx.probe import Probe, value
from tests.telephony.asterisk.pbx.conftest import Switch, event

pytestmark = pytest.mark.journey


def enter_menu(probe: Probe) -> str:
    """The channel of the next caller in the menu."""
    return value(event(probe, "AsyncAGIStart"), "Channel")


def wait_on_music(probe: Probe, channel: str, interaction: str) -> None:
    """What the product does at the end of the menu: answer, mark, send to the music."""
    probe.action("AGI", Channel=channel, Command="ANSWER", CommandID="answer")
    event(probe, "AsyncAGIExec", CommandId="answer")
    probe.action("Setvar", Channel=channel, Variable="HOTLINE_ID", Value=interaction)
    probe.action("Redirect", Channel=channel, Context="hotline-wait", Exten="s", Priority="1")
    event(probe, "HotlineWaiting", InteractionId=interaction)
    event(probe, "MusicOnHoldStart", Channel=channel)


def ring(probe: Probe, phone: str, caller: str, interaction: str) -> str:
    """Originate an agent's leg; gives the reservation's id, which is the leg's unique id as well."""
    reservation = f"r-{uuid.uuid4()}"
    variables = (
        f"HOTLINE_ID={interaction},HOTLINE_RESERVATION={reservation},HOTLINE_AGENT={phone},HOTLINE_CALLER={caller}"
    )
    probe.action(
        "Originate", Channel=f"PJSIP/{phone}", Context="hotline-agent", Exten="s", Priority="1", Timeout="15000",
        Async="true", ChannelId=reservation, Variable=variables,
    )  # fmt: skip
    return reservation


def test_a_call_over_the_trunk_is_offered_to_the_menu_with_the_dialled_number(switch: Switch) -> None:
    with switch.probe() as probe, switch.caller("4008001234"):
        environment = unquote(value(event(probe, "AsyncAGIStart"), "Env"))
    assert "agi_arg_1: 4008001234\n" in environment
    assert "agi_arg_2: 1\n" in environment
    assert "agi_context: hotline-menu\n" in environment


def test_a_menu_that_fails_offers_the_caller_again(switch: Switch) -> None:
    with switch.probe() as probe, switch.caller("100"):
        channel = enter_menu(probe)
        probe.action("AGI", Channel=channel, Command="STREAM FILE no-such-file 1", CommandID="missing")
        event(probe, "AsyncAGIEnd", Channel=channel)
        again = event(probe, "AsyncAGIStart", Channel=channel)
        assert "agi_arg_2: 2\n" in unquote(value(again, "Env"))


def test_waiting_without_an_interaction_leads_back_to_the_menu(switch: Switch) -> None:
    with switch.probe() as probe, switch.caller("100"):
        channel = enter_menu(probe)
        probe.action("Redirect", Channel=channel, Context="hotline-wait", Exten="s", Priority="1")
        event(probe, "AsyncAGIEnd", Channel=channel)
        event(probe, "AsyncAGIStart", Channel=channel)


def test_the_agent_who_answers_gets_the_caller(switch: Switch) -> None:
    with switch.probe() as probe, switch.caller("100"), switch.phone("one"):
        caller, interaction = enter_menu(probe), f"i-{uuid.uuid4()}"
        wait_on_music(probe, caller, interaction)
        reservation = ring(probe, "one", caller, interaction)
        keys = {"InteractionId": interaction, "ReservationId": reservation, "AgentId": "one"}
        event(probe, "HotlineAgentAnswered", **keys)
        event(probe, "BridgeEnter", Uniqueid=reservation)
        probe.action("Hangup", Channel=caller)
        event(probe, "HotlineAgentDone", Result="SUCCESS", **keys)
        event(probe, "Hangup", Uniqueid=reservation)


def test_of_two_agents_who_answer_one_gets_the_caller(switch: Switch) -> None:
    with switch.probe() as probe, switch.caller("100"), switch.phone("one"), switch.phone("two"):
        caller, interaction = enter_menu(probe), f"i-{uuid.uuid4()}"
        wait_on_music(probe, caller, interaction)
        first = ring(probe, "one", caller, interaction)
        event(probe, "BridgeEnter", Uniqueid=first)
        second = ring(probe, "two", caller, interaction)
        event(probe, "HotlineAgentLost", InteractionId=interaction, ReservationId=second, AgentId="two")
        event(probe, "Hangup", Uniqueid=second)
        bridged = value(probe.action("Getvar", Channel=first, Variable="BRIDGEPEER"), "Value")
        assert bridged == caller


def test_a_leg_without_an_interaction_claims_nobody(switch: Switch) -> None:
    with switch.probe() as probe, switch.caller("100"), switch.phone("one"):
        caller, interaction = enter_menu(probe), f"i-{uuid.uuid4()}"
        wait_on_music(probe, caller, interaction)
        reservation = ring(probe, "one", caller, "")
        event(probe, "HotlineAgentLost", ReservationId=reservation)
        event(probe, "Hangup", Uniqueid=reservation)


def test_the_agent_hangs_up_and_the_caller_is_released(switch: Switch) -> None:
    with switch.probe() as probe, switch.caller("100"), switch.phone("one"):
        caller, interaction = enter_menu(probe), f"i-{uuid.uuid4()}"
        wait_on_music(probe, caller, interaction)
        reservation = ring(probe, "one", caller, interaction)
        event(probe, "BridgeEnter", Uniqueid=reservation)
        probe.action("Hangup", Channel=reservation)
        event(probe, "HotlineAfterBridge", InteractionId=interaction)
        event(probe, "Hangup", Channel=caller)


def test_a_caller_marked_to_be_held_goes_back_to_the_music(switch: Switch) -> None:
    with switch.probe() as probe, switch.caller("100"), switch.phone("one"):
        caller, interaction = enter_menu(probe), f"i-{uuid.uuid4()}"
        wait_on_music(probe, caller, interaction)
        reservation = ring(probe, "one", caller, interaction)
        event(probe, "BridgeEnter", Uniqueid=reservation)
        probe.action("Setvar", Channel=caller, Variable="HOTLINE_AFTER", Value="hold")
        probe.action("Hangup", Channel=reservation)
        event(probe, "HotlineWaiting", InteractionId=interaction)
        event(probe, "MusicOnHoldStart", Channel=caller)


def test_a_phone_that_dies_sends_the_caller_back_to_the_music_with_nobody_there(switch: Switch) -> None:
    with switch.probe() as probe, switch.caller("100"), switch.phone("fragile"):
        caller, interaction = enter_menu(probe), f"i-{uuid.uuid4()}"
        wait_on_music(probe, caller, interaction)
        reservation = ring(probe, "fragile", caller, interaction)
        event(probe, "BridgeEnter", Uniqueid=reservation)
        assert value(event(probe, "Hangup", Uniqueid=reservation), "Cause") == "44"
        event(probe, "HotlineWaiting", InteractionId=interaction)
        event(probe, "MusicOnHoldStart", Channel=caller)


@pytest.mark.parametrize("prompt", ["zh/hotline/main/welcome", "en/hotline/main/welcome", "hotline/sorry"])
def test_prompts_play_by_name_in_either_language_on_one_call(switch: Switch, prompt: str) -> None:
    with switch.probe() as probe, switch.caller("100"):
        channel = enter_menu(probe)
        for number, command in enumerate(("ANSWER", f"EXEC Playback {prompt}", "GET VARIABLE PLAYBACKSTATUS")):
            probe.action("AGI", Channel=channel, Command=command, CommandID=str(number))
        answer = unquote(value(event(probe, "AsyncAGIExec", 30, CommandId="2"), "Result"))
        assert "(SUCCESS)" in answer


def test_a_caller_whom_nobody_serves_hears_a_word_and_is_released(switch: Switch) -> None:
    with switch.probe() as probe:
        probe.action("Setvar", Variable="HOTLINE_MENU_SECONDS", Value="1")
        try:
            with switch.caller("100"):
                channel = enter_menu(probe)
                event(probe, "AsyncAGIEnd", Channel=channel)
                event(probe, "Hangup", 20, Channel=channel)
        finally:
            probe.action("Setvar", Variable="HOTLINE_MENU_SECONDS", Value="")


def test_dead_air_is_never_offered_to_a_caller_on_music(switch: Switch) -> None:
    """Music has files to play: an empty class is silent and only a warning in the log says so."""
    warnings = switch.pbx.log_path.read_text()
    assert "music on hold" not in warnings.lower()
    assert any((switch.pbx.config.directory / "data/moh").iterdir())
