"""The table of moves: what must hold of every state."""

from __future__ import annotations

from core.interaction import MOVES, InteractionState, sources_of

S = InteractionState


def test_every_state_stands_in_the_table() -> None:
    assert set(MOVES) == set(S)


def test_closed_is_the_end_and_reachable_from_everywhere() -> None:
    assert MOVES[S.CLOSED] == frozenset()
    for state in set(S) - {S.CLOSED}:
        assert S.CLOSED in MOVES[state], state


def test_nobody_talks_without_an_offer() -> None:
    answered_as_it_expired = S.QUEUED
    assert sources_of(S.ACTIVE) == {S.OFFERED, S.HELD, answered_as_it_expired}


def test_a_customer_can_come_back_to_the_queue_but_never_from_wrapping() -> None:
    assert sources_of(S.QUEUED) == {S.NEW, S.IN_MENU, S.OFFERED, S.ACTIVE, S.HELD}


def test_live_waiting_and_served_do_not_contradict_each_other() -> None:
    assert S.waiting() <= S.live()
    assert not S.waiting() & S.served()
    assert S.CLOSED not in S.live() | S.served()
