"""A configuration that is well formed and still wrong: refused with the line, nothing applied."""

from __future__ import annotations

import pytest

from routing.configuration.check import InUse, already_stranded
from routing.configuration.model import DEFAULT_POLICIES
from tests.routing.configuration.files import GOOD, line_of, problems, whole


def replaced(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new, 1)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("skills: {claims: 3}", "skills: {claims: 4}", "stranded_queue"),
        ("skills: {cargo: 2}\n    preferred", "skills: {cargo: 3, claims: 4}\n    preferred", "stranded_queue"),
        ("skills: {cargo: 2}\n    preferred", "skills: {cargoo: 2}\n    preferred", "unknown_skill"),
        ("preferred: {claims: 1}", "preferred: {opera: 1}", "unknown_skill"),
        ("skills: {cargo: 4, claims: 3}", "skills: {cargo: 4, claims: 3, opera: 5}", "unknown_skill"),
        ("hours: office", "hours: nights", "unknown_schedule"),
        ("- {to: claims, after", "- {to: nowhere, after", "unknown_queue"),
        ("then: queue, to: claims", "then: queue, to: nowhere", "unknown_queue"),
        ("queues: [cargo]", "queues: [nowhere]", "unknown_queue"),
        ("- {to: claims, after", "- {to: cargo, after", "circle"),
        ("    target_seconds: 30", "    overflow: [{to: cargo, when_length_over: 5}]", "circle"),
        ("    target_seconds: 30", "    closed: {then: queue, to: cargo}", "circle"),
    ],
)
def test_each_mistake_has_its_line(old: str, new: str, code: str) -> None:
    text = replaced(old, new)
    part = new.splitlines()[0].strip()
    assert problems(text) == [(line_of(text, part), f"configuration.{code}")]


def test_a_longer_circle_is_named_whole() -> None:
    text = GOOD.replace("    target_seconds: 30", "    overflow: [{to: third, after_seconds: 9}]").replace(
        "agents:\n", "  third:\n    name: Third\n    overflow: [{to: cargo, after_seconds: 9}]\nagents:\n"
    ).replace("queues: [cargo]", "queues: [cargo, third]")  # fmt: skip
    assert [code for _, code in problems(text)] == ["configuration.circle"]


def test_a_queue_without_members_is_stranded_where_it_asks_for_them() -> None:
    text = replaced("queues: {cargo: 1, claims: 2}", "queues: {cargo: 1}")
    assert problems(text) == [(line_of(text, "skills: {claims: 3}"), "configuration.stranded_queue")]


def test_a_member_who_can_take_nothing_serves_nobody() -> None:
    text = replaced("capacity: {voice: 1, chat: 3}", "capacity: {voice: 0}")
    assert [code for _, code in problems(text)] == ["configuration.stranded_queue"]


def test_taking_the_last_member_away_is_refused_where_the_members_stand() -> None:
    live = whole(GOOD)
    text = "\nagents:\n  wu: {name: Wu, skills: {cargo: 2}, queues: [cargo]}\n"
    assert problems(text, live) == [(2, "configuration.stranded_queue")]


def test_what_was_stranded_before_is_a_warning() -> None:
    live = whole(GOOD)
    object.__setattr__(live, "agents", {})
    assert problems("skills: {cargo: Cargo, claims: Demands}", live) == []
    assert already_stranded(live, live) == ["cargo", "claims"]


def test_a_schedule_that_never_opens_is_refused() -> None:
    text = replaced('      mon-fri: ["08:00-20:00"]\n      sat: ["09:00-12:00"]\n', "      mon: closed\n")
    text = text.replace('2026-12-31: ["08:00-12:00"]', "2026-12-31: closed")
    assert problems(text) == [(line_of(text, "office:"), "configuration.never_open")]


def test_what_others_rely_on_cannot_be_left_out() -> None:
    live = whole(GOOD)
    queues = "queues:\n  cargo: {name: Cargo, skills: {cargo: 2}}\n"
    assert problems(queues, live, InUse(queues={"claims": "menu 'main'"})) == [(1, "configuration.queue_in_use")]
    skills = "skills:\n  cargo: Cargo\nqueues:\n  cargo: {name: Cargo}\n"
    assert problems(skills, live, InUse(skills={"claims": 2})) == [(1, "configuration.skill_in_use")]


def test_a_section_that_is_missing_stays_and_agents_lose_what_is_gone() -> None:
    live = whole(GOOD)
    after = whole("queues:\n  cargo: {name: Cargo, skills: {cargo: 2}}\n", live)
    assert (list(after.queues), after.agents["lin"].queues) == (["cargo"], {"cargo": 1})
    assert (after.skills, after.policies, after.schedules) == (live.skills, live.policies, live.schedules)


def test_an_empty_section_empties_and_no_policies_are_those_to_begin_with() -> None:
    after = whole("policies: {}\nagents: {}\nqueues: {}\n", whole(GOOD))
    assert (after.policies, after.agents, after.queues) == (DEFAULT_POLICIES, {}, {})
