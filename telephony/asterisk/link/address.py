"""Where the PBX listens: `ami://user:secret@host:port`."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from telephony.asterisk.link.errors import AmiAddressInvalid

DEFAULT_PORT = 5038
_EXPECTED = "AMI_URL must look like ami://user:secret@host:port"


@dataclass(frozen=True, slots=True)
class AmiAddress:
    host: str
    port: int
    user: str
    secret: str = field(repr=False)

    @classmethod
    def parse(cls, url: str) -> AmiAddress:
        """Read `ami://user:secret@host:port`; percent-encoding is undone. Raises AmiAddressInvalid."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port or DEFAULT_PORT
        except ValueError:
            raise AmiAddressInvalid(_EXPECTED) from None
        if parts.scheme != "ami" or not host or not parts.username or not parts.password:
            raise AmiAddressInvalid(_EXPECTED)
        return cls(host, port, unquote(parts.username), unquote(parts.password))
