"""The demo company's two visitors' pages: a customer's phone in the browser, and the CRM that receives outcomes."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import orjson
from fastapi import Request, Response
from sqlalchemy import text

from agent_desk.bodies import DemoPhone, DemoWebhook
from agent_desk.phone import read_callers, read_numbers
from core.errors import Refusal
from crm_sync.connectors import signature
from web.services import Home, Services
from web.voice_watch import demo_phone, read_state

PATH = "/api/demo/crm"
_SECRETS = text(
    """
    select secret from connectors
    where domain = :domain and enabled and kind = 'webhook' and config ->> 'url' like '%' || :path
    """
)


async def phone(services: Home) -> DemoPhone:
    """How the demo page's phone registers, whom it may call and be. Empty ``ws_url``: no voice here."""
    state = await asyncio.to_thread(read_state, services.settings)
    account = demo_phone(state)
    async with services.database.glance() as connection:
        numbers = await read_numbers(connection, services.database.domain)
        callers = await read_callers(connection, services.database.domain)
    if account is None:
        return DemoPhone(ws_url="", uri="", username="", password="", numbers=numbers, customers=list(callers))
    return DemoPhone(
        ws_url=services.settings.softphone_ws_url, uri=f"sip:{account.name}@{services.settings.sip_domain}",
        username=account.name, password=account.secret, numbers=numbers, customers=list(callers),
    )  # fmt: skip


async def receive(request: Request, services: Home) -> Response:
    """Take a signed webhook as a company's CRM would; one with a wrong signature is shown, and refused."""
    body = await request.body()
    secrets = await _secrets(services)
    header = request.headers.get(signature.HEADER, "")
    valid = any(signature.verify(secret, header, body, time.time()) for secret in secrets)
    services.demo_crm.take(
        request.headers.get("idempotency-key", "")[:100], request.headers.get("hotline-event", "")[:100], valid,
        _content(body),
    )  # fmt: skip
    if not valid:
        raise Refusal("webhook.signature", "The signature does not fit.")
    return Response(status_code=204)


async def received(services: Home) -> list[DemoWebhook]:
    """What came, newest first."""
    return services.demo_crm.newest_first()


async def _secrets(services: Services) -> list[str]:
    async with services.database.glance() as connection:
        return list((await connection.execute(_SECRETS, {"domain": services.database.domain, "path": PATH})).scalars())


def _content(body: bytes) -> dict[str, Any]:
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return content if isinstance(content, dict) else {}
