"""Fetches one file from a provider's own hosts, with limits on everything that the other side could overdo."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, Self
from urllib.parse import urljoin

import httpx

from core.targets import Target, TargetRefused, find_targets
from telephony.messages.media_kinds import LARGEST_BYTES, checked_kind

_SECONDS = 60.0
_MOST_HOPS = 4
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_CHUNK = 64 * 1024


class FileRefused(Exception):
    """The file will never be had; ``code`` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class FileNotNow(Exception):
    """It could not be had this time."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A whole file and what it is."""

    content: bytes
    content_type: str


class FileSource(Protocol):
    """Where a provider's files are."""

    def is_ours(self, url: str) -> bool:
        """Whether a URL, the first or one that it leads to, is one of the provider's."""

    def is_private(self, url: str) -> bool:
        """Whether it may be on a private network: for a stand-in of the provider only."""

    def headers(self, url: str) -> Mapping[str, str]:
        """What proves who we are, for the first URL."""


class Fetcher:
    """Connects to the addresses that were checked; follows redirects itself; decompresses nothing."""

    def __init__(self, source: FileSource, *, largest: int = LARGEST_BYTES, seconds: float = _SECONDS) -> None:
        self._source = source
        self._largest = largest
        self._seconds = seconds
        self._client = httpx.AsyncClient(follow_redirects=False, trust_env=False, timeout=seconds)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the kept connections."""
        await self._client.aclose()

    async def fetch(self, url: str) -> Fetched:
        """The file. Raises ``FileRefused`` or ``FileNotNow``."""
        try:
            async with asyncio.timeout(self._seconds):
                return await self._follow(url)
        except (httpx.HTTPError, httpx.InvalidURL, OSError, TimeoutError) as error:
            raise FileNotNow(type(error).__name__) from error
        except TargetRefused as refused:
            raise (FileRefused("file.source") if refused.for_good else FileNotNow(refused.reason)) from refused

    async def _follow(self, url: str) -> Fetched:
        headers = dict(self._source.headers(url))
        for _ in range(_MOST_HOPS):
            if not self._source.is_ours(url):
                raise FileRefused("file.source")
            targets = await find_targets(url, private=self._source.is_private(url))
            response = await self._client.send(self._request(targets[0], headers), stream=True)
            try:
                if response.status_code not in _REDIRECTS:
                    return await self._read(response)
                url = _next(url, response)
            finally:
                await response.aclose()
            headers = {}
        raise FileRefused("file.redirects")

    def _request(self, target: Target, headers: Mapping[str, str]) -> httpx.Request:
        own = {"Host": target.authority, "Accept-Encoding": "identity", "User-Agent": "Hotline-Files/1"}
        return self._client.build_request(
            "GET", target.url, headers=own | dict(headers), extensions={"sni_hostname": target.host}
        )

    async def _read(self, response: httpx.Response) -> Fetched:
        _check(response, self._largest)
        content = bytearray()
        async for chunk in response.aiter_raw(_CHUNK):
            content += chunk
            if len(content) > self._largest:
                raise FileRefused("file.too_large")
        if not content:
            raise FileRefused("file.empty")
        kind = checked_kind(response.headers.get("Content-Type", ""), bytes(content))
        if kind is None:
            raise FileRefused("file.kind")
        return Fetched(bytes(content), kind)


def _next(url: str, response: httpx.Response) -> str:
    location: str = response.headers.get("Location", "")
    if not location or len(location) > 4000:
        raise FileRefused("file.redirects")
    try:
        return urljoin(url, location)
    except ValueError as error:
        raise FileRefused("file.redirects") from error


def _check(response: httpx.Response, largest: int) -> None:
    """404 is no refusal: what is announced is there a moment later at times."""
    if response.status_code in (400, 403, 410, 451):
        raise FileRefused(f"file.http_{response.status_code}")
    if response.status_code != 200:
        raise FileNotNow(f"HTTP {response.status_code}")
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise FileRefused("file.encoding")
    announced = response.headers.get("Content-Length", "0")
    if not (announced.isascii() and announced.isdigit()) or len(announced) > 12 or int(announced) > largest:
        raise FileRefused("file.too_large")
