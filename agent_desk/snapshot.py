"""The snapshot: all that one desk shows, from the board of this process and the agent's own work just read."""

from __future__ import annotations

from agent_desk.audience import agents_for, interactions_for, queues_for
from agent_desk.board import Board
from agent_desk.protocol import Snapshot
from agent_desk.views import QueueView, UserView, VoiceStatus, WorkItem
from core import clock
from core.agent import AwayReason

AWAY_REASONS = [reason.value for reason in AwayReason if reason not in (AwayReason.RONA, AwayReason.CONNECTION_LOST)]
"""Reasons that a person may choose; the others are the product's own."""


def make_snapshot(
    board: Board, queues: list[QueueView], user: UserView, work: list[WorkItem], voice: VoiceStatus
) -> Snapshot:
    """Everything that this user's desk shows at this moment."""
    return Snapshot(
        at=clock.now(),
        user=user,
        voice=voice,
        work=work,
        queues=queues_for(board, user, queues),
        agents=agents_for(board, user),
        interactions=interactions_for(board, user),
        outcomes=board.outcomes,
        away_reasons=AWAY_REASONS,
    )
