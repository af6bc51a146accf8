"""From the bytes of a mail to what it says. Never raises: what cannot be read is kept by its headers."""

from __future__ import annotations

import hashlib
from email.headerregistry import AddressHeader
from email.message import EmailMessage
from typing import Any

from core.address import clean_text
from telephony.email.addresses import ids_in, mail_address
from telephony.email.bodies import read_content
from telephony.email.files import refused
from telephony.email.mail import Mail
from telephony.email.reports import read_report
from telephony.email.wary import TooComplex, parse, parse_headers

MARKS = ("auto-submitted", "precedence", "x-autoreply", "x-autorespond", "x-auto-response-suppress", "list-id",
         "list-unsubscribe", "return-path", "x-failed-recipients", "feedback-id")  # fmt: skip
_MOST_ANCESTORS = 30
_MOST_RECIPIENTS = 50


def read_mail(raw: bytes, *, is_whole: bool = True) -> Mail:
    """Read a mail; ``is_whole`` False: these are its first bytes, the rest was too much."""
    fault = None if is_whole else "mail.too_large"
    try:
        parsed = parse(raw)
        text, content = read_content(parsed)
        report = read_report(parsed)
        fault = fault or ("mail.unreadable" if content.is_cut else None)
        files = content.files if is_whole else [refused(file.name, "mail.too_large") for file in content.files]
        return _mail(parsed, raw, text=text, files=tuple(files), report=report, fault=fault)
    except (TooComplex, RecursionError, ValueError, LookupError, TypeError, AttributeError, AssertionError):
        return _mail(parse_headers(raw), raw, fault="mail.unreadable")


def _mail(parsed: EmailMessage, raw: bytes, **content: Any) -> Mail:
    references, nearest = ids_in(_text(parsed, "references")), ids_in(_text(parsed, "in-reply-to"))
    ancestors = tuple(dict.fromkeys([*nearest, *reversed(references)]))
    own = ids_in(_text(parsed, "message-id"))
    name, sender = _first(parsed, "from")
    return Mail(
        own[0] if own else f"<{hashlib.sha256(raw).hexdigest()}@no-message-id>",
        (*ancestors[: _MOST_ANCESTORS - 1], *ancestors[-1:]) if len(ancestors) > _MOST_ANCESTORS else ancestors,
        references[0] if references else nearest[0] if nearest else "",
        sender, name, _first(parsed, "reply-to")[1], _recipients(parsed), _text(parsed, "subject"),
        marks={mark: clean_text(_text(parsed, mark), 200) for mark in MARKS if parsed.get(mark) is not None},
        **content,
    )  # fmt: skip


def _text(parsed: EmailMessage, name: str) -> str:
    return str(parsed.get(name, "")).encode("utf-8", "replace").decode()


def _addresses(parsed: EmailMessage, name: str) -> list[tuple[str, str]]:
    """Names and addresses of a header, as far as they are any."""
    found: list[tuple[str, str]] = []
    for header in parsed.get_all(name, []):
        listed = header.addresses if isinstance(header, AddressHeader) else ()
        found += [(clean_text(each.display_name), each.addr_spec) for each in listed[:_MOST_RECIPIENTS]]
        if not listed:
            found.append(("", str(header)))
    return found


def _first(parsed: EmailMessage, name: str) -> tuple[str, str]:
    for shown, address in _addresses(parsed, name):
        value = mail_address(_plain(address)).value
        if value:
            return shown, value
    return "", ""


def _recipients(parsed: EmailMessage) -> tuple[str, ...]:
    found = [_plain(address) for name in ("to", "cc", "delivered-to", "x-original-to")
             for _, address in _addresses(parsed, name)]  # fmt: skip
    known = (mail_address(address).value for address in found[:_MOST_RECIPIENTS])
    return tuple(dict.fromkeys(value for value in known if value))


def _plain(address: str) -> str:
    """Out of ``Name <a@b>`` that the library could not read."""
    inside = address.rpartition("<")[2].partition(">")[0]
    return inside.strip() or address
