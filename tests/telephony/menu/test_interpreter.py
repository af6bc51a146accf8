"""The interpreter: keys, wrong keys, silence; and that every caller ends in a queue, whatever is pressed."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import telephony.menu
from telephony.menu.interpreter import MAX_QUESTIONS, Ask, Enqueue, Place, Spoken, Step, answer, begin
from telephony.menu.load import load_directory, load_menu
from tests.telephony.menu.test_definition import GOOD

MAIN = load_directory(Path(telephony.menu.__file__).parent / "demo")["main"]
AGAIN = '"9": {next: hello, label: {en: Again}}\n        "1": {next: sales'
LOOPING = load_menu(GOOD.replace('"1": {next: sales', AGAIN))


def walk(keys: str) -> Step:
    """Follow keys; ``.`` is silence."""
    step = begin(MAIN)
    for key in keys:
        step = answer(MAIN, step.place, "" if key == "." else key)
    return step


def queue_of(step: Step) -> str | None:
    return step.action.queue if isinstance(step.action, Enqueue) else None


def test_the_first_question_says_welcome_and_menu_in_both_languages_at_once() -> None:
    action = begin(MAIN).action
    assert isinstance(action, Ask)
    assert action.prompts == tuple(Spoken(p, lang) for p in ("welcome", "main") for lang in ("en", "zh"))


def test_a_known_language_is_the_only_one_spoken() -> None:
    action = begin(MAIN, "zh").action
    assert isinstance(action, Ask)
    assert {spoken.language for spoken in action.prompts} == {"zh"}


@pytest.mark.parametrize(
    ("keys", "queue"),
    [
        ("1", "shipments"), ("2", "complaints"), ("72", "complaints"), ("772", "complaints"), ("777", "shipments"),
        (".", None), ("..", "shipments"), (".2", "complaints"), ("7.2", "complaints"), ("#*1", "shipments"),
        ("7", None), (".7", None), ("7.7", None), ("77.", None),
    ],
)  # fmt: skip
def test_keys_lead_to_queues(keys: str, queue: str | None) -> None:
    assert queue_of(walk(keys)) == queue


def test_a_wrong_key_is_told_before_the_question_comes_again() -> None:
    action = walk("7").action
    assert isinstance(action, Ask)
    assert [spoken.prompt for spoken in action.prompts] == ["wrong-key", "wrong-key", "main", "main"]


def test_a_choice_is_told_once_for_the_record() -> None:
    step = walk("2")
    assert step.taken is not None
    assert (step.taken.node, step.taken.key, step.taken.label["zh"]) == ("main", "2", "投诉")
    assert walk("777").taken is None


def test_a_place_that_is_no_question_is_refused() -> None:
    with pytest.raises(ValueError, match="no question"):
        answer(MAIN, Place("shipments"), "1")
    with pytest.raises(ValueError, match="no question"):
        answer(MAIN, Place("no-such-node"), "1")


@given(st.lists(st.text(max_size=3) | st.sampled_from(["1", "2", "9", ""]), max_size=400))
def test_whatever_is_pressed_the_caller_is_asked_or_queued_and_never_for_ever(keys: list[str]) -> None:
    for menu in (MAIN, LOOPING):
        step = begin(menu)
        asked = 0
        for key in keys:
            if isinstance(step.action, Enqueue):
                break
            asked += 1
            step = answer(menu, step.place, key)
        assert isinstance(step.action, Enqueue) or asked == len(keys)
        assert asked <= MAX_QUESTIONS


def test_a_caller_who_goes_round_and_round_reaches_an_agent() -> None:
    step = begin(LOOPING)
    for _ in range(MAX_QUESTIONS):
        if isinstance(step.action, Enqueue):
            break
        step = answer(LOOPING, step.place, "9")
    assert queue_of(step) == "sales"


def test_a_way_may_end_in_a_callback() -> None:
    menu = load_menu(GOOD.replace("{queue: sales}", "{book_callback: sales}"))
    step = answer(menu, begin(menu).place, "1")
    assert isinstance(step.action, Enqueue)
    assert (step.action.queue, step.action.callback) == ("sales", True)
