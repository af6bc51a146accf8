"""Phones as pjsip text: what the database holds cannot write configuration of its own."""

from __future__ import annotations

import configparser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Refusal
from telephony.asterisk.pbx.endpoints import AgentPhone, CustomerPhone, Media, render_customer, render_phones
from telephony.asterisk.pbx.endpoints import write_agents_file as write


def sections(text: str) -> list[dict[str, str]]:
    """The sections in order; pjsip uses one name for endpoint, auth and address."""
    parts = [f"[{part}" for part in text.split("[") if part.strip()]
    parsed = []
    for part in parts:
        parser = configparser.ConfigParser(interpolation=None)
        parser.read_string(part)
        name = parser.sections()[0]
        parsed.append({"name": name, **parser[name]})
    return parsed


def test_a_browser_phone_registers_and_gives_up_on_dead_media() -> None:
    endpoint, auth, address = sections(render_phones([AgentPhone("a1", "webrtc", "secret-of-a1")]))
    assert endpoint["name"] == "a1"
    assert endpoint["webrtc"] == "yes"
    assert endpoint["rtp_timeout"] == "5"
    assert endpoint["device_state_busy_at"] == "1"
    assert endpoint["context"] == "hotline-no-dial"
    assert (auth["username"], auth["password"]) == ("a1", "secret-of-a1")
    assert address["max_contacts"] == "1"
    assert address["remove_existing"] == "yes"


def test_a_desk_phone_with_a_contact_needs_no_secret() -> None:
    endpoint, address = sections(render_phones([AgentPhone("d1", "sip", contact="sip:d1@127.0.0.3:5070")]))
    assert "auth" not in endpoint
    assert "webrtc" not in endpoint
    assert address["contact"] == "sip:d1@127.0.0.3:5070"


def test_media_stays_on_the_bound_address_or_is_left_to_asterisk() -> None:
    phone = AgentPhone("a1", "webrtc", "secret-of-a1")
    assert sections(render_phones([phone], Media("10.0.0.1")))[0]["media_address"] == "10.0.0.1"
    assert "media_address" not in sections(render_phones([phone], Media(None)))[0]


def test_the_demo_customer_enters_as_a_caller_does_and_may_say_any_number() -> None:
    endpoint = sections(render_customer(CustomerPhone("demo", "secret-of-demo"), Media()))[0]
    assert endpoint["context"] == "hotline-inbound"
    assert endpoint["trust_id_inbound"] == "yes"


@pytest.mark.parametrize(
    "phone",
    [
        AgentPhone("a1\n[evil]\ntype=endpoint", "sip", "secret-of-a1"),
        AgentPhone("", "sip", "secret-of-a1"),
        AgentPhone("a1]", "sip", "secret-of-a1"),
        AgentPhone("a1", "sip", "short"),
        AgentPhone("a1", "sip", "secret;comment"),
        AgentPhone("a1", "sip", "secret\r\ncontext=default"),
        AgentPhone("a1", "sip", contact="sip:a@b\ncontext=default"),
        AgentPhone("a1", "sip", contact="http://example.org"),
        AgentPhone("a1", "sip"),
    ],
)
def test_what_is_not_plain_is_refused(phone: AgentPhone) -> None:
    with pytest.raises(Refusal):
        render_phones([phone])


@given(st.text(), st.text(), st.text())
def test_no_text_adds_a_section_or_a_line(name: str, secret: str, contact: str) -> None:
    try:
        text = render_phones([AgentPhone(name, "sip", secret, contact)])
    except Refusal:
        return
    plain = render_phones([AgentPhone("a", "sip", "x" * 8 if secret else "", "sip:a@b" if contact else "")])
    assert len(text.splitlines()) == len(plain.splitlines())


def test_the_file_is_replaced_only_when_it_changes(tmp_path: Path) -> None:
    path, phone = tmp_path / "agents.conf", AgentPhone("a1", "webrtc", "secret-of-a1")
    assert write(path, [phone])
    assert not write(path, [phone])
    assert write(path, [])
    assert path.read_text() == ""
    assert path.stat().st_mode & 0o077 == 0
