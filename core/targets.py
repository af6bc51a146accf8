"""Where we may reach for others: a guard against being turned upon this machine and its neighbours."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit, urlunsplit

_PORTS = {"http": 80, "https": 443}
_NEVER = (ipaddress.ip_network("0.0.0.0/8"), ipaddress.ip_network("240.0.0.0/4"))
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


class TargetRefused(Exception):
    """``reason`` is for people; ``for_good``: no use in asking again."""

    def __init__(self, reason: str, *, for_good: bool = True) -> None:
        super().__init__(reason)
        self.reason = reason
        self.for_good = for_good


@dataclass(frozen=True, slots=True)
class Target:
    """A URL and the checked address behind its host; connect to that address, or the check is worth nothing."""

    parts: SplitResult
    host: str
    """In ASCII, as it stands in certificates and headers."""
    port: int
    address: str

    @property
    def url(self) -> str:
        """The URL with the address in place of the host."""
        host = f"[{self.address}]" if ":" in self.address else self.address
        return urlunsplit((self.parts.scheme, f"{host}:{self.port}", self.parts.path or "/", self.parts.query, ""))

    @property
    def authority(self) -> str:
        """Host and port as the URL names them, for the header ``Host``."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.parts.port is None else f"{host}:{self.port}"


def is_allowed(address: IpAddress, *, private: bool) -> bool:
    """Public addresses are; private, loopback and shared ones by permission; link-local, multicast and such never."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = _inner(address)
        return _is_usable(address, private) if inner is None else _is_usable(inner, private)
    return _is_usable(address, private)


def _is_usable(address: IpAddress, private: bool) -> bool:
    if address.is_link_local or address.is_multicast or address.is_unspecified or any(address in n for n in _NEVER):
        return False
    return address.is_global or private


def _inner(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address to which an IPv6 one leads by mapping, 6to4 or NAT64."""
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour


async def find_targets(url: str, *, private: bool) -> list[Target]:
    """Parse the URL and resolve its host once; at least one target, in the resolver's order of preference.

    Raises ``TargetRefused`` for what cannot or must not be reached: one forbidden address spoils the host.
    """
    parts, host, port = _parse(url)
    addresses = await _resolve(host, port)
    if not all(is_allowed(ipaddress.ip_address(each.partition("%")[0]), private=private) for each in addresses):
        raise TargetRefused("the address of the URL's host is not allowed for this connector")
    return [Target(parts, host, port, address) for address in addresses]


def _parse(url: str) -> tuple[SplitResult, str, int]:
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError as error:
        raise TargetRefused("the URL cannot be read") from error
    if parts.scheme not in _PORTS or not parts.hostname or parts.username is not None:
        raise TargetRefused("the URL must be http or https, with a host and without a user")
    return parts, _ascii(parts.hostname), port


def _ascii(host: str) -> str:
    try:
        return host if host.isascii() else host.encode("idna").decode()
    except UnicodeError as error:
        raise TargetRefused("the URL's host cannot be read") from error


async def _resolve(host: str, port: int) -> list[str]:
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise TargetRefused("the URL's host is not known", for_good=False) from error
    addresses = list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))
    if not addresses:
        raise TargetRefused("the URL's host has no address", for_good=False)
    return addresses
