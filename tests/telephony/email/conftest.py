"""Real mail servers, and a company with a mailbox on them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from core.db import Database
from core.interaction import Channel
from telephony.messages.accounts import Account
from tests.telephony.email.dovecot import PASSWORD, Dovecot
from tests.telephony.email.smtp import SmtpServer
from tests.telephony.messages.company import open_account

_numbers = count(1)


@pytest.fixture(scope="session")
def dovecot(server_home: Path) -> Iterator[Dovecot]:
    """The run's IMAP server."""
    server = Dovecot(server_home / "dovecot")
    server.start()
    try:
        yield server
    finally:
        server.remove()


@pytest.fixture
async def smtp(tmp_path: Path) -> AsyncIterator[SmtpServer]:
    """An SMTP server that keeps what it gets."""
    server = SmtpServer(tmp_path)
    await server.start()
    yield server
    server.stop()


@pytest.fixture
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """The password stands in the environment."""
    monkeypatch.setenv("HOTLINE_SECRET_TEST_MAIL", PASSWORD)


async def open_mailbox(database: Database, dovecot: Dovecot | None, smtp: SmtpServer | None = None) -> Account:
    """An account whose mailbox is empty; its user is its address."""
    address = f"help{next(_numbers)}@example.org"
    settings: dict[str, Any] = {"secret_name": "TEST_MAIL", "from_name": "Example Support"}
    if dovecot is not None:
        settings["imap"] = {
            "host": "127.0.0.1", "port": dovecot.port, "security": "starttls", "user": address,
            "ca_file": str(dovecot.ca_file),
        }  # fmt: skip
    if smtp is not None:
        settings["smtp"] = smtp.settings
    return await open_account(database, Channel.EMAIL, address, provider="mail", settings=settings, per_second=100)
