"""Twilio as far as the wire shows: takes messages, serves media, answers as badly as it is told to."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qs

SID, TOKEN = "AC" + "0" * 32, "a token for tests"


@dataclass
class Answer:
    """One answer; ``body`` None: hang up without one. ``length``: another content-length than the true one."""

    status: int = 200
    body: bytes | None = b""
    headers: dict[str, str] = field(default_factory=dict)
    length: int | None = None


@dataclass
class Asked:
    """One request as it came in; ``form`` holds all values of each field."""

    method: str
    path: str
    headers: dict[str, str]
    form: dict[str, list[str]]

    @property
    def is_authorised(self) -> bool:
        """Whether the account's credentials came along."""
        wanted = base64.b64encode(f"{SID}:{TOKEN}".encode()).decode()
        return self.headers.get("authorization") == f"Basic {wanted}"


@dataclass
class FakeTwilio:
    """Listens on loopback. ``answers``: what to give first, in order; ``media``: by path."""

    answers: list[Answer] = field(default_factory=list)
    media: dict[str, Callable[[Asked], Answer]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    silent: bool = False
    server: asyncio.Server | None = None
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        assert self.server is not None
        return f"http://127.0.0.1:{self.server.sockets[0].getsockname()[1]}"

    async def __aenter__(self) -> FakeTwilio:
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self.server is not None
        self.stopping.set()
        self.server.close()
        await self.server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            asked = await _read(reader)
            self.asked.append(asked)
            if self.silent:
                await self.stopping.wait()
                return
            answer = self._answer(asked)
            if answer.body is not None:
                _write(writer, answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def _answer(self, asked: Asked) -> Answer:
        if asked.method == "GET":
            serve = self.media.get(asked.path)
            return serve(asked) if serve else Answer(404)
        if self.answers:
            return self.answers.pop(0)
        sid = f"SM{len(self.asked):032x}"
        return Answer(201, json.dumps({"sid": sid, "status": "queued", "account_sid": SID}).encode())


def refusal(status: int, code: int) -> Answer:
    """An error as Twilio words it."""
    return Answer(status, json.dumps({"code": code, "message": "no", "status": status}).encode())


async def _read(reader: asyncio.StreamReader) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.split("\r\n")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    method, path, _ = first.split(" ")
    return Asked(method, path, headers, parse_qs(body.decode()))


def _write(writer: asyncio.StreamWriter, answer: Answer) -> None:
    body = answer.body or b""
    length = len(body) if answer.length is None else answer.length
    own = {"Content-Length": str(length), "Connection": "close", "Content-Type": "application/json"}
    lines = "".join(f"{name}: {value}\r\n" for name, value in (own | answer.headers).items() if value)
    writer.write(f"HTTP/1.1 {answer.status} Whatever\r\n{lines}\r\n".encode("latin-1") + body)
