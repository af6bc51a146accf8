"""The words and the files of a mail, out of its tree of parts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage, Message
from typing import Any, cast

from telephony.email.files import LARGEST_FILE, MOST_FILES, attached, refused
from telephony.email.html_text import LONGEST, text_of
from telephony.email.wary import DEEPEST, MOST_PARTS, decode
from telephony.messages.incoming import IncomingFile

_SILENT = frozenset({"message/delivery-status", "message/disposition-notification", "text/rfc822-headers",
                     "message/global-delivery-status", "application/pgp-signature", "application/pkcs7-signature",
                     "application/ms-tnef"})  # fmt: skip


@dataclass(slots=True)
class Content:
    """What was found so far."""

    files: list[IncomingFile] = field(default_factory=list)
    parts: int = 0
    is_cut: bool = False


def read_content(mail: EmailMessage) -> tuple[str, Content]:
    """The text (plain where there is some, else made of the HTML) and what is attached."""
    content = Content()
    words = [text.strip() for _, text in _words(mail, content, 0) if text.strip()]
    return "\n\n".join(words), content


def _words(part: Message, content: Content, depth: int) -> list[tuple[bool, str]]:
    """Texts in order, each with whether it was plain."""
    content.parts += 1
    if depth > DEEPEST or content.parts > MOST_PARTS:
        content.is_cut = True
        return []
    kind = part.get_content_type()
    if part.is_multipart() and kind.startswith("multipart/"):
        found = [_words(each, content, depth + 1) for each in children(part)]
        return _best(found) if kind == "multipart/alternative" else [text for texts in found for text in texts]
    return _leaf(part, kind, content)


def children(part: Message) -> Iterator[Message]:
    """The parts of a part."""
    payload = cast(Any, part.get_payload())
    return iter([each for each in payload if isinstance(each, Message)] if isinstance(payload, list) else [])


def _best(choices: list[list[tuple[bool, str]]]) -> list[tuple[bool, str]]:
    filled = [texts for texts in choices if any(text.strip() for _, text in texts)]
    plain = [texts for texts in filled if all(is_plain for is_plain, _ in texts)]
    return (plain or filled or [[]])[0]


def _leaf(part: Message, kind: str, content: Content) -> list[tuple[bool, str]]:
    if kind in _SILENT:
        return []
    name = _name(part)
    if kind in ("text/plain", "text/html") and part.get_content_disposition() != "attachment" and not name:
        text = decode(_payload(part)[: LONGEST * 4], part.get_content_charset())
        return [(True, text)] if kind == "text/plain" else [(False, text_of(text))]
    _attach(part, name, kind, content)
    return []


def _attach(part: Message, name: str, kind: str, content: Content) -> None:
    if len(content.files) >= MOST_FILES:
        content.is_cut = True
        return
    if kind == "message/rfc822":
        content.files.append(refused(name or "message.eml", "file.not_kept"))
        return
    payload = _payload(part)
    name = name or f"{kind.partition('/')[0]}-{len(content.files) + 1}"
    too_large = len(payload) > LARGEST_FILE
    content.files.append(refused(name, "file.too_large") if too_large else attached(name, kind, payload))


def _payload(part: Message) -> bytes:
    try:
        payload = part.get_payload(decode=True)
    except (ValueError, LookupError, AssertionError):
        return b""
    return payload if isinstance(payload, bytes) else b""


def _name(part: Message) -> str:
    try:
        return str(part.get_filename() or "")
    except Exception:  # the library raises anything for a name that is encoded badly
        return "file"
