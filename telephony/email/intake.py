"""One mail becomes what it is, in one transaction with the mailbox's position: a message, a report, or nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from core.db import UnitOfWork
from core.logs import logger
from core.message import LONGEST_BODY, MessageState
from core.ports import CustomerDirectory, QueueDoors
from telephony.email.addresses import mail_address, messages_of_ours
from telephony.email.files import refused
from telephony.email.kinds import MANY_AN_HOUR, TOO_MANY_AN_HOUR, Kind, kind_of
from telephony.email.mail import Mail, Report
from telephony.email.quoting import fold
from telephony.email.subject import bare_subject
from telephony.email.threads import Place, find_place
from telephony.messages import statements
from telephony.messages.accounts import Account
from telephony.messages.incoming import Incoming
from telephony.messages.states import advance
from telephony.messages.take import take as take_message
from telephony.messages.text import kept_text

log = logger(__name__)
_ONE_AT_A_TIME = "select pg_advisory_xact_lock(hashtextextended('mail ' || $1::text, 0))"
_LATELY = """
select count(*) as mails from customer_identities i
join conversations c on c.customer_id = i.customer_id and c.last_message_at > now() - interval '2 hours'
join messages m on m.conversation_id = c.id and m.direction = 'in' and m.state_at > now() - interval '1 hour'
where i.domain = $1 and i.kind = 'email' and i.value = $2 and c.account_id = $3
"""
_OURS = (
    "select id from messages where account_id = $1 and direction = 'out' and (id = any($2) or external_id = any($3))"
)
_STATES = {"failed": MessageState.FAILED, "delivered": MessageState.DELIVERED, "relayed": MessageState.SENT}


class Became(StrEnum):
    """What a mail became."""

    MESSAGE = "message"
    KNOWN = "known"
    REPORT = "report"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Desk:
    """Whom intake asks."""

    directory: CustomerDirectory
    doors: QueueDoors
    forms: frozenset[str] = frozenset()


async def take(work: UnitOfWork, account: Account, mail: Mail, at: datetime, desk: Desk) -> Became:
    """Keep a mail that arrived ``at``. The same one again changes nothing."""
    await work.fetch(_ONE_AT_A_TIME, str(account.id))
    if await work.fetch(statements.KNOWN, account.id, mail.message_id):
        return Became.KNOWN
    if mail.sender in desk.forms and mail.reply_to:
        mail = replace(mail, sender=mail.reply_to)
    kind = kind_of(mail, account.address)
    if mail.report is not None:
        return await _report(work, account, mail.report)
    lately = await _lately(work, account, mail)
    if kind is Kind.LOOP or lately >= TOO_MANY_AN_HOUR:
        log.warning("mail dropped", reason="flood" if lately >= TOO_MANY_AN_HOUR else kind.value, id=mail.message_id)
        return Became.DROPPED
    place = await find_place(work, account, mail)
    is_automatic = kind is Kind.ROBOT or lately >= MANY_AN_HOUR
    incoming = as_incoming(mail, place, at, is_automatic=is_automatic)
    received = await take_message(work, account, incoming, directory=desk.directory, doors=desk.doors)
    return Became.KNOWN if received is None else Became.MESSAGE


def as_incoming(mail: Mail, place: Place, at: datetime, *, is_automatic: bool) -> Incoming:
    """As the channel-free part has it. Who joins a thread of somebody else's is named in ``details.from``."""
    visible, quoted = fold(mail.text[: LONGEST_BODY * 2])
    details: dict[str, Any] = {"subject": bare_subject(mail.subject), "quoted": kept_text(quoted), "fault": mail.fault}
    if mail.reply_to and mail.reply_to != mail.sender:
        details["reply_to"] = mail.reply_to
    sender, name = mail.sender, mail.sender_name
    if place.address and place.address != mail.sender:
        details["from"] = {"address": mail.sender, "name": mail.sender_name}
        sender, name = place.address, ""
    files = mail.files if mail.fault is None else (*mail.files, refused("message", mail.fault))
    return Incoming(
        mail.message_id, place.key, mail_address(sender), visible, at, name=name, subject=bare_subject(mail.subject),
        files=files, details={key: value for key, value in details.items() if value}, is_automatic=is_automatic,
    )  # fmt: skip


async def _lately(work: UnitOfWork, account: Account, mail: Mail) -> int:
    rows = await work.fetch(_LATELY, account.domain, mail.sender, account.id) if mail.sender else []
    return int(rows[0]["mails"]) if rows else 0


async def _report(work: UnitOfWork, account: Account, report: Report) -> Became:
    ids = list(report.ids)
    found = await work.fetch(_OURS, account.id, messages_of_ours(ids, account.address), ids) if ids else []
    state = _STATES.get(report.action)
    if not found or state is None:
        log.info("mail report without consequence", action=report.action, status=report.status, found=len(found))
        return Became.DROPPED
    error = f"mail.bounced.{report.status}" if state is MessageState.FAILED else None
    await advance(work, found[0]["id"], state, error=error)
    return Became.REPORT
