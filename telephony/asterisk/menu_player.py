"""Runs a menu on a caller's channel by AsyncAGI over the manager link: one command a question.

After a failed command Asterisk leaves the menu application; the dialplan offers the caller again and the
player goes on at the question where it stood.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from core.errors import HotlineError
from core.ids import new_id
from telephony.asterisk import actions
from telephony.asterisk.link import Action
from telephony.asterisk.pbx.prompts import sound_name
from telephony.asterisk.pbx_port import Orders
from telephony.asterisk.translation import ChannelRef, CommandDone
from telephony.menu.definition import Menu
from telephony.menu.interpreter import Ask, Enqueue, Place, Spoken, Step, Taken, answer, begin, resume

COMMAND_SECONDS = 240.0
MAX_SOUNDS = 8
"""Sounds in one command: Asterisk reads lines of 1,024 bytes."""


class MenuInterrupted(Exception):
    """The channel takes no more menu commands (hang-up, redirect, a failed command)."""


class Commands:
    """The menu commands that are under way, by their id."""

    def __init__(self) -> None:
        self._open: dict[str, tuple[str, asyncio.Future[bool]]] = {}

    def expect(self, channel: ChannelRef) -> tuple[str, asyncio.Future[bool]]:
        """A fresh command id and the future of its success."""
        command_id = new_id().hex
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._open[command_id] = (channel.unique_id, future)
        future.add_done_callback(lambda _: self._open.pop(command_id, None))
        return command_id, future

    def done(self, event: CommandDone) -> None:
        """A command has ended; commands of an earlier process of ours are nobody's."""
        found = self._open.get(event.command_id)
        if found is not None and not found[1].done():
            found[1].set_result(not event.failed)

    def interrupt(self, channel: ChannelRef | None) -> None:
        """Nothing more will be heard of the commands of a channel (None: of all)."""
        for unique_id, future in list(self._open.values()):
            if (channel is None or unique_id == channel.unique_id) and not future.done():
                future.set_exception(MenuInterrupted())


class MenuPlayer:
    """One caller in one menu. ``place`` survives an interruption."""

    def __init__(self, orders: Orders, commands: Commands, menu: Menu, channel: ChannelRef) -> None:
        self._orders, self._commands = orders, commands
        self._menu, self._channel = menu, channel
        self.place: Place | None = None

    async def run(self, language: str | None, taken: Callable[[Taken, str | None], None]) -> str:
        """Talk to the caller until a queue is reached; its code. Raises MenuInterrupted, HotlineError (link)."""
        step = begin(self._menu, language) if self.place is None else resume(self._menu, self.place)
        while True:
            self.place = step.place
            if step.taken is not None:
                taken(step.taken, step.place.language)
            if isinstance(step.action, Enqueue):
                await self._say(step.action.prompts)
                return step.action.queue
            step = await self._ask(step, step.action)

    async def _ask(self, step: Step, ask: Ask) -> Step:
        sounds = self._sounds(ask.prompts)
        if len(sounds) > MAX_SOUNDS:
            await self._say(ask.prompts[:-MAX_SOUNDS])
            sounds = sounds[-MAX_SOUNDS:]
        command_id, done = self._commands.expect(self._channel)
        await self._run(actions.ask_for_key(self._channel.name, command_id, sounds, ask.wait_seconds), done)
        heard = await self._orders.ask(actions.read_key(self._channel.name))
        return answer(self._menu, step.place, _key(heard.get("Value")))

    async def _say(self, prompts: tuple[Spoken, ...]) -> None:
        sounds = self._sounds(prompts)
        for first in range(0, len(sounds), MAX_SOUNDS):
            command_id, done = self._commands.expect(self._channel)
            await self._run(actions.play(self._channel.name, command_id, sounds[first : first + MAX_SOUNDS]), done)

    async def _run(self, action: Action, done: asyncio.Future[bool]) -> None:
        try:
            await self._orders.ask(action)
            async with asyncio.timeout(COMMAND_SECONDS):
                succeeded = await done
        except (HotlineError, TimeoutError) as error:
            done.cancel()
            raise MenuInterrupted from error
        if not succeeded:
            raise MenuInterrupted

    def _sounds(self, prompts: tuple[Spoken, ...]) -> tuple[str, ...]:
        return tuple(sound_name(spoken.language, spoken.prompt, self._menu.name) for spoken in prompts)


def _key(value: str) -> str:
    """One key, or silence: whatever else stands in the variable is nothing that was pressed."""
    return value if len(value) == 1 and value in "0123456789*#ABCD" else ""
