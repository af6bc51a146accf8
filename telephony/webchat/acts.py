"""What a visitor does to his conversation, each in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from core import clock
from core.address import clean_text
from core.db import Database, UnitOfWork
from core.errors import Refusal
from core.message import MessageState, sources_of
from core.ports import CustomerDirectory, QueueDoors
from telephony.messages import statements
from telephony.messages.accounts import Account
from telephony.messages.incoming import Incoming, IncomingFile
from telephony.messages.receive import receive
from telephony.messages.states import advance
from telephony.messages.text import kept_text
from telephony.webchat.reads import external_id
from telephony.webchat.site import answers_of
from telephony.webchat.visitor import Visitor

ACTOR = "telephony"
NAMELESS = {"en": "Website visitor", "zh-CN": "网站访客"}
_KEPT = "select conversation_id, seq from messages where account_id = $1 and external_id = $2"
_IS_KNOWN = "select 1 from conversations where account_id = $1 and key = $2"
_CLAIMS = "update conversations set settings = settings || jsonb_build_object('claims', $2::text::jsonb) where id = $1"
_OURS = """
select id from messages
where conversation_id = $1 and seq <= $2 and direction = 'out' and state = any($3) order by seq
"""


@dataclass(frozen=True, slots=True)
class Said:
    """What the visitor sends. ``id`` is the browser's own; ``answers``: of the form before the first message."""

    id: UUID
    body: str
    language: str = "en"
    answers: Mapping[str, str] = field(default_factory=dict)
    file: IncomingFile | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """Where it stands for good."""

    conversation_id: UUID
    seq: int


async def say(
    database: Database, account: Account, visitor: Visitor, said: Said, *, directory: CustomerDirectory,
    doors: QueueDoors,
) -> Kept:  # fmt: skip
    """Keep a message, or find that it is kept. Refusals: ``message.empty``, ``chat.form_incomplete``."""
    if not kept_text(said.body) and said.file is None:
        raise Refusal("message.empty", "There is nothing to send.")
    outside = external_id(visitor, said.id)
    async with database.unit_of_work(ACTOR) as work:
        before = await work.look(_KEPT, account.id, outside)
        if before:
            return Kept(before[0]["conversation_id"], before[0]["seq"])
        claims = await _claims(work, account, visitor, said)
        incoming = _incoming(visitor, said, outside, claims)
        received = await receive(work, account, incoming, directory=directory, doors=doors)
        if received is None:  # a second tab was quicker
            row = (await work.fetch(_KEPT, account.id, outside))[0]
            return Kept(row["conversation_id"], row["seq"])
        if claims:
            # not `write`: one statement would touch the row twice, of which PostgreSQL does one
            await work.fetch(_CLAIMS, received.conversation_id, statements.as_json(claims))
    return Kept(received.conversation_id, received.seq)


async def _claims(work: UnitOfWork, account: Account, visitor: Visitor, said: Said) -> dict[str, str]:
    """What the visitor says of himself: demanded before the first message only."""
    if said.answers or not await work.look(_IS_KNOWN, account.id, visitor.key):
        return answers_of(account.settings, said.answers)
    return {}


def _incoming(visitor: Visitor, said: Said, outside: str, claims: Mapping[str, str]) -> Incoming:
    name = clean_text(claims.get("name", "")) or f"{NAMELESS.get(said.language, NAMELESS['en'])} {visitor.key[:4]}"
    return Incoming(
        external_id=outside, key=visitor.key, sender=visitor.address, body=said.body, at=clock.now(), name=name,
        subject=claims.get("topic", ""), language=said.language, files=(said.file,) if said.file else (),
        details={"form": dict(claims)} if claims else {},
    )  # fmt: skip


async def mark(database: Database, conversation_id: UUID, up_to: int, state: MessageState) -> None:
    """What we wrote, up to a place in the conversation, has got as far as ``state``."""
    sources = [each.value for each in sources_of(state)]
    async with database.unit_of_work(ACTOR) as work:
        for row in await work.look(_OURS, conversation_id, up_to, sources):
            await advance(work, row["id"], state)
