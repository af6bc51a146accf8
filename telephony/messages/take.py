"""A message is received, and answered by ourselves where nobody needs to be asked: keywords, closed queues."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from core.db import UnitOfWork
from core.errors import Conflict
from core.interaction import Channel
from core.logs import logger
from core.message import Author
from core.ports import CustomerDirectory, QueueDoors
from telephony.messages.accounts import Account
from telephony.messages.automatic import language_for, text_of
from telephony.messages.incoming import Incoming
from telephony.messages.keywords import Keyword, Wish, keyword_in
from telephony.messages.receive import Received, receive
from telephony.messages.statements import HAS_OPTED_OUT
from telephony.messages.write import Draft, write

log = logger(__name__)

_OPT_OUT = """
insert into channel_optouts (account_id, address, keyword) values ($1, $2, $3) on conflict do nothing returning 1
"""
_OPT_IN = "delete from channel_optouts where account_id = $1 and address = $2"
_BY_PHONE = frozenset({Channel.SMS, Channel.WHATSAPP})


async def take(
    work: UnitOfWork, account: Account, incoming: Incoming, *, directory: CustomerDirectory, doors: QueueDoors
) -> Received | None:
    """As ``receive``; a keyword opens no work for an agent, and who writes to a closed queue is told so."""
    keyword = await _keyword(work, account, incoming)
    if keyword is not None:
        marked = dict(incoming.details) | {"keyword": keyword.wish.value}
        incoming = replace(incoming, is_automatic=True, details=marked)
    received = await receive(work, account, incoming, directory=directory, doors=doors)
    if received is None:
        return None
    if keyword is not None:
        await _obey(work, account, incoming, received, keyword)
    elif received.is_closed:
        language = language_for(account, received.customer.language, incoming.body)
        await _say(work, received, "closed", text_of(account, "closed", language))
    return received


async def _keyword(work: UnitOfWork, account: Account, incoming: Incoming) -> Keyword | None:
    """YES and its like are words for START only to somebody who had said STOP; to all others they are an answer."""
    keyword = keyword_in(incoming.body) if account.channel in _BY_PHONE and not incoming.files else None
    if keyword is None or keyword.wish is not Wish.START:
        return keyword
    return keyword if await work.fetch(HAS_OPTED_OUT, account.id, incoming.sender.value) else None


async def _obey(work: UnitOfWork, account: Account, incoming: Incoming, received: Received, keyword: Keyword) -> None:
    address, is_news = incoming.sender.value, True
    if keyword.wish is Wish.STOP:
        is_news = bool(await work.fetch(_OPT_OUT, account.id, address, keyword.word))
    elif keyword.wish is Wish.START:
        await work.fetch(_OPT_IN, account.id, address)
    log.info("keyword", wish=keyword.wish.value, conversation_id=str(received.conversation_id))
    if is_news and "answered_keyword" not in incoming.details:
        text = text_of(account, keyword.wish.value.lower(), keyword.language)
        await _say(work, received, keyword.wish.value.lower(), text, even_if_opted_out=True)


async def _say(work: UnitOfWork, received: Received, kind: str, text: str, **options: Any) -> None:
    draft = Draft(text, details={"automatic": kind}, author=Author.SYSTEM, interaction_id=received.interaction_id)
    try:
        await write(work, received.conversation_id, draft, **options)
    except Conflict as refused:
        log.info("not said", what=kind, why=refused.code)
