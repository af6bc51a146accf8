"""Files that are good are understood; whatever is wrong is refused with its line, all of it at once."""

from __future__ import annotations

import time
from datetime import date
from decimal import Decimal

import pytest

from routing.configuration.model import Action, Announce, Dial, Diversion, Name, Overflow, OverflowKind, Said
from routing.hours import HolidayRule
from tests.routing.configuration.files import GOOD, problems, refused, whole

CLOSED = 'closed: {then: callback, message: {en: "We are  at sea.", zh: 我们出海了。}}'


def test_a_good_file_is_understood() -> None:
    found = whole(GOOD)
    cargo, claims, office = found.queues["cargo"], found.queues["claims"], found.schedules["office"]
    assert (cargo.skills, cargo.preferred, cargo.hours) == ({"cargo": 2}, {"claims": 1}, "office")
    assert (cargo.closed, cargo.full_length, cargo.full) == (
        Diversion(Action.CALLBACK), 40, Diversion(Action.QUEUE, "claims"),
    )  # fmt: skip
    assert (cargo.full_estimate_seconds, cargo.announce) == (600, Announce(20, 90, Said.WAIT))
    assert (cargo.closed_waiting, claims.announce) == (False, None)
    assert (cargo.callback_dial, claims.callback_dial) == (Dial.AHEAD, Dial.AGENT_FIRST)
    told = whole(GOOD.replace("closed: {then: callback}", CLOSED)).queues["cargo"].closed
    assert told == Diversion(Action.CALLBACK, None, Name("We are at sea.", "我们出海了。"))
    leaving = whole(GOOD.replace("{then: callback}", "{then: callback, waiting: leave}"))
    assert leaving.queues["cargo"].closed_waiting
    assert cargo.overflow == (Overflow("claims", OverflowKind.WAIT, 60),)
    assert (claims.name.zh, claims.targets, claims.target_seconds) == ("Claims", {"chat": 90}, 30)
    assert (office.time_zone, office.weekly[4], office.weekly[6]) == ("Asia/Shanghai", ((480, 1200),), ())
    assert office.holidays == HolidayRule("CN", makeup_day=0)
    assert office.special_days == {date(2026, 12, 31): ((480, 720),)}
    assert found.agents["lin"].queues == {"cargo": 1, "claims": 2}
    assert found.agents["wu"].capacity == {"voice": 1}
    assert list(found.policies) == ["key", "standard"]
    assert (found.policies["key"]["any"].weight, found.policies["key"]["D"].weight) == (Decimal("1.6"), None)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("  cargo: {en: Cargo, zh: 货物}", "  car go: Cargo", "bad_code"),
        ("  cargo: {en: Cargo, zh: 货物}", "  cargo: {en: Cargo}", "missing_key"),
        ("  cargo: {en: Cargo, zh: 货物}", "  cargo: [Cargo]", "not_a_mapping"),
        ('  claims: Claims', '  claims: "Cl\\x1b[31maims"', "not_text"),
        ("  claims: Claims", "  claims: " + "C" * 201, "not_text"),
        ("Asia/Shanghai", "Asia/Nowhere", "unknown_time_zone"),
        ("Asia/Shanghai", "../../etc/passwd", "unknown_time_zone"),
        ("country: CN", "country: ZZ", "unknown_country"),
        ("makeup_day: mon", "makeup_day: lundi", "unknown_word"),
        ("mon-fri:", "fri-mon:", "not_a_day"),
        ("mon-fri:", "everyday:", "not_a_day"),
        ('"08:00-20:00"', '"8-20"', "not_hours"),
        ('"08:00-20:00"', '"08:00-24:30"', "not_hours"),
        ('"08:00-20:00"', "{from: 8}", "not_hours"),
        ('["08:00-20:00"]', '"08:00-20:00"', "not_a_list"),
        ('["08:00-20:00"]', '["08:00-12:00", "11:59-13:00"]', "overlapping_hours"),
        ('sat: ["09', 'fri: ["09', "overlapping_hours"),
        ('["08:00-20:00"]', '["20:00-08:01", "08:00-09:00"]', "overlapping_hours"),
        ("2026-12-31:", "2026-02-30:", "not_a_date"),
        ("2026-12-31:", "2026-12-31/2026-12-01:", "not_a_date"),
        ("2026-12-31:", "2026-01-01/9999-12-31:", "not_a_date"),
        ("skills: {cargo: 2}", "skills: {cargo: 6}", "out_of_range"),
        ("skills: {cargo: 2}", "skills: {cargo: two}", "out_of_range"),
        ("skills: {cargo: 2}", "skills: {cargo: -1}", "out_of_range"),
        ("skills: {cargo: 2}", "skills: {cargo: [2]}", "out_of_range"),
        ("skills: {cargo: 2}", "skills: [cargo]", "not_a_mapping"),
        ("skills: {cargo: 2}", "skills: {cargo: 2, cargo: 3}", "duplicate_key"),
        ("skills: {cargo: 2}", "skils: {cargo: 2}", "unknown_key"),
        ("hours: office", "hours: ", "not_text"),
        ("{then: callback}", "{then: sing}", "unknown_word"),
        ("{then: callback}", "{then: callback, to: claims}", "missing_key"),
        ("{then: callback}", "{then: queue}", "missing_key"),
        ("length: 40", "length: 0", "out_of_range"),
        ("length: 40, when_estimate_over_seconds: 600, ", "", "missing_key"),
        ("estimate_over_seconds: 600", "estimate_over_seconds: 0", "out_of_range"),
        ("{then: callback}", "{then: callback, waiting: go}", "unknown_word"),
        ("every_seconds: 90", "every_seconds: 5", "out_of_range"),
        ("{then: callback}", "{then: callback, message: closed}", "not_a_mapping"),
        ("{then: callback}", "{then: callback, message: {en: closed}}", "missing_key"),
        ("{then: callback}", '{then: callback, message: {en: "", zh: x}}', "not_text"),
        ("{then: callback}", '{then: callback, message: {en: "a\\u0007b", zh: x}}', "not_text"),
        ("{then: callback}", "{then: callback, message: {en: " + "a" * 501 + ", zh: x}}", "not_text"),
        ("then: queue, to: claims}", "then: queue, to: claims, message: {en: a, zh: b}}", "no_message"),
        ("dial: ahead", "dial: never", "unknown_word"),
        ("say: wait", "say: hello", "unknown_word"),
        ("{every_seconds: 90, say: wait}", "wait", "not_a_mapping"),
        ("after_seconds: 60}", "after_seconds: 60, when_length_over: 3}", "missing_key"),
        ("after_seconds: 60}", "after_seconds: 99999999999999999999}", "out_of_range"),
        ("{to: claims, after_seconds: 60}", "claims", "not_a_mapping"),
        ("target_seconds: 30", "target_seconds: 0", "out_of_range"),
        ("target_seconds: 30", "target_seconds: 3.5", "out_of_range"),
        ("targets: {chat: 90}", "targets: {fax: 90}", "unknown_word"),
        ("{voice: 1, chat: 3}", "{voice: 2, chat: 3}", "out_of_range"),
        ("{cargo: 1, claims: 2}", "{cargo: 0, claims: 2}", "out_of_range"),
        ("[cargo]", "[cargo, cargo]", "duplicate_key"),
        ("weight: 1.6", "weight: 0", "out_of_range"),
        ("weight: 1.6", "weight: .inf", "out_of_range"),
        ("weight: 1.6", "weight: 1e9", "out_of_range"),
        ("    D: {}", "    E: {}", "unknown_word"),
        ("  standard: {any: {}}", "  standard: {A: {}}", "missing_key"),
        ("occupancy: 12.5", "occupancy: -1", "out_of_range"),
        ("occupancy: 12.5", "occupancy: nan", "out_of_range"),
        ("occupancy: 12.5", "magic: 1", "unknown_key"),
        ("  choice: {occ", "  speeds: {occ", "unknown_word"),
        ("  choice: {occupancy: 12.5}", "  reserves: {small_team: 1.5}", "out_of_range"),
        ("company: {", "compny: {", "unknown_key"),
        ("name: Harbour", "name: &a Harbour", "alias"),
        ("name: Harbour", "name: !!python/object/apply:os.system [id]", "tag"),
    ],
)  # fmt: skip
def test_each_mistake_has_its_line(old: str, new: str, code: str) -> None:
    text = GOOD.replace(old, new, 1)
    assert text != GOOD
    changed = next(n for n, (a, b) in enumerate(zip(GOOD.split("\n"), text.split("\n"), strict=False), 1) if a != b)
    found = refused(text).problems
    assert f"configuration.{code}" in [problem.code for problem in found if abs(problem.line - changed) <= 1], found


