"""What a customer wrote, as its adapter has read it. Everything in it is from outside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from core.address import Address


@dataclass(frozen=True, slots=True)
class IncomingFile:
    """Something attached. With ``content`` it is here already; with ``source`` (a URL) it has yet to be fetched;
    with ``refused`` (a code such as ``file.too_large``) only its name is kept."""

    name: str
    content_type: str
    content: bytes | None = None
    source: str | None = None
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class Incoming:
    """One message. ``external_id`` is the other side's id of it, unique to the account: the same one twice is one.

    ``key`` tells its conversation apart from others of the account: the sender's address, or of e-mail the thread.
    ``is_automatic``: a robot wrote it (an absence note); it is kept, and nobody is asked to answer.
    """

    external_id: str
    key: str
    sender: Address
    body: str
    at: datetime
    name: str = ""
    subject: str = ""
    language: str | None = None
    files: tuple[IncomingFile, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)
    is_automatic: bool = False
