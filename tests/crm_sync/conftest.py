"""A company and an endpoint of its CRM."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from core.db import Database
from tests.crm_sync.company import Company
from tests.fakes.webhook_receiver import WebhookReceiver

SECRET = "a-secret-of-the-test"


@pytest.fixture
async def company(database: Database) -> Company:
    """Configured, without connectors and customers."""
    made = Company(database)
    await made.settle()
    return made


@pytest.fixture
async def receiver() -> AsyncIterator[WebhookReceiver]:
    """Takes everything until told otherwise."""
    async with WebhookReceiver(SECRET) as opened:
        yield opened
