"""One Asterisk for all domains: its link, and which domain's call control hears what happens there."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from core.logs import logger
from telephony.asterisk import translation as pbx
from telephony.asterisk.called import CustomerReached, LegReady
from telephony.asterisk.control.control import Control
from telephony.asterisk.link import AmiAddress, Frame, Keeper

log = logger(__name__)


class SharedPbx:
    """``run`` keeps the link for ever; each domain's control is seated while its domain is served.

    ``turn`` is held by who reads the configuration and renders phones from it: older news must not come after newer.
    """

    def __init__(self, address: AmiAddress) -> None:
        self.keeper = Keeper(
            address,
            wanted=pbx.WANTED,
            on_event=self._heard,
            on_connected=self._connected,
            on_lost=lambda reason: None,
            mask=pbx.MASK,
        )
        self.turn = asyncio.Lock()
        self._controls: list[Control] = []

    async def run(self) -> None:
        """Until cancelled. Raises AmiError when the PBX refuses us for good."""
        await self.keeper.run()

    def seat(self, control: Control) -> None:
        """A domain begins to listen."""
        self._controls.append(control)

    def unseat(self, control: Control) -> None:
        """It listens no longer; what is up in the PBX stays up."""
        self._controls.remove(control)

    def _heard(self, frame: Frame) -> None:
        if len(self._controls) == 1:
            self._controls[0].heard(frame)
            return
        happening = pbx.translate(frame)
        if happening is None:
            return
        for control in concerned(happening, self._controls):
            try:
                control.happened(happening)
            except Exception:
                log.exception("a happening of the PBX could not be followed", kind=type(happening).__name__)

    async def _connected(self) -> None:
        for control in self._controls:
            control.exchange.ask_resync()


def concerned(happening: pbx.Happening, controls: Sequence[Control]) -> Sequence[Control]:
    """Whom it concerns: who knows the call; of a new call the domain of its number; else all, who know their own."""
    match happening:
        case pbx.CallerAnnounced() | pbx.CallerArrived():
            return _knowing(happening.channel, controls) or _called(happening.dialed, controls)
        case pbx.CallerPlaced() | CustomerReached():
            return _knowing(happening.channel, controls) or controls
        case LegReady(reservation_id=reservation_id):
            return [each for each in controls if each.exchange.calls.leg(reservation_id)] or controls
        case pbx.CallerWaiting(interaction_id=interaction_id):
            return [each for each in controls if each.exchange.calls.has_seen(interaction_id)] or controls
        case _:
            return controls


def _knowing(channel: pbx.ChannelRef, controls: Sequence[Control]) -> list[Control]:
    return [each for each in controls if each.exchange.calls.of_channel(channel.unique_id) is not None]


def _called(dialed: str, controls: Sequence[Control]) -> list[Control]:
    """The domain that has the number; one that nobody has is for who takes unknown ones."""
    known = [(each, each.exchange.entries) for each in controls]
    owners = [each for each, entries in known if entries is not None and entries.is_own(dialed)]
    return owners[:1] or [each for each, entries in known if entries is not None and entries.lookup(dialed)][:1]
