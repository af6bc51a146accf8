"""What can go wrong on the manager link. Every error carries a stable code for logs and for the console."""

from __future__ import annotations

from core.errors import Unavailable


class AmiError(Unavailable):
    """Base of all link errors."""

    CODE = "ami.error"

    def __init__(self, message: str) -> None:
        super().__init__(self.CODE, message)


class AmiInvalidAction(AmiError):
    """An action that may not go to the wire: line breaks, characters that cannot be encoded, too large."""

    CODE = "ami.invalid_action"


class AmiLost(AmiError):
    """The link is down, or went down before the answer came. The action may or may not have been done."""

    CODE = "ami.lost"


class AmiTimeout(AmiError):
    """Asterisk did not answer in time. The action may still be done later."""

    CODE = "ami.timeout"


class AmiLoginRefused(AmiError):
    """Wrong user, secret or address list in manager.conf."""

    CODE = "ami.login_refused"


class AmiNotBooted(AmiError):
    """Login worked but Asterisk never reported FullyBooted (loading, or no right to read `system`)."""

    CODE = "ami.not_booted"


class AmiRefused(AmiError):
    """Asterisk answered `Response: Error`; the text is Asterisk's own."""

    CODE = "ami.refused"


class AmiAddressInvalid(AmiError):
    """AMI_URL cannot be read. The secret is never part of the message."""

    CODE = "ami.address_invalid"
