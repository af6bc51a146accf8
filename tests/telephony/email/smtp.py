"""A real SMTP server (aiosmtpd) that keeps what it gets, and answers as it is told."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any, cast

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

PASSWORD = b"correct-horse"


@dataclass
class _Handler:
    mails: list[tuple[str, list[str], bytes]] = field(default_factory=list)
    answers: dict[str, list[str]] = field(default_factory=dict)

    def _next(self, command: str) -> str | None:
        waiting = self.answers.get(command, [])
        return waiting.pop(0) if waiting else None

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        answer = self._next("RCPT")
        if answer is None:
            envelope.rcpt_tos.append(address)
        return answer or "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        answer = self._next("DATA")
        if answer is None or answer.startswith("keep "):
            self.mails.append((envelope.mail_from, list(envelope.rcpt_tos), envelope.content))
        return (answer or "250 OK").removeprefix("keep ")


class SmtpServer:
    """On a free port of loopback, with STARTTLS and a password."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self.handler = _Handler()
        self._server: asyncio.Server | None = None

    @property
    def settings(self) -> dict[str, Any]:
        """As an account has them."""
        assert self._server is not None
        port = self._server.sockets[0].getsockname()[1]
        return {"host": "127.0.0.1", "port": port, "security": "starttls", "user": "help", "ca_file": str(self._cert)}

    @property
    def mails(self) -> list[EmailMessage]:
        """What it got, read."""
        return [cast(EmailMessage, message_from_bytes(raw, policy=default)) for _, _, raw in self.handler.mails]

    @property
    def _cert(self) -> Path:
        return self._home / "smtp-cert.pem"

    async def start(self) -> None:
        """Begin to listen."""
        key = self._home / "smtp-key.pem"
        certify(self._cert, key)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._cert, key)
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: SMTP(
                self.handler, require_starttls=True, tls_context=context, authenticator=_check, auth_required=True,
                enable_SMTPUTF8=True, hostname="mail.example.org", loop=loop,
            ),
            "127.0.0.1", 0,
        )  # fmt: skip

    def stop(self) -> None:
        """Listen no more."""
        assert self._server is not None
        self._server.close()


def _check(server: Any, session: Any, envelope: Any, mechanism: str, given: Any) -> AuthResult:
    assert isinstance(given, LoginPassword)
    return AuthResult(success=given.login == b"help" and given.password == PASSWORD)


def certify(certificate: Path, key: Path) -> None:
    """Make a certificate for 127.0.0.1 that is its own authority."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-days", "30", "-keyout", str(key), "-out", str(certificate), "-subj", "/CN=localhost",
         "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True, capture_output=True,
    )  # fmt: skip
