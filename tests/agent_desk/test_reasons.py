"""Reason codes from routing's record, and the menu's words, whatever stands in the columns."""

from __future__ import annotations

from typing import Any

import pytest

from agent_desk.reasons import reasons
from agent_desk.work_reads import menu_steps, removal_reason

CHOSEN = {
    "trigger": "item_arrived", "candidates": 4, "boost": 1, "needed": {"skills": {"en": 2}},
    "considered": [{"terms": {"speed": 5}, "idle_since": 9.0}, {"terms": {"speed": 8, "load": 1}, "idle_since": 2.0}],
}  # fmt: skip


@pytest.mark.parametrize(
    ("decision", "codes"),
    [
        ({"trigger": "item_arrived", "candidates": 1}, ["only_free_agent"]),
        ({"trigger": "item_arrived", "candidates": 3, "needed": {"skills": {"en": 2}}}, ["longest_idle", "skills"]),
        ({"trigger": "agent_freed", "candidates": 9, "head_start": 30}, ["priority"]),
        ({"trigger": "agent_freed", "boost": 1}, ["waited_longest", "redirected"]),
        (CHOSEN, ["speed", "redirected", "skills"]),
        ({**CHOSEN, "considered": [7]}, []),
        ({"why": ["account_manager"]}, ["account_manager"]),
        ({}, []),
        (None, []),
        ("text", []),
    ],
)
def test_codes(decision: Any, codes: list[str]) -> None:
    assert reasons(decision) == codes


def test_a_menu_path_is_shown_whatever_it_holds() -> None:
    path = [{"node": "main", "choice": "2", "label": {"zh": "投诉"}}, {"choice": 7, "label": "old"}, "junk"]
    steps = menu_steps(path)
    assert [(step.choice, step.label.en, step.label.zh) for step in steps] == [("2", "投诉", "投诉"), ("7", "7", "7")]


def test_why_an_item_is_gone() -> None:
    assert removal_reason("expired", "queued") == "expired"
    assert removal_reason("accepted", "closed") == "closed"
    assert removal_reason("accepted", "queued") == "requeued"
    assert removal_reason("accepted", "queued", to_call=True) == "not_reached"
    assert removal_reason("rescinded", "active") == "taken"
    assert removal_reason("rescinded", "closed") == "rescinded"
