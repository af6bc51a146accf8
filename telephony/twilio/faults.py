"""What Twilio's refusals mean for a message: never, or not now. Pure."""

from __future__ import annotations

from telephony.messages.port import NotNow, RefusedForGood

_NOT_NOW = frozenset({
    20003,  # the credentials do not fit: somebody will correct them
    20429, 14107, 63018,  # too many requests
    20500, 20503, 30001, 21611,  # their fault, or their queue is full
})  # fmt: skip
_NAMED = {
    21211: "message.address",
    21614: "message.address",
    21610: "customer.opted_out",
    21408: "message.region_not_allowed",
    21606: "message.sender",
    21617: "message.too_long",
    63003: "message.address",
    63016: "whatsapp.window_closed",
    63024: "message.address",
}
_SERVER_ERROR = 500


def fault_of(status: int, code: int | None) -> NotNow | RefusedForGood:
    """The error to raise for an answer of that HTTP status with Twilio's ``code`` (None: it told none)."""
    name = f"twilio.{code or status}"
    if status in (401, 408, 425, 429) or status >= _SERVER_ERROR or code in _NOT_NOW:
        return NotNow(name)
    return RefusedForGood(_NAMED.get(code or 0, name), name)