def test_overlapping_hours_are_refused_once_and_on_their_line() -> None:
    text = GOOD.replace('["08:00-20:00"]', '["08:00-12:00",\n        "11:59-13:00"]')
    found = refused(text).problems
    assert [(problem.line, problem.code) for problem in found] == [(9, "configuration.overlapping_hours")]
    assert "11:59-13:00 overlaps 08:00-12:00" in found[0].message


def test_all_problems_are_named_at_once() -> None:
    text = GOOD.replace("length: 40", "length: x").replace("target_seconds: 30", "target_seconds: y")
    assert [code for _, code in problems(text)] == ["configuration.out_of_range"] * 2


@pytest.mark.parametrize(
    "text",
    [
        "", "just text", "- a", "{}", "queues:", "queues: []", "queues: text", "agents: {a: }", "policies: 3",
        "schedules: {x: {weekly: }}", "schedules: {x: {weekly: [mon]}}", "schedules: {x: {}}", "queues: {q: }",
        "schedules: {x: {weekly: {}, holidays: CN}}", "schedules: {x: {weekly: {}, special_days: []}}",
        "queues: {q: {name: x, full: 3}}", "queues: {q: {name: x, overflow: {to: q}}}", "\x00", "a: [" * 5_000,
        "queues: {q: {name: x, callback: soon}}", "skills: {a: {en: [], zh: {}}}",
    ],
)  # fmt: skip
def test_hostile_files_are_refused(text: str) -> None:
    assert refused(text).code == "configuration.invalid"


def test_a_bomb_of_aliases_costs_nothing() -> None:
    bomb = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30))
    began = time.process_time()
    assert refused(bomb).problems[0].code == "configuration.alias"
    assert time.process_time() - began < 0.5


def test_a_huge_file_is_refused_before_it_is_read() -> None:
    began = time.process_time()
    assert refused("# " + "x" * 5_000_000).problems[0].code == "configuration.too_large"
    assert time.process_time() - began < 0.5


@pytest.mark.long
def test_five_thousand_agents_are_read_in_seconds() -> None:
    agents = "".join(
        f"  a{n}:\n    name: Agent {n}\n    skills: {{cargo: 4, claims: 3}}\n    queues: {{cargo: 1, claims: 2}}\n"
        for n in range(5_000)
    )
    head, tail = GOOD.split("policies:")
    began = time.process_time()
    assert len(whole(f"{head}{agents}policies:{tail}").agents) == 5_002
    assert time.process_time() - began < 15
