"""The ports of one Asterisk."""

from __future__ import annotations

import secrets
import socket
from contextlib import ExitStack
from dataclasses import dataclass

_RTP_SPAN = 2000


@dataclass(frozen=True)
class Ports:
    """Ports of one Asterisk. `wss` 0 means no TLS. RTP takes the even ports from `rtp_start` to `rtp_end`."""

    sip: int = 5160
    http: int = 8188
    wss: int = 8189
    ami: int = 5138
    rtp_start: int = 20000
    rtp_end: int = 29999


def free_ports() -> Ports:
    """Ports that nothing listens on at this moment, with 2,000 for media."""
    with ExitStack() as stack:
        tcp = [_bound(stack, socket.SOCK_STREAM, 0) for _ in range(3)]
        sip = _bound(stack, socket.SOCK_DGRAM, 0)
        start = _free_span(stack)
        return Ports(sip=sip, http=tcp[0], wss=tcp[1], ami=tcp[2], rtp_start=start, rtp_end=start + _RTP_SPAN - 1)


def _bound(stack: ExitStack, kind: socket.SocketKind, port: int) -> int:
    bound = stack.enter_context(socket.socket(socket.AF_INET, kind))
    bound.bind(("127.0.0.1", port))
    return int(bound.getsockname()[1])


def _free_span(stack: ExitStack) -> int:
    for _attempt in range(50):
        start = 10000 + 2 * secrets.randbelow(10000)
        try:
            for port in (start, start + 2, start + _RTP_SPAN // 2, start + _RTP_SPAN - 2):
                _bound(stack, socket.SOCK_DGRAM, port)
        except OSError:
            continue
        return start
    return 10000
