"""Twilio's webhooks: checked, kept by one insert, answered. What they mean is found out by the messages process.

And the files that we send, for Twilio to fetch.
"""

from __future__ import annotations

import time
from typing import Any
from uuid import UUID

from fastapi import Request, Response
from sqlalchemy import text

from core.db import Database
from core.errors import Forbidden, NotFound
from core.interaction import Channel
from core.logs import logger
from telephony.messages.accounts import Account, find_account
from telephony.messages.intake import keep
from telephony.twilio.forms import Form, channel_and_number, read_form
from telephony.twilio.links import file_of
from telephony.twilio.signature import HEADER, is_genuine
from telephony.twilio.translation import MESSAGE_FIELD, report_of, sid_of
from web.services import Home, Services

log = logger(__name__)

_NOTHING_TO_DO = '<?xml version="1.0" encoding="UTF-8"?><Response/>'

_FILE = text(
    """
    select f.content, f.content_type from message_files f join messages m on m.id = f.message_id
    where f.id = :id and f.state = 'stored' and m.direction = 'out'
    """
)


async def file(token: str, services: Home) -> Response:
    """A file that we send, for who has its token. Raises NotFound."""
    file_id = file_of(services.settings.twilio_auth_token, token, time.time())
    if file_id is not None:
        async with services.database.glance() as connection:
            row = (await connection.execute(_FILE, {"id": file_id})).one_or_none()
        if row is not None:
            headers = {"Cache-Control": "private, no-store", "Content-Disposition": "attachment"}
            return Response(bytes(row.content), headers=headers, media_type=row.content_type)
    raise NotFound("file.unknown", "There is no such file.")


async def message(request: Request, services: Home) -> Response:
    """A customer wrote to a number of ours."""
    payload = (await _genuine(request, services)).kept()
    await _keep(services, "message", str(payload.get("To", "")), sid_of(payload), payload)
    return Response(_NOTHING_TO_DO, media_type="text/xml")


async def status(request: Request, services: Home) -> Response:
    """How far a message of ours has got."""
    payload = (await _genuine(request, services)).kept() | _named(request)
    report = report_of(payload)
    kind = str(payload.get("MessageStatus") or payload.get("SmsStatus")).lower()
    await _keep(services, "status", str(payload.get("From", "")), f"{report.external_id}:{kind}", payload)
    return Response(_NOTHING_TO_DO, media_type="text/xml")


async def _genuine(request: Request, services: Services) -> Form:
    """The form, if Twilio signed it for the address under which it reaches us. Raises Forbidden."""
    form = read_form(await request.body())
    token = services.settings.twilio_auth_token
    if not token:
        raise Forbidden("twilio.not_configured", "This installation has no account with Twilio.")
    if not is_genuine(token, public_url(request, services), form, request.headers.get(HEADER, "")):
        log.warning("a webhook with a wrong signature", path=request.url.path)
        raise Forbidden("twilio.signature", "The signature does not fit.")
    return form


def public_url(request: Request, services: Services) -> str:
    """The address that the other side called. Without HOTLINE_PUBLIC_URL: the host that was asked, and the scheme as
    a trusted proxy (FORWARDED_ALLOW_IPS) tells it."""
    base = services.settings.public_url.rstrip("/") or f"{request.url.scheme}://{request.headers.get('host', '')}"
    query = request.scope["query_string"].decode("latin-1")
    return f"{base}{request.url.path}{'?' + query if query else ''}"


def _named(request: Request) -> dict[str, str]:
    """Our own id of the message, as the callback's address names it; the signature covers that."""
    try:
        return {MESSAGE_FIELD: str(UUID(request.query_params.get(MESSAGE_FIELD, "")))}
    except ValueError:
        return {}


async def _keep(services: Services, kind: str, ours: str, external_id: str, payload: dict[str, Any]) -> None:
    account = await _account(services, ours)
    async with _database(services, account.domain).unit_of_work("twilio") as work:
        keep(work, account, kind, external_id, payload)


async def _account(services: Services, address: str) -> Account:
    channel, number = channel_and_number(address)
    async with services.database.glance() as connection:
        account = await find_account(connection, Channel(channel), number)
    if account is None:
        log.warning("a webhook for an unknown number", channel=channel, number=number[:64])
        raise NotFound("channel_account.unknown", "No such number is in use here.")
    return account


def _database(services: Services, domain: str) -> Database:
    """That of the domain, with its bus; where this process does not serve it, what is kept is found by looking."""
    served = services.domains.get(domain)
    return served.database if served is not None else services.database.of(domain)
