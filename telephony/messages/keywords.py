"""Words by which a customer says that he wants no messages, wants them again, or asks who we are. Pure."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import StrEnum

_LONGEST = 24
_AROUND = " \t\n.,!?;:'\"。，！？；：“”‘’「」《》()（）[]【】"


class Wish(StrEnum):
    """What the word means."""

    STOP = "STOP"
    START = "START"
    HELP = "HELP"


_WORDS = {
    (Wish.STOP, "en"): "STOP STOPALL UNSUBSCRIBE CANCEL END QUIT",
    (Wish.START, "en"): "START YES UNSTOP",
    (Wish.HELP, "en"): "HELP INFO",
    (Wish.STOP, "zh"): "退订 退訂 停止 取消订阅 取消訂閱",
    (Wish.START, "zh"): "开始 開始 订阅 訂閱",
    (Wish.HELP, "zh"): "帮助 幫助",
}


@dataclass(frozen=True, slots=True)
class Keyword:
    """The word as we know it, its meaning, and the language that it is of (``en``, ``zh``)."""

    word: str
    wish: Wish
    language: str


_KNOWN = {word: Keyword(word, wish, language) for (wish, language), words in _WORDS.items() for word in words.split()}


def keyword_in(text: str) -> Keyword | None:
    """The keyword that is all of a text, whatever its case and the punctuation around it."""
    if len(text) > _LONGEST:
        return None
    return _KNOWN.get(unicodedata.normalize("NFKC", text).strip(_AROUND).upper())
