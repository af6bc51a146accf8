"""Where Twilio's media are, and what they ask for. Pure."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from urllib.parse import urlsplit

API = "https://api.twilio.com"
_DOMAINS = ("twilio.com", "twiliocdn.com")
_STORE = "s3-external-1.amazonaws.com"
_STORE_PATH = "/media.twiliocdn.com/"


class TwilioMedia:
    """``telephony.messages.fetching.FileSource``. ``api_url``: another one than Twilio's is a stand-in's."""

    def __init__(self, account_sid: str, auth_token: str, api_url: str = API) -> None:
        self._credentials = base64.b64encode(f"{account_sid}:{auth_token}".encode()).decode()
        self._api = _origin(api_url)
        self._is_stand_in = self._api != _origin(API)

    def is_ours(self, url: str) -> bool:
        """Twilio's hosts over https on the usual port, and the place in Amazon's store that they redirect to."""
        if self.is_private(url):
            return True
        try:
            parts = urlsplit(url)
            host, port = (parts.hostname or "").lower(), parts.port
        except ValueError:
            return False
        if parts.scheme != "https" or port not in (None, 443) or parts.username is not None or "\\" in url:
            return False
        own = any(host == domain or host.endswith(f".{domain}") for domain in _DOMAINS)
        return own or (host == _STORE and parts.path.startswith(_STORE_PATH) and ".." not in parts.path)

    def is_private(self, url: str) -> bool:
        """Only what the stand-in serves itself."""
        return self._is_stand_in and _origin(url) == self._api

    def headers(self, url: str) -> Mapping[str, str]:
        """The account's credentials, for the API and no other host."""
        return {"Authorization": f"Basic {self._credentials}"} if _origin(url) == self._api else {}


def _origin(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url)
        return parts.scheme, parts.netloc.lower()
    except ValueError:
        return "", ""
