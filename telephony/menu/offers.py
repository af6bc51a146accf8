"""The question to a caller whom a queue does not let in, but would call back: a menu of one key. Pure."""

from __future__ import annotations

from core.interaction import EndReason
from telephony.menu.definition import LANGUAGES, Choice, Menu, MenuNode, Prompt, QueueNode, Retry, Words

BOOK, LEAVE = "book", "leave"
"""Where the menu ends, in place of queues."""
_KEY = "1"
_LABEL: Words = {"en": "call me back", "zh": "请回电"}


def _offer(name: str, texts: Words) -> Menu:
    question = MenuNode(
        name="offer", prompt=name, wait_seconds=6, choices={_KEY: Choice(_KEY, BOOK, _LABEL, None, 0)},
        wrong=Retry(None, 1), silence=Retry(None, 0), otherwise=LEAVE, line=0,
    )  # fmt: skip
    ends = {end: QueueNode(end, end, 0) for end in (BOOK, LEAVE)}
    return Menu("doors", "offer", LANGUAGES, {name: Prompt(name, texts)}, {"offer": question, **ends})


OFFERS: dict[EndReason, Menu] = {
    EndReason.QUEUE_CLOSED: _offer(
        "offer-closed",
        {
            "en": "Thank you for calling. We are closed now. To be called back, press 1.",
            "zh": "感谢您的来电。现在是非工作时间。如需我们给您回电，请按一。",
        },
    ),
    EndReason.QUEUE_FULL: _offer(
        "offer-full",
        {
            "en": "All our lines are busy. To be called back in your turn, press 1.",
            "zh": "当前线路繁忙。如需我们按顺序给您回电，请按一。",
        },
    ),
}
"""By why he is not let in."""
