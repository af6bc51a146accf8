"""The webhook connector: a signed POST to the company's own endpoint.

Options: ``url`` (one that begins with ``/`` is a page of this installation); ``allow_private`` (bool, default
false: hosts in private networks and on this machine are refused unless the administrator says so);
``timeout_seconds`` (1 to 30, default 5, for the whole exchange).
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

import httpx
import orjson

from core.address import clean_text
from crm_sync.connectors.addresses import Target, find_targets
from crm_sync.connectors.port import ConnectorConfig, DeliveryFailed, Parcel
from crm_sync.connectors.signature import HEADER, sign

DEFAULT_TIMEOUT_SECONDS = 5.0
MAX_TIMEOUT_SECONDS = 30.0
_READ_BYTES = 16_384
_SHOWN_CHARACTERS = 200
_MAX_RETRY_AFTER_SECONDS = 3600.0


def timeout_of(options: Any) -> float:
    """The connector's limit for one exchange in seconds, within what we allow."""
    wanted = options.get("timeout_seconds", DEFAULT_TIMEOUT_SECONDS)
    usable = isinstance(wanted, int | float) and not isinstance(wanted, bool)
    return min(max(1.0, float(wanted)), MAX_TIMEOUT_SECONDS) if usable else DEFAULT_TIMEOUT_SECONDS


def body_of(parcel: Parcel) -> bytes:
    """The same bytes for the same parcel, however often it is sent."""
    content = {
        "id": str(parcel.outbox_id),
        "event": parcel.kind,
        "created_at": parcel.created_at,
        "data": parcel.payload,
    }
    return orjson.dumps(content, option=orjson.OPT_SORT_KEYS)


class WebhookConnector:
    """``Connector`` over HTTP; redirects are not followed, answers are read up to a limit, proxies are ignored."""

    def __init__(self, own_url: str = "") -> None:
        self._own_url = own_url
        self._client = httpx.AsyncClient(follow_redirects=False, trust_env=False, timeout=MAX_TIMEOUT_SECONDS)

    async def close(self) -> None:
        """Close the kept connections."""
        await self._client.aclose()

    async def deliver(self, config: ConnectorConfig, parcel: Parcel) -> None:
        """See the port: any 2xx answer counts as taken."""
        limit = timeout_of(config.options)
        try:
            async with asyncio.timeout(limit):
                await self._exchange(config, parcel)
        except TimeoutError:
            raise DeliveryFailed(f"no whole answer within {limit:g} s") from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise DeliveryFailed(f"the exchange failed: {type(error).__name__}") from error

    async def _exchange(self, config: ConnectorConfig, parcel: Parcel) -> None:
        private = config.options.get("allow_private") is True
        targets = await find_targets(self._url(config), private=private)
        for target in targets:
            try:
                await self._post(self._request(target, config.secret, parcel))
                return
            except httpx.ConnectError:
                if target is targets[-1]:
                    raise

    def _url(self, config: ConnectorConfig) -> str:
        url = str(config.options.get("url", ""))
        return f"{self._own_url}{url}" if url.startswith("/") else url

    async def _post(self, request: httpx.Request) -> None:
        response = await self._client.send(request, stream=True)
        try:
            await _check(response)
        finally:
            await response.aclose()

    def _request(self, target: Target, secret: str, parcel: Parcel) -> httpx.Request:
        body = body_of(parcel)
        return self._client.build_request(
            "POST",
            target.url,
            content=body,
            headers={
                "Host": target.authority,
                "Content-Type": "application/json",
                "User-Agent": "Hotline-Webhook/1",
                "Hotline-Event": parcel.kind,
                "Idempotency-Key": str(parcel.outbox_id),
                HEADER: sign(secret, int(time.time()), body),
            },
            extensions={"sni_hostname": target.host},
        )


async def _check(response: httpx.Response) -> None:
    if response.is_success:
        return
    text = await _beginning(response)
    retry_after = _retry_after(response) if response.status_code in (429, 503) else None
    raise DeliveryFailed(f"HTTP {response.status_code} {text}".strip(), retry_after)


async def _beginning(response: httpx.Response) -> str:
    """The first characters of the answer, harmless to show; the rest is never read."""
    read = b""
    async for chunk in response.aiter_raw(_READ_BYTES):
        read += chunk
        break
    return clean_text(read[:_READ_BYTES].decode("utf-8", "replace"), _SHOWN_CHARACTERS)


def _retry_after(response: httpx.Response) -> float | None:
    value = response.headers.get("Retry-After", "")
    usable = value.isascii() and value.isdigit() and len(value) < 8
    return min(float(value), _MAX_RETRY_AFTER_SECONDS) if usable else None
