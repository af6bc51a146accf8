"""The manager link to Asterisk: the `asterisk-ami` client behind a wrapper that a loop can rely on."""

from __future__ import annotations

from telephony.asterisk.link.action import Action, variable
from telephony.asterisk.link.address import AmiAddress
from telephony.asterisk.link.frame import Frame
from telephony.asterisk.link.keeper import Keeper
from telephony.asterisk.link.link import Link

__all__ = ["Action", "AmiAddress", "Frame", "Keeper", "Link", "variable"]
