"""Twilio's forms of every kind as messages and reports; what is no such form is refused by a code."""

from __future__ import annotations

from typing import Any

import pytest

from core import clock
from core.address import AddressKind
from core.errors import Refusal
from core.message import MessageState
from telephony.twilio.translation import incoming_of, report_of
from tests.telephony.messages.company import ANN, OURS

SMS = {"MessageSid": "SM" + "0" * 32, "From": ANN, "To": OURS, "Body": "hello", "NumMedia": "0", "NumSegments": "1"}


def incoming(**fields: str) -> Any:
    return incoming_of(SMS | fields, clock.now())


def test_an_sms() -> None:
    found = incoming()
    assert (found.external_id, found.key, found.sender.value, found.body, found.files) == (
        SMS["MessageSid"], ANN, ANN, "hello", ()
    )  # fmt: skip


def test_a_whatsapp_message_with_a_name_and_pictures() -> None:
    media = {"NumMedia": "2", "MediaUrl0": "https://api.twilio.com/a", "MediaContentType0": "image/jpeg"}
    media |= {"MediaUrl1": "https://api.twilio.com/b", "MediaContentType1": "application/x-sh\r\nX: y"}
    found = incoming(From=f"whatsapp:{ANN}", ProfileName="安娜", WaId=ANN[1:], **media)
    assert (found.key, found.name) == (ANN, "安娜")
    assert [(file.name, file.source) for file in found.files] == [
        ("1.jpg", "https://api.twilio.com/a"),
        ("2", "https://api.twilio.com/b"),
    ]


def test_a_place() -> None:
    found = incoming(Body="", Latitude="51.5", Longitude="-0.1", Label="Dock 4", Address="Quay Rd")
    assert found.body == "Dock 4\nQuay Rd\ngeo:51.5,-0.1"


@pytest.mark.parametrize("sender", ["60123", "PARCELS", "client:anna", "44"])
def test_who_is_no_number_is_still_somebody(sender: str) -> None:
    found = incoming(From=sender)
    assert (found.sender.kind, found.key) == (AddressKind.HANDLE, sender)


@pytest.mark.parametrize("told", ["-1", "1e9", "999999", "x", "", "١"])
def test_a_wild_count_of_media_is_none_or_few(told: str) -> None:
    assert len(incoming(NumMedia=told, MediaUrl0="https://x").files) <= 1


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"From": ""}, "twilio.sender"),
        ({"From": "anonymous"}, "twilio.sender"),
        ({"MessageSid": ""}, "twilio.sid"),
        ({"MessageSid": "SM 1"}, "twilio.sid"),
    ],
)
def test_what_names_nobody_is_refused(form: dict[str, str], code: str) -> None:
    with pytest.raises(Refusal) as caught:
        incoming(**form)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("status", "state", "error"),
    [
        ("queued", MessageState.SENT, None),
        ("sent", MessageState.SENT, None),
        ("delivered", MessageState.DELIVERED, None),
        ("read", MessageState.READ, None),
        ("undelivered", MessageState.FAILED, "twilio.30005"),
        ("FAILED", MessageState.FAILED, "twilio.30005"),
    ],
)
def test_reports(status: str, state: MessageState, error: str | None) -> None:
    found = report_of({"MessageSid": "SM1", "MessageStatus": status, "ErrorCode": "30005"})
    assert (found.state, found.error) == (state, error)


def test_a_report_of_a_state_that_we_do_not_know_is_refused() -> None:
    with pytest.raises(Refusal, match=r"twilio\.status"):
        report_of({"MessageSid": "SM1", "MessageStatus": "melted"})
