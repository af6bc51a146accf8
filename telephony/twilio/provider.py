"""Sends SMS and WhatsApp messages by Twilio's own SDK, which is synchronous and therefore runs in threads."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

import orjson
import requests
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from core import clock
from core.interaction import Channel
from core.message import MessageState
from telephony.messages.accounts import Account
from telephony.messages.port import NotNow, Outgoing, RefusedForGood, Sent
from telephony.twilio.faults import fault_of
from telephony.twilio.forms import WHATSAPP
from telephony.twilio.links import PATH, token_for
from telephony.twilio.media import API
from telephony.twilio.segments import LONGEST_TEXT
from telephony.twilio.translation import MESSAGE_FIELD

STATUS_PATH = "/api/twilio/status"
WINDOW = timedelta(hours=24)
"""How long after the customer's last message WhatsApp lets us write freely."""
_TIMEOUT_SECONDS = 15.0
_THREADS = 8
_MOST_FILES = 10
_AFTER_SILENCE_SECONDS = 30.0
"""It may have been taken: a report of it, which names our message, is waited for before another try."""


class _Http(TwilioHttpClient):  # type: ignore[misc]
    """The SDK's client with another base address, and no retries of its own."""

    def __init__(self, api_url: str, timeout: float) -> None:
        super().__init__(timeout=timeout, max_retries=0)
        self._api_url = api_url.rstrip("/")

    def request(self, method: str, url: str, *args: Any, **options: Any) -> Any:
        """Send it there."""
        there = url.replace(API, self._api_url, 1) if url.startswith(API) else url
        return super().request(method, there, *args, **options)


class TwilioProvider:
    """``telephony.messages.port.Provider``. Without an https ``public_url`` no reports come, and no files go out."""

    def __init__(
        self, account_sid: str, auth_token: str, *, public_url: str = "", api_url: str = API,
        timeout: float = _TIMEOUT_SECONDS,
    ) -> None:  # fmt: skip
        self._client = Client(account_sid, auth_token, http_client=_Http(api_url, timeout))
        self._auth_token = auth_token
        self._public_url = public_url.rstrip("/") if urlsplit(public_url).scheme == "https" else ""
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="twilio")

    def close(self) -> None:
        """Let the threads go."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def send(self, account: Account, outgoing: Outgoing) -> Sent:
        """See the port."""
        fields = self._fields(account, outgoing)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._create, fields)

    def _create(self, fields: dict[str, Any]) -> Sent:
        try:
            message = self._client.messages.create(**fields)
        except TwilioRestException as error:
            raise fault_of(error.status, error.code) from error
        except requests.ConnectTimeout as error:
            raise NotNow("net.timeout") from error
        except requests.Timeout as error:
            raise NotNow("net.timeout", _AFTER_SILENCE_SECONDS) from error
        except requests.RequestException as error:
            raise NotNow("net.down", _AFTER_SILENCE_SECONDS if _was_sent(error) else None) from error
        except (TwilioException, ValueError, KeyError, TypeError, AttributeError) as error:
            raise NotNow("twilio.answer", _AFTER_SILENCE_SECONDS) from error
        if not message.sid:
            raise NotNow("twilio.answer", _AFTER_SILENCE_SECONDS)
        return Sent(str(message.sid), MessageState.SENT)

    def _fields(self, account: Account, outgoing: Outgoing) -> dict[str, Any]:
        prefix = WHATSAPP if account.channel is Channel.WHATSAPP else ""
        fields: dict[str, Any] = {"to": prefix + outgoing.to, "from_": prefix + account.address}
        service = account.settings.get("messaging_service_sid")
        if service:
            fields["messaging_service_sid"] = str(service)
        if self._public_url:
            query = urlencode({MESSAGE_FIELD: str(outgoing.message_id)})
            fields["status_callback"] = f"{self._public_url}{STATUS_PATH}?{query}"
        return fields | self._content(account, outgoing)

    def _content(self, account: Account, outgoing: Outgoing) -> dict[str, Any]:
        template = outgoing.details.get("template")
        if template:
            return _templated(template)
        if account.channel is Channel.WHATSAPP and not _is_open(outgoing):
            raise RefusedForGood("whatsapp.window_closed")
        if len(outgoing.body) > LONGEST_TEXT:
            raise RefusedForGood("message.too_long")
        content: dict[str, Any] = {"body": outgoing.body} if outgoing.body else {}
        if outgoing.files:
            content["media_url"] = self._links(outgoing)
        return content

    def _links(self, outgoing: Outgoing) -> list[str]:
        if not self._public_url:
            raise RefusedForGood("file.no_public_address")
        if len(outgoing.files) > _MOST_FILES:
            raise RefusedForGood("file.too_many")
        now = time.time()
        return [f"{self._public_url}{PATH}{token_for(self._auth_token, file.id, now)}" for file in outgoing.files]


def _templated(template: Any) -> dict[str, Any]:
    if not isinstance(template, dict) or not template.get("sid"):
        raise RefusedForGood("message.template")
    variables = template.get("variables") or {}
    given = {"content_variables": orjson.dumps(variables).decode()} if variables else {}
    return {"content_sid": str(template["sid"])} | given


def _is_open(outgoing: Outgoing) -> bool:
    return outgoing.last_inbound_at is not None and clock.now() - outgoing.last_inbound_at < WINDOW


def _was_sent(error: requests.RequestException) -> bool:
    """Whether the connection stood when it failed, so that the request may have been taken."""
    return "NewConnectionError" not in repr(error) and "NameResolutionError" not in repr(error)
