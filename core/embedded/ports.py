"""Ports on this machine."""

from __future__ import annotations

import socket
from collections.abc import Iterable

from core.errors import Unavailable

_TRIES = 200


def is_free(port: int, host: str = "127.0.0.1", *, udp: bool = False) -> bool:
    """Whether a listener could be opened on the port now."""
    kind = socket.SOCK_DGRAM if udp else socket.SOCK_STREAM
    with socket.socket(socket.AF_INET, kind) as probe:
        if not udp:  # on UDP it would let two listeners share the port
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def first_free(wanted: int, *, host: str = "127.0.0.1", taken: Iterable[int] = (), udp: bool = False) -> int:
    """``wanted``, or the next port above it that is neither in use nor in ``taken``."""
    avoid = set(taken)
    for port in range(wanted, min(wanted + _TRIES, 65536)):
        if port not in avoid and is_free(port, host, udp=udp):
            return port
    raise Unavailable("port.none_free", f"no free port between {wanted} and {wanted + _TRIES} on {host}")


def any_free(host: str = "127.0.0.1") -> int:
    """A port that the system picks; somebody else may take it before it is used, so be ready to try again."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])
