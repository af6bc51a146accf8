"""What phones may not do with our PBX, however they ask."""

from __future__ import annotations

import socket
import uuid

import pytest

from telephony.asterisk.pbx.probe import value
from tests.telephony.asterisk.pbx.conftest import CALLER_HOST, Switch, event

pytestmark = pytest.mark.journey


def send(switch: Switch, method: str, number: str) -> str:
    """A request over the trunk; gives the first line of the answer."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as trunk:
        trunk.bind((CALLER_HOST, 0))
        trunk.settimeout(5)
        here, there, call = f"{CALLER_HOST}:{trunk.getsockname()[1]}", f"127.0.0.1:{switch.pbx.sip_port}", uuid.uuid4()
        lines = [
            f"{method} sip:{number}@{there} SIP/2.0", f"Via: SIP/2.0/UDP {here};branch=z9hG4bK{call.hex}",
            "Max-Forwards: 70", f"From: <sip:100@{here}>;tag=1", f"To: <sip:{number}@{there}>",
            f"Call-ID: {call}", f"CSeq: 1 {method}", f"Contact: <sip:100@{here}>",
            "Content-Type: text/plain", "Content-Length: 5", "", "hello",
        ]  # fmt: skip
        trunk.sendto("\r\n".join(lines).encode(), ("127.0.0.1", switch.pbx.sip_port))
        return trunk.recv(4096).decode().splitlines()[0]


def test_a_text_message_is_no_call(switch: Switch) -> None:
    with switch.probe() as probe:
        assert " 202 " not in send(switch, "MESSAGE", "4008001234")
        with switch.caller("100"):
            assert value(event(probe, "AsyncAGIStart"), "Channel").startswith("PJSIP/")


def test_no_phone_moves_a_call_by_itself(switch: Switch) -> None:
    with switch.probe() as probe:
        for endpoint in ("hotline-trunk", "one"):
            probe.action("PJSIPShowEndpoint", Endpoint=endpoint)
            assert value(event(probe, "EndpointDetail", ObjectName=endpoint), "AllowTransfer") == "false"


def test_a_text_message_is_no_call_either_where_the_pbx_takes_them(switch: Switch) -> None:
    with switch.probe() as probe:
        probe.action("ModuleLoad", Module="res_pjsip_messaging.so", LoadType="load")
        try:
            assert " 202 " in send(switch, "MESSAGE", "4008001234")
            with switch.caller("100"):
                assert value(event(probe, "AsyncAGIStart"), "Channel").startswith("PJSIP/")
        finally:
            probe.action("ModuleLoad", Module="res_pjsip_messaging.so", LoadType="unload")
