"""As much of an Asterisk, at the protocol of its manager, as calls of several domains need."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import quote
from uuid import UUID

from tests.telephony.ami_server import AmiServer, Headers, ami_server, until

_numbers = itertools.count(1)


@dataclass
class FakePbx:
    """Callers stand in the menu context or on music; agents' legs ring until they answer or are hung up."""

    manager: AmiServer
    channels: dict[str, dict[str, str]] = field(default_factory=dict)
    phones: set[str] = field(default_factory=set)
    """The endpoints that are registered."""

    def __post_init__(self) -> None:
        self.manager.replies |= {
            "Status": self._status, "PJSIPShowContacts": self._contacts, "Originate": self._originate,
            "Hangup": self._hang_up, "Redirect": self._redirect, "Setvar": self._set_variable,
        }  # fmt: skip

    async def call(self, number: str, caller: str) -> str:
        """Somebody calls a number; the unique id of his channel."""
        unique_id = f"{next(_numbers)}.1"
        channel = {
            "Channel": f"PJSIP/trunk-{unique_id}", "Uniqueid": unique_id, "CallerIDNum": caller,
            "Context": "hotline-inbound", "ChannelStateDesc": "Ring", "Exten": number,
        }  # fmt: skip
        standing = {"Application": "AGI", "Data": "agi:async", "ChannelStateDesc": "Up", "HOTLINE_DIALED": number}
        self.channels[unique_id] = channel | standing
        await self.manager.event("Newchannel", *channel.items())
        environment = quote(f"agi_channel: {channel['Channel']}\nagi_uniqueid: {unique_id}\nagi_arg_1: {number}\n")
        await self.manager.event("AsyncAGIStart", *channel.items(), ("Env", environment))
        return unique_id

    async def answer(self, reservation_id: UUID) -> None:
        """The agent answers and is bridged with his caller."""
        leg = self.channels[f"hotline-{reservation_id}"]
        caller = next(each for each in self.channels.values() if each["Channel"] == leg["HOTLINE_CALLER"])
        leg["BridgeID"] = caller["BridgeID"] = f"bridge-{reservation_id}"
        await self.manager.event("BridgeEnter", ("Channel", leg["Channel"]), ("Uniqueid", leg["Uniqueid"]))

    async def end(self, unique_id: str, cause: str = "16") -> None:
        """A channel goes."""
        channel = self.channels.pop(unique_id)
        about = ("Channel", channel["Channel"]), ("Uniqueid", unique_id), ("Cause", cause)
        await self.manager.event("Hangup", *about)

    async def looked_at(self, times: int) -> None:
        """Wait until its phones were asked for so often in all: who has asked has a link."""
        await until(lambda: len(self.manager.named("PJSIPShowContacts")) >= times)

    def ringing(self) -> dict[str, str]:
        """The reservations whose phones ring or talk, and which phone each is."""
        return {
            unique_id.removeprefix("hotline-"): channel["Channel"].removeprefix("PJSIP/").rpartition("-")[0]
            for unique_id, channel in self.channels.items()
            if unique_id.startswith("hotline-")
        }

    async def _status(self, manager: AmiServer, action: Headers) -> None:
        own = ("ActionID", dict(action)["ActionID"])
        await manager.respond(action, "Success", ("EventList", "start"))
        for channel in list(self.channels.values()):
            plain = [(name, value) for name, value in channel.items() if not name.startswith("HOTLINE_")]
            marks = [("Variable", f"{name}={value}") for name, value in channel.items() if name.startswith("HOTLINE_")]
            await manager.event("Status", own, *plain, *marks)
        await manager.event("StatusComplete", own, ("EventList", "Complete"))

    async def _contacts(self, manager: AmiServer, action: Headers) -> None:
        own = ("ActionID", dict(action)["ActionID"])
        await manager.respond(action, "Success", ("EventList", "start"))
        for phone in sorted(self.phones):
            about = ("Endpoint", phone), ("Uri", f"sip:{phone}@127.0.0.1"), ("Status", "Reachable")
            await manager.event("ContactList", own, *about)
        await manager.event("ContactListComplete", own, ("EventList", "Complete"))

    async def _originate(self, manager: AmiServer, action: Headers) -> None:
        await manager.respond(action)
        asked = dict(action)
        marks = dict(pair.split("=", 1) for name, value in action if name == "Variable" for pair in [value])
        channel = {
            "Channel": f"{asked['Channel']}-{next(_numbers)}", "Uniqueid": asked["ChannelId"],
            "Context": "hotline-agent", "ChannelStateDesc": "Ringing",
        }  # fmt: skip
        self.channels[asked["ChannelId"]] = channel | marks
        await manager.event("Newchannel", *channel.items())

    async def _hang_up(self, manager: AmiServer, action: Headers) -> None:
        await manager.respond(action)
        wanted = dict(action)["Channel"]
        for unique_id, channel in list(self.channels.items()):
            if wanted in (unique_id, channel["Channel"]):
                await self.end(unique_id)

    async def _redirect(self, manager: AmiServer, action: Headers) -> None:
        await manager.respond(action)
        for channel in self.channels.values():
            if channel["Channel"] == dict(action)["Channel"]:
                channel |= {"Context": "hotline-wait", "Application": "MusicOnHold", "Data": ""}

    async def _set_variable(self, manager: AmiServer, action: Headers) -> None:
        await manager.respond(action)
        asked = dict(action)
        for channel in self.channels.values():
            if channel["Channel"] == asked.get("Channel"):
                channel[asked["Variable"]] = asked["Value"]


@asynccontextmanager
async def fake_pbx() -> AsyncIterator[FakePbx]:
    """A PBX on a free port of the loopback for the length of a test."""
    async with ami_server() as manager:
        yield FakePbx(manager)
