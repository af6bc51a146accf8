"""Twilio's forms as our messages and reports. Pure: what is kept in ``channel_inbox`` goes in."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from core.address import phone_address
from core.errors import Refusal
from core.message import MessageState
from telephony.messages.inbox import Report
from telephony.messages.incoming import Incoming, IncomingFile
from telephony.twilio.forms import channel_and_number

MESSAGE_FIELD = "hotline"
"""Field of the status callback's address that names our message, so that no report needs to wait for the answer."""
_MOST_FILES = 10
_NO_REGION = "ZZ"
_SID = re.compile(r"[A-Za-z0-9]{2,64}\Z", re.ASCII)
_CODE = re.compile(r"[0-9]{1,6}\Z", re.ASCII)
_STATES = {
    "accepted": MessageState.SENT,
    "scheduled": MessageState.SENT,
    "queued": MessageState.SENT,
    "sending": MessageState.SENT,
    "sent": MessageState.SENT,
    "delivered": MessageState.DELIVERED,
    "read": MessageState.READ,
    "undelivered": MessageState.FAILED,
    "failed": MessageState.FAILED,
    "canceled": MessageState.FAILED,
}


class TwilioReader:
    """``telephony.messages.inbox.Reader`` for SMS and WhatsApp."""

    def incoming(self, payload: Mapping[str, Any], received_at: datetime) -> Incoming:
        """See ``incoming_of``."""
        return incoming_of(payload, received_at)

    def report(self, payload: Mapping[str, Any]) -> Report:
        """See ``report_of``."""
        return report_of(payload)


def sid_of(payload: Mapping[str, Any]) -> str:
    """Twilio's id of the message. Raises Refusal ``twilio.sid``."""
    sid = str(payload.get("MessageSid") or payload.get("SmsSid") or "")
    if not _SID.match(sid):
        raise Refusal("twilio.sid", "The form names no message.")
    return sid


def incoming_of(payload: Mapping[str, Any], received_at: datetime) -> Incoming:
    """A message. Raises Refusal when the form names none, or no sender."""
    _, number = channel_and_number(str(payload.get("From", "")))
    sender = phone_address(number, _NO_REGION)
    if not sender.value:
        raise Refusal("twilio.sender", "The form names no sender.")
    answered = {"answered_keyword": payload["OptOutType"]} if payload.get("OptOutType") else {}
    return Incoming(
        sid_of(payload), sender.value, sender, _body(payload), received_at, name=str(payload.get("ProfileName", "")),
        files=tuple(_files(payload)), details=answered,
    )  # fmt: skip


def report_of(payload: Mapping[str, Any]) -> Report:
    """What became of a message of ours. Raises Refusal for a state that we do not know."""
    state = _STATES.get(str(payload.get("MessageStatus") or payload.get("SmsStatus") or "").lower())
    if state is None:
        raise Refusal("twilio.status", "There is no such state of a message.")
    code = str(payload.get("ErrorCode", ""))
    error = f"twilio.{code}" if _CODE.match(code) else "twilio.failed"
    return Report(sid_of(payload), state, error if state is MessageState.FAILED else None, _ours(payload))


def _ours(payload: Mapping[str, Any]) -> UUID | None:
    try:
        return UUID(str(payload.get(MESSAGE_FIELD, "")))
    except ValueError:
        return None


def _body(payload: Mapping[str, Any]) -> str:
    body = str(payload.get("Body", ""))
    if body or not (payload.get("Latitude") and payload.get("Longitude")):
        return body
    place = f"geo:{payload['Latitude']},{payload['Longitude']}"
    return "\n".join(filter(None, (str(payload.get("Label", "")), str(payload.get("Address", "")), place)))


def _files(payload: Mapping[str, Any]) -> Iterator[IncomingFile]:
    told = str(payload.get("NumMedia", "0"))
    for number in range(min(int(told), _MOST_FILES) if _CODE.match(told) else 0):
        url = str(payload.get(f"MediaUrl{number}", ""))
        kind = str(payload.get(f"MediaContentType{number}", ""))
        if url:
            yield IncomingFile(f"{number + 1}{mimetypes.guess_extension(kind) or ''}", kind, source=url[:2000])
