"""What somebody wrote anew, apart from what he quotes and from what stands below all his mails. Pure."""

from __future__ import annotations

import re

LONGEST_QUOTED = 20_000
_LONGEST_MARK = 300
_WROTE = re.compile(
    r"^\s*(?:on\b.{4,250}\bwrote\s*:|am\b.{4,250}\bschrieb\b.{0,120}:|(?:在|于).{2,250}写道\s*[:：]|"
    r".{4,250}于.{4,100}写道\s*[:：])\s*$",
    re.IGNORECASE,
)
_RULED = re.compile(
    r"^\s*-{2,}\s*(?:original message|original-nachricht|ursprüngliche nachricht|原始邮件|原邮件|邮件原件)\s*-{2,}\s*$",
    re.IGNORECASE,
)
_FROM = re.compile(r"^\W{0,4}(?:from|von|发件人|寄件者)\W{0,4}[:：]", re.IGNORECASE)
_FURTHER = re.compile(
    r"^\W{0,4}(?:sent|date|to|subject|gesendet|datum|an|betreff|发送时间|日期|收件人|主题|寄件日期|收件者|主旨)\W{0,4}[:：]",
    re.IGNORECASE,
)
_DEVICE = re.compile(r"^\s*(?:sent from my\b.{1,40}|von meinem .{1,40} gesendet|发自我?的?.{1,30})\s*$", re.IGNORECASE)
_MOST_SIGNATURE_LINES = 25


def fold(text: str) -> tuple[str, str]:
    """What is shown, and what is folded away (quoted mails, signature); nothing is folded if nothing would be left."""
    lines = text.splitlines()
    start = _quote_start(lines)
    visible, folded = lines[:start], lines[start:]
    visible, folded = _answer_below(visible, folded)
    cut = _signature(visible)
    visible, folded = visible[:cut], visible[cut:] + folded
    if not any(line.strip() for line in visible):
        return text.strip(), ""
    return "\n".join(visible).strip(), "\n".join(folded).strip()[:LONGEST_QUOTED]


def _quote_start(lines: list[str]) -> int:
    if _is_quoted(next((line for line in lines if line.strip()), "")):
        return 0
    for number, line in enumerate(lines):
        if len(line) <= _LONGEST_MARK and _begins_quote(lines, number, line):
            return number
    end = len(lines)
    while end and (_is_quoted(lines[end - 1]) or not lines[end - 1].strip()):
        end -= 1
    return end if any(_is_quoted(line) for line in lines[end:]) else len(lines)


def _begins_quote(lines: list[str], number: int, line: str) -> bool:
    if _WROTE.match(line) or _RULED.match(line):
        return True
    following = [each[:_LONGEST_MARK] for each in lines[number + 1 : number + 3]]
    if following and line.strip() and _WROTE.match(f"{line} {following[0]}"[:_LONGEST_MARK]):
        return not _is_quoted(following[0])
    return bool(_FROM.match(line)) and sum(bool(_FURTHER.match(each)) for each in lines[number + 1 : number + 5]) >= 2


def _is_quoted(line: str) -> bool:
    return line.lstrip().startswith(">")


def _answer_below(visible: list[str], folded: list[str]) -> tuple[list[str], list[str]]:
    """Who answers below or between the quoted lines is read with them."""
    if not folded or any(line.strip() for line in visible) or not any(_is_quoted(line) for line in folded):
        return visible, folded
    first = next(number for number, line in enumerate(folded) if _is_quoted(line))
    end = first
    while end < len(folded) and (_is_quoted(folded[end]) or not folded[end].strip()):
        end += 1
    rest = folded[end:]
    if any(_is_quoted(line) for line in rest):
        return [*visible, *folded], []
    return rest, folded[:end]


def _signature(lines: list[str]) -> int:
    for number in range(len(lines) - 1, max(-1, len(lines) - _MOST_SIGNATURE_LINES), -1):
        if lines[number].rstrip("\r") in ("-- ", "--"):
            return number
    filled = [number for number, line in enumerate(lines) if line.strip()]
    return filled[-1] if filled and _DEVICE.match(lines[filled[-1]][:_LONGEST_MARK]) else len(lines)
