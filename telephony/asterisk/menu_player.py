"""Runs a menu on a caller's channel by AsyncAGI over the manager link: one command a question.

After a failed command Asterisk leaves the menu application; the dialplan offers the caller again and the
player goes on at the question where it stood.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass

from core.errors import HotlineError
from core.ids import new_id
from core.logs import logger
from telephony.asterisk import actions
from telephony.asterisk.link import Action
from telephony.asterisk.pbx.prompts import sound_name
from telephony.asterisk.pbx_port import Orders
from telephony.asterisk.translation import ChannelRef, CommandDone
from telephony.menu.definition import Menu, MenuNode
from telephony.menu.interpreter import Ask, Enqueue, Place, Spoken, Step, Taken, answer, begin, resume

log = logger(__name__)

COMMAND_SECONDS = 240.0
MAX_SOUNDS = 8
"""Sounds in one command: Asterisk reads lines of 1,024 bytes."""


_NOTE = re.compile(r"([0-9a-f]{32}):([a-z][a-z0-9_-]{0,39}):([a-z]{2}|-):(\d{1,3}):(\d{1,3}):(\d{1,3})\Z", re.ASCII)


class MenuInterrupted(Exception):
    """The channel takes no more menu commands (hang-up, redirect, a failed command)."""


class Commands:
    """The menu commands that are under way, by their id."""

    def __init__(self) -> None:
        self._open: dict[str, tuple[str, asyncio.Future[bool]]] = {}

    def expect(self, channel: ChannelRef, command_id: str = "") -> tuple[str, asyncio.Future[bool]]:
        """A command id (a fresh one, unless one is under way) and the future of its success."""
        command_id = command_id or new_id().hex
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._open[command_id] = (channel.unique_id, future)
        future.add_done_callback(lambda _: self._open.pop(command_id, None))
        return command_id, future

    def done(self, event: CommandDone) -> None:
        """A command has ended; commands of an earlier process of ours are nobody's."""
        self.settle(event.command_id, not event.failed)

    def settle(self, command_id: str, succeeded: bool) -> None:
        """A command has ended, whoever noticed it."""
        found = self._open.get(command_id)
        if found is not None and not found[1].done():
            found[1].set_result(succeeded)

    def interrupt(self, channel: ChannelRef) -> None:
        """Nothing more will be heard of the commands of a channel."""
        for unique_id, future in list(self._open.values()):
            if unique_id == channel.unique_id and not future.done():
                future.set_exception(MenuInterrupted())


@dataclass(frozen=True, slots=True)
class Note:
    """The open question as it stands in a channel variable: command, node, language, counts."""

    command_id: str
    place: Place

    def write(self) -> str:
        """One plain token."""
        place = self.place
        counts = f"{place.wrong}:{place.silent}:{place.questions}"
        return f"{self.command_id}:{place.node}:{place.language or '-'}:{counts}"

    @classmethod
    def read(cls, text: str) -> Note | None:
        """The note, or None when the text is not one of ours."""
        found = _NOTE.match(text)
        if found is None:
            return None
        command_id, node, language, wrong, silent, questions = found.groups()
        known = None if language == "-" else language
        return cls(command_id, Place(node, known, int(wrong), int(silent), int(questions)))


class MenuPlayer:
    """One caller in one menu. ``place`` survives an interruption."""

    def __init__(self, orders: Orders, commands: Commands, menu: Menu, channel: ChannelRef) -> None:
        self._orders, self._commands = orders, commands
        self._menu, self._channel = menu, channel
        self.place: Place | None = None
        self._under_way = ""
        self._answered = False

    def take_up(self, note: Note, heard: bool) -> None:
        """Go on where another process stood: its question is still open, or was answered (``heard``)."""
        node = self._menu.nodes.get(note.place.node)
        if isinstance(node, MenuNode):
            self.place = note.place
            self._under_way = note.command_id
            self._answered = heard
            log.info("menu taken up", channel=self._channel.unique_id, node=note.place.node, heard=heard)

    def look(self, note: Note | None, heard: bool) -> None:
        """What a comparison saw on the channel: an end of our command that a cut link has swallowed."""
        if note is not None and heard:
            self._commands.settle(note.command_id, True)

    async def run(self, language: str | None, taken: Callable[[Taken, str | None], None]) -> Enqueue:
        """Talk to the caller until a queue is reached. Raises MenuInterrupted, HotlineError (link)."""
        step = begin(self._menu, language) if self.place is None else resume(self._menu, self.place)
        while True:
            self.place = step.place
            if step.taken is not None:
                taken(step.taken, step.place.language)
            if isinstance(step.action, Enqueue):
                await self._say(step.action.prompts)
                return step.action
            step = await self._next(step, step.action)

    async def _next(self, step: Step, ask: Ask) -> Step:
        under_way, self._under_way = self._under_way, ""
        if not under_way:
            return await self._ask(step, ask)
        answered, self._answered = self._answered, False
        if not answered:
            await self._wait_for(under_way)
        return await self._hear(step)

    async def _ask(self, step: Step, ask: Ask) -> Step:
        sounds = self._sounds(ask.prompts)
        if len(sounds) > MAX_SOUNDS:
            await self._say(ask.prompts[:-MAX_SOUNDS])
            sounds = sounds[-MAX_SOUNDS:]
        command_id, done = self._commands.expect(self._channel)
        name = self._channel.name
        log.info("menu asks", channel=self._channel.unique_id, node=step.place.node, command=command_id)
        self._give(actions.ask_for_key(name, command_id, sounds, ask.wait_seconds), done)
        # after the command itself: whoever finds the note may rely on the command being under way
        self._orders.give(actions.mark(name, actions.ASKED, Note(command_id, step.place).write()))
        self._orders.give(actions.mark(name, actions.READ_STATUS, ""))
        await _end_of(done)
        return await self._hear(step)

    async def _hear(self, step: Step) -> Step:
        try:
            heard = await self._orders.ask(actions.read_key(self._channel.name))
        except HotlineError as error:
            raise MenuInterrupted from error
        key = _key(heard.get("Value"))
        log.info("menu heard", channel=self._channel.unique_id, node=step.place.node, key=key)
        return answer(self._menu, step.place, key)

    async def _wait_for(self, command_id: str) -> None:
        """The command of another process on this channel."""
        _, done = self._commands.expect(self._channel, command_id)
        await _end_of(done)

    async def _say(self, prompts: tuple[Spoken, ...]) -> None:
        sounds = self._sounds(prompts)
        for first in range(0, len(sounds), MAX_SOUNDS):
            command_id, done = self._commands.expect(self._channel)
            self._give(actions.play(self._channel.name, command_id, sounds[first : first + MAX_SOUNDS]), done)
            await _end_of(done)

    def _give(self, action: Action, done: asyncio.Future[bool]) -> None:
        def refused(error: HotlineError) -> None:
            if not done.done():
                done.set_exception(MenuInterrupted(error.message))

        self._orders.give(action, refused)

    def _sounds(self, prompts: tuple[Spoken, ...]) -> tuple[str, ...]:
        return tuple(sound_name(spoken.language, spoken.prompt, self._menu.name) for spoken in prompts)


async def _end_of(done: asyncio.Future[bool]) -> None:
    try:
        async with asyncio.timeout(COMMAND_SECONDS):
            succeeded = await done
    except TimeoutError as error:
        raise MenuInterrupted from error
    if not succeeded:
        raise MenuInterrupted


def _key(value: str) -> str:
    """One key, or silence: whatever else stands in the variable is nothing that was pressed."""
    return value if len(value) == 1 and value in "0123456789*#ABCD" else ""
