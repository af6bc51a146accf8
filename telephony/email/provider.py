"""Hands our mails to the account's SMTP server: ``telephony.messages.port.Provider`` of accounts ``mail``."""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from collections.abc import Mapping
from email.message import EmailMessage

from core.db import Database
from core.errors import HotlineError
from telephony.email.compose import Before, compose
from telephony.email.settings import MailSettings, Security, Server, password
from telephony.messages.accounts import Account
from telephony.messages.port import NotNow, Outgoing, RefusedForGood, Sent

_SECONDS = 30.0
_SIGN_IN_AGAIN_SECONDS = 300.0
_BEFORE = """
(select seq, external_id, direction, details ? 'automatic' as is_robot from messages
 where conversation_id = $1 and external_id is not null and id <> $2 order by seq limit 1)
union
(select seq, external_id, direction, details ? 'automatic' as is_robot from messages
 where conversation_id = $1 and external_id is not null and id <> $2 order by seq desc limit 25)
order by seq
"""


class MailProvider:
    """See the module. The server's answer 4xx means later, 5xx never."""

    def __init__(self, database: Database, environment: Mapping[str, str] | None = None) -> None:
        self._database = database
        self._environment = environment

    async def send(self, account: Account, outgoing: Outgoing) -> Sent:
        """See the port."""
        try:
            settings = MailSettings.of(account)
            server = settings.smtp
            word = self._password(server) if server is not None and server.user else ""
        except HotlineError as error:
            raise NotNow(error.code, _SIGN_IN_AGAIN_SECONDS) from error
        if server is None:
            raise RefusedForGood("mail.no_smtp")
        before = await self._before(outgoing)
        if outgoing.is_automatic and before.is_robot:
            raise RefusedForGood("mail.answers_robot")
        try:
            mail = compose(account, settings, outgoing, before)
        except ValueError as error:
            raise RefusedForGood("mail.bad_address") from error
        await asyncio.to_thread(_hand_over, server, word, mail, account.address, outgoing.to)
        return Sent(str(mail["Message-ID"]))

    def _password(self, server: Server) -> str:
        return password(server) if self._environment is None else password(server, self._environment)

    async def _before(self, outgoing: Outgoing) -> Before:
        async with self._database.unit_of_work("telephony") as work:
            rows = await work.look(_BEFORE, outgoing.conversation_id, outgoing.message_id)
        his = [row for row in rows if row["direction"] == "in"]
        last = his[-1] if his else None
        return Before(
            [row["external_id"] for row in rows],
            None if last is None else last["external_id"],
            last is not None and last["is_robot"],
        )


def _hand_over(server: Server, word: str, mail: EmailMessage, sender: str, to: str) -> None:
    try:
        with _connect(server) as link:
            if server.user:
                link.login(server.user, word)
            link.send_message(mail, sender, [to])
    except smtplib.SMTPRecipientsRefused as refused:
        raise _answered(*refused.recipients[to]) from refused
    except smtplib.SMTPAuthenticationError as refused:
        raise NotNow("smtp.sign_in", _SIGN_IN_AGAIN_SECONDS) from refused
    except smtplib.SMTPResponseException as refused:
        raise _answered(refused.smtp_code, refused.smtp_error) from refused
    except smtplib.SMTPNotSupportedError as error:
        raise NotNow("smtp.lacks_something", _SIGN_IN_AGAIN_SECONDS) from error
    except (OSError, smtplib.SMTPException) as error:
        raise NotNow("smtp.unreachable") from error


def _connect(server: Server) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if server.ca_file:
        context.load_verify_locations(server.ca_file)
    if server.security is Security.TLS:
        return smtplib.SMTP_SSL(server.host, server.port, timeout=_SECONDS, context=context)
    link = smtplib.SMTP(server.host, server.port, timeout=_SECONDS)
    try:
        if server.security is Security.STARTTLS:
            link.starttls(context=context)
    except BaseException:
        link.close()
        raise
    return link


def _answered(code: int, text: object) -> Exception:
    name = f"smtp.{code}"
    return RefusedForGood(name, str(text)[:200]) if 500 <= code < 600 else NotNow(name)
