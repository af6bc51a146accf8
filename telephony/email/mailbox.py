"""A mailbox over IMAP, on a thread of its own: sign in, what is new by UID, fetch, mark, wait for more."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, TypeVar

from imapclient import SEEN, IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientError, LoginError

from core import clock
from telephony.email.settings import Security, Server
from telephony.email.wary import LARGEST

T = TypeVar("T")
HEAD = 256 * 1024
"""Bytes that are read of a mail which is too large."""
_CONNECT_SECONDS = 15
_READ_SECONDS = 60
_KEEP_ALIVE = ((socket.TCP_KEEPIDLE, 60), (socket.TCP_KEEPINTVL, 20), (socket.TCP_KEEPCNT, 3))
FAULTS = (OSError, IMAPClientError, EOFError, ValueError)
"""What a mail server, or the way to it, does to us."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A mail as it lies there; ``is_whole`` False: ``raw`` is its beginning."""

    uid: int
    raw: bytes
    arrived_at: datetime
    is_whole: bool


class SignInRefused(Exception):
    """The server does not know the user or the password."""


class Mailbox:
    """One connection. Use ``open`` … ``close``; every method may raise one of ``FAULTS``."""

    def __init__(self, server: Server, word: str, folder: str) -> None:
        self._server, self._word, self._folder = server, word, folder
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="imap")
        self._client: IMAPClient | None = None

    async def open(self) -> int:
        """Sign in and select the folder; its UIDVALIDITY. Raises ``SignInRefused`` besides."""
        return await self._do(self._open)

    async def uids_after(self, uid: int) -> list[int]:
        """Mails with a higher UID, in order."""
        found = await self._do(lambda: self.client.search(["UID", f"{uid + 1}:*"]))
        return sorted(each for each in found if each > uid)

    async def uids_since(self, day: date, *, unread: bool) -> list[int]:
        """Mails that arrived on that day or later."""
        criteria: list[Any] = ["SINCE", day] + (["UNSEEN"] if unread else [])
        return sorted(await self._do(lambda: self.client.search(criteria)))

    async def fetch(self, uid: int) -> Fetched | None:
        """A mail, without marking it; None when it is gone."""
        return await self._do(lambda: self._fetch(uid))

    async def mark_seen(self, uid: int) -> None:
        """Tell people who look into the mailbox that it was read."""
        await self._do(lambda: self.client.add_flags([uid], [SEEN], silent=True))

    async def wait(self, seconds: float) -> None:
        """Until the server says that something is different, at most ``seconds``; without IDLE just as long."""
        if b"IDLE" not in await self._do(self.client.capabilities):
            await asyncio.sleep(min(seconds, 30.0))
            await self._do(self.client.noop)
            return
        await self._do(lambda: self._idle(seconds))

    async def close(self) -> None:
        """Hang up, whatever the thread is waiting for."""
        if self._client is not None:
            with suppress(Exception):  # a socket in any state; it is thrown away
                self._client.socket().shutdown(socket.SHUT_RDWR)
        self._thread.shutdown(wait=False)
        if self._client is not None:
            with suppress(Exception):  # as above
                self._client.shutdown()

    @property
    def client(self) -> IMAPClient:
        """The connection; after ``open``."""
        assert self._client is not None
        return self._client

    async def _do(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _open(self) -> int:
        server, context = self._server, ssl.create_default_context()
        if server.ca_file:
            context.load_verify_locations(server.ca_file)
        is_tls = server.security is Security.TLS
        client = IMAPClient(
            server.host, server.port, ssl=is_tls, ssl_context=context if is_tls else None,
            timeout=SocketTimeout(connect=_CONNECT_SECONDS, read=_READ_SECONDS),
        )  # fmt: skip
        self._client = client
        client.normalise_times = False
        _keep_alive(client.socket())
        if server.security is Security.STARTTLS:
            client.starttls(context)
        try:
            client.login(server.user, self._word)
        except LoginError as error:
            raise SignInRefused(str(error)[:200]) from error
        return int(client.select_folder(self._folder)[b"UIDVALIDITY"])

    def _fetch(self, uid: int) -> Fetched | None:
        about = self.client.fetch([uid], ["RFC822.SIZE", "INTERNALDATE"]).get(uid)
        if about is None:
            return None
        is_whole = int(about[b"RFC822.SIZE"]) <= LARGEST
        room = LARGEST + 65_536 if is_whole else HEAD
        found = self.client.fetch([uid], [f"BODY.PEEK[]<0.{room}>"]).get(uid, {})
        raw = next((value for key, value in found.items() if key.startswith(b"BODY[]")), None)
        return None if raw is None else Fetched(uid, raw, _arrived(about.get(b"INTERNALDATE")), is_whole)

    def _idle(self, seconds: float) -> None:
        self.client.idle()
        self.client.idle_check(timeout=seconds)
        self.client.idle_done()


def _arrived(at: Any) -> datetime:
    now = clock.now()
    return min(at.astimezone(UTC), now) if isinstance(at, datetime) and at.tzinfo else now


def _keep_alive(link: socket.socket) -> None:
    link.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in _KEEP_ALIVE:
        link.setsockopt(socket.IPPROTO_TCP, option, value)
