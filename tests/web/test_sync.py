"""For every action: the old snapshot with the events applied is the new snapshot."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from agent_desk.board_reads import load_board
from agent_desk.snapshot import make_snapshot
from agent_desk.views import UserView, VoiceStatus
from agent_desk.work_reads import read_work
from core.agent import Presence
from routing.end_message import end_message
from tests.fakes.desk_client import DeskClient, comparable
from tests.fakes.floor import Call, Floor
from tests.fakes.post import Letter, Post
from tests.web.conftest import SignIn

WATCHERS = ("lin", "zhao", "sun")


class Verifier:
    """Desks of an agent, a colleague and a supervisor that watch every action."""

    def __init__(self, floor: Floor, desks: dict[str, DeskClient]) -> None:
        self._floor = floor
        self._desks = desks

    async def verify_action(self, action: Awaitable[object], changes: set[str]) -> None:
        """Do it; each desk must come to what PostgreSQL says, and those in ``changes`` must have been told."""
        counts = {login: len(desk.messages) for login, desk in self._desks.items()}
        await action
        for login, desk in self._desks.items():
            await self._agrees(login, desk)
            news = desk.messages[counts[login] :]
            assert news or login not in changes, f"the action changed nothing for {login}"
            assert "snapshot" not in {message["type"] for message in news}
            self._sees_only_what_it_may(login, news)

    def _sees_only_what_it_may(self, login: str, news: list[dict[str, Any]]) -> None:
        """An agent is told of no other agent and of no foreign interaction."""
        if self._floor.people[login].agent is None:
            return
        assert not [message for message in news if message["type"] == "interaction.changed"]
        told_of = {message["agent"]["id"] for message in news if message["type"] == "agent.changed"}
        assert told_of <= {str(self._floor.agent(login))}

    async def settle(self) -> None:
        """Wait until every desk shows what is so."""
        for login, desk in self._desks.items():
            await self._agrees(login, desk)

    async def _agrees(self, login: str, desk: DeskClient) -> None:
        deadline = asyncio.get_running_loop().time() + 4
        while True:
            assert desk.state is not None
            seen, true = comparable(desk.state), comparable(await self._truth(desk))
            if seen == true:
                return
            assert asyncio.get_running_loop().time() < deadline, (login, seen, true)
            await asyncio.sleep(0.05)

    async def _truth(self, desk: DeskClient) -> dict[str, Any]:
        """The snapshot that a process which has just started would send."""
        assert desk.state is not None
        user = UserView.model_validate(desk.state["user"])
        async with self._floor.database.reading() as connection:
            board = await load_board(connection, "main")
            mine = [user.agent_id] if user.agent_id else []
            work = [item for items in (await read_work(connection, "main", mine)).values() for item in items.values()]
        voice = VoiceStatus.model_validate(desk.state["voice"])
        return json.loads(make_snapshot(board, board.queue_views(), user, work, voice).model_dump_json())


@pytest.fixture
async def verifier(floor: Floor, sign_in: SignIn) -> AsyncIterator[Verifier]:
    desks = {login: await (await sign_in(login)).open_desk() for login in WATCHERS}
    yield Verifier(floor, desks)
    for desk in desks.values():
        await desk.close()


async def _offered(floor: Floor) -> Call:
    call = await floor.arrive()
    await floor.offer(call, "lin")
    return call


async def _talking(floor: Floor) -> Call:
    call = await _offered(floor)
    await floor.answer(call)
    return call


async def _wrapping(floor: Floor) -> Call:
    call = await _talking(floor)
    await floor.hang_up(call)
    return call


Prepare = Callable[[Floor], Awaitable[Call]]
Act = Callable[[Floor, Call], Awaitable[object]]
ACTIONS: dict[str, tuple[Prepare, Act, set[str]]] = {
    "offered": (lambda f: f.arrive(), lambda f, c: f.offer(c, "lin"), {"lin", "sun"}),
    "abandoned": (lambda f: f.arrive(), lambda f, c: f.abandon(c), {"lin", "zhao", "sun"}),
    "answered": (_offered, lambda f, c: f.answer(c), {"lin", "zhao", "sun"}),
    "not answered": (_offered, lambda f, c: f.expire(c), {"lin", "sun"}),
    "hung up": (_talking, lambda f, c: f.hang_up(c), {"lin", "sun"}),
    "wrapped up": (_wrapping, lambda f, c: f.finish(c), {"lin", "sun"}),
}


@pytest.mark.long
async def test_arriving(floor: Floor, verifier: Verifier) -> None:
    await verifier.verify_action(floor.arrive(), {"lin", "zhao", "sun"})
    await verifier.verify_action(floor.arrive("complaints"), {"lin", "sun"})


_LONG = [pytest.param(name, marks=pytest.mark.long) for name in ACTIONS if name != "answered"]


@pytest.mark.parametrize("name", ["answered", *_LONG])
async def test_the_way_of_a_call(name: str, floor: Floor, verifier: Verifier) -> None:
    prepare, act, changes = ACTIONS[name]
    call = await prepare(floor)
    await verifier.settle()
    await verifier.verify_action(act(floor, call), changes)


async def _letter(post: Post) -> Letter:
    return await post.write("hello")


async def _offered_letter(post: Post) -> Letter:
    letter = await _letter(post)
    await post.offer(letter, "lin")
    return letter


async def _taken_letter(post: Post) -> Letter:
    return await post.served("hello")


async def _end(post: Post, letter: Letter) -> None:
    async with post.floor.database.unit_of_work("test") as work:
        assert letter.agent is not None
        await end_message(work, letter.interaction, letter.agent)


PrepareLetter = Callable[[Post], Awaitable[Letter]]
ActOnLetter = Callable[[Post, Letter], Awaitable[object]]
LETTERS: dict[str, tuple[PrepareLetter, ActOnLetter, set[str]]] = {
    "offered": (_letter, lambda p, m: p.offer(m, "lin"), {"lin", "sun"}),
    "taken": (_offered_letter, lambda p, m: p.take(m), {"lin", "sun"}),
    "written to again": (_taken_letter, lambda p, m: p.write("more"), {"lin"}),
    "written to while it rings": (_offered_letter, lambda p, m: p.write("more"), {"lin"}),
    "left": (_taken_letter, lambda p, m: p.leave(m), {"lin", "sun"}),
    "ended": (_taken_letter, _end, {"lin", "sun"}),
}


@pytest.mark.long
@pytest.mark.parametrize("name", LETTERS)
async def test_the_way_of_a_message(name: str, floor: Floor, verifier: Verifier) -> None:
    prepare, act, changes = LETTERS[name]
    post = Post(floor)
    letter = await prepare(post)
    await verifier.settle()
    await verifier.verify_action(act(post, letter), changes)


@pytest.mark.long
async def test_a_message_beside_a_call(floor: Floor, verifier: Verifier) -> None:
    post = Post(floor)
    await post.served("hello")
    call = await floor.arrive()
    await floor.offer(call, "lin")
    await verifier.settle()
    await verifier.verify_action(post.write("still there?"), {"lin"})
    await verifier.verify_action(floor.answer(call), {"lin", "sun"})


@pytest.mark.long
async def test_presence_and_phones(floor: Floor, verifier: Verifier) -> None:
    away = floor.set_presence("lin", Presence.AWAY, "lunch")
    await verifier.verify_action(away, {"lin", "sun"})
    await verifier.verify_action(floor.set_presence("lin", Presence.AVAILABLE), {"lin", "sun"})
    await verifier.verify_action(floor.reach("zhao", False), {"zhao", "sun"})


async def test_concluding(floor: Floor, sign_in: SignIn, verifier: Verifier) -> None:
    call = await _wrapping(floor)
    lin = await sign_in("lin")
    outcome = {"code": "done", "note": "All well."}
    done = lin.call("POST", f"/api/interactions/{call.interaction}/outcome", outcome)
    await verifier.verify_action(done, {"lin", "sun"})


async def test_two_tabs_see_the_same(floor: Floor, sign_in: SignIn) -> None:
    lin = await sign_in("lin")
    tabs = [await lin.open_desk(), await lin.open_desk()]
    call = await _offered(floor)
    for tab in tabs:
        await tab.until(lambda tab=tab: bool(tab.state["work"]))
        assert tab.state["work"][0]["interaction_id"] == str(call.interaction)
        await tab.close()
