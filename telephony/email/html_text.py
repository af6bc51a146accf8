"""HTML made text. No markup is kept, nothing is fetched, and any input is read once from left to right."""

from __future__ import annotations

import re
from html import unescape

LONGEST = 1_000_000
"""Characters of HTML that are looked at."""
_TAG = re.compile(r"""<(/?)([a-zA-Z][a-zA-Z0-9:-]{0,40})((?:[^<>"']|"[^"<]*"|'[^'<]*')*)>|<[!?][^<>]*>""")
_SILENT = frozenset({"script", "style", "head", "title", "noscript", "template", "svg", "object", "iframe", "textarea",
                     "select", "noframes", "math", "applet", "xml"})  # fmt: skip
_BLOCKS = frozenset({"p", "div", "br", "tr", "li", "ul", "ol", "table", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "pre",
                     "blockquote", "section", "article", "header", "footer", "address", "dd", "dt"})  # fmt: skip
_SPACED = frozenset({"p", "ul", "ol", "table", "h1", "h2", "h3", "blockquote"})
_DEEPEST_QUOTE = 5


def text_of(html: str) -> str:
    """The words, with line breaks where blocks end and ``> `` before what stands in ``blockquote``."""
    writer = _Writer()
    place, html = 0, _without_comments(html[:LONGEST])
    while (found := _TAG.search(html, place)) is not None:
        writer.words(html[place : found.start()])
        place = found.end()
        name = (found[2] or "").lower()
        if not found[1] and name in _SILENT and not (found[3] or "").endswith("/"):
            place = _end_of(html, name, place)
        elif name:
            writer.tag(name, bool(found[1]))
    writer.words(html[place:])
    return writer.text()


def _without_comments(html: str) -> str:
    kept, place = [], 0
    while (start := html.find("<!--", place)) >= 0:
        kept.append(html[place:start])
        end = html.find("-->", start + 4)
        if end < 0:
            return "".join(kept)
        place = end + 3
    return "".join([*kept, html[place:]])


def _end_of(html: str, name: str, place: int) -> int:
    end = re.compile(rf"</{name}[^<>]*>", re.IGNORECASE).search(html, place)
    return len(html) if end is None else end.end()


class _Writer:
    def __init__(self) -> None:
        self._lines: list[str] = []
        self._line: list[str] = []
        self._depth = 0

    def words(self, text: str) -> None:
        if text:
            self._line.append(unescape(text))

    def tag(self, name: str, closes: bool) -> None:
        if name in ("td", "th") and not closes:
            self._line.append(" ")
        if name not in _BLOCKS:
            return
        self._break(is_hard=name == "br")
        if name in _SPACED:
            self._gap()
        if name == "blockquote":
            self._depth = max(0, self._depth - 1) if closes else self._depth + 1
        if name == "li" and not closes:
            self._line.append("- ")

    def _break(self, *, is_hard: bool = False) -> None:
        line = " ".join("".join(self._line).replace("\xa0", " ").split())
        self._line.clear()
        if line or is_hard:
            self._lines.append("> " * min(self._depth, _DEEPEST_QUOTE) + line)

    def _gap(self) -> None:
        if self._lines and self._lines[-1].strip(" >"):
            self._lines.append("")

    def text(self) -> str:
        self._break()
        return re.sub(r"\n{3,}", "\n\n", "\n".join(self._lines)).strip()
