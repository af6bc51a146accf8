"""Words that mean that somebody wants no messages."""

from __future__ import annotations

import pytest

from telephony.messages.keywords import Wish, keyword_in


@pytest.mark.parametrize(
    ("text", "wish", "language"),
    [
        ("STOP", Wish.STOP, "en"),
        (" stop. ", Wish.STOP, "en"),
        ("“Unsubscribe”!", Wish.STOP, "en"),
        ("ＳＴＯＰ", Wish.STOP, "en"),
        ("退订", Wish.STOP, "zh"),
        ("取消订阅。", Wish.STOP, "zh"),
        ("退訂", Wish.STOP, "zh"),
        ("yes", Wish.START, "en"),
        ("开始", Wish.START, "zh"),
        ("help?", Wish.HELP, "en"),
        ("帮助", Wish.HELP, "zh"),
    ],
)
def test_a_keyword_is_known_however_it_is_written(text: str, wish: Wish, language: str) -> None:
    found = keyword_in(text)
    assert found is not None and (found.wish, found.language) == (wish, language)


@pytest.mark.parametrize(
    "text", ["", "please stop calling", "stopp", "我要退订这个服务", "END OF STORY", "STOP" * 5000]
)
def test_a_sentence_is_none(text: str) -> None:
    assert keyword_in(text) is None
