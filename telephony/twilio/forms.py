"""The bodies of Twilio's webhooks: forms from outside, read strictly. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import parse_qsl

from core.errors import Refusal

_MOST_FIELDS = 200
WHATSAPP = "whatsapp:"


class Form:
    """What was sent, in order, as it was sent: the signature is over these very characters."""

    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            self._values.setdefault(name, []).append(value)

    def __iter__(self) -> object:
        return iter(self._values)

    def getlist(self, name: str) -> list[str]:
        """All values of a field; the signature's check asks for them by this name."""
        return self._values.get(name, [])

    def kept(self) -> dict[str, str]:
        """The last value of each field, fit for a JSON column."""
        return {name.replace("\x00", ""): values[-1].replace("\x00", "") for name, values in self._values.items()}


def read_form(body: bytes) -> Form:
    """Raises Refusal ``twilio.form`` for what is no form of UTF-8 text with a few fields."""
    try:
        text = body.decode("ascii")
        return Form(parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS))
    except ValueError as error:
        raise Refusal("twilio.form", "This is no form that Twilio would send.") from error


def channel_and_number(address: str) -> tuple[str, str]:
    """``whatsapp:+44…`` is a WhatsApp address, everything else one for SMS."""
    if address.startswith(WHATSAPP):
        return "whatsapp", address.removeprefix(WHATSAPP)
    return "sms", address
