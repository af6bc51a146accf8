"""Whether a webhook comes from Twilio, by the SDK's own check."""

from __future__ import annotations

from twilio.request_validator import RequestValidator

from telephony.twilio.forms import Form

HEADER = "X-Twilio-Signature"


def is_genuine(auth_token: str, url: str, form: Form, signature: str) -> bool:
    """``url``: the public one that Twilio called, with its query. Never true without a token."""
    if not auth_token or not signature:
        return False
    return bool(RequestValidator(auth_token).validate(url, form, signature))
