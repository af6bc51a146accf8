"""SIP messages as far as phones need them: parse a datagram, build requests and responses. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Message:
    """A request (``method`` set) or a response (``status`` above 0). Header names are lower case."""

    method: str = ""
    target: str = ""
    status: int = 0
    reason: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    vias: list[str] = field(default_factory=list)
    body: bytes = b""

    @property
    def call_id(self) -> str:
        """The Call-ID."""
        return self.headers.get("call-id", "")

    @property
    def cseq(self) -> tuple[int, str]:
        """Number and method of CSeq."""
        number, _, method = self.headers.get("cseq", "0 ?").partition(" ")
        return int(number), method.strip()

    @property
    def user(self) -> str:
        """The user part of the request's target."""
        return self.target.partition(":")[2].partition("@")[0].partition(";")[0]


_SHORT = {
    "i": "call-id",
    "f": "from",
    "t": "to",
    "m": "contact",
    "v": "via",
    "c": "content-type",
    "l": "content-length",
}


def parse(datagram: bytes) -> Message | None:
    """The message in a datagram, or None when there is none (keep-alives, say)."""
    head, _, body = datagram.partition(b"\r\n\r\n")
    lines = head.decode("utf-8", "replace").split("\r\n")
    message = _start(lines[0])
    if message is None:
        return None
    message.body = body
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        key = name.strip().lower()
        key = _SHORT.get(key, key)
        if not colon:
            continue
        if key == "via":
            message.vias.append(value.strip())
        else:
            message.headers.setdefault(key, value.strip())
    return message


def _start(line: str) -> Message | None:
    parts = line.split(" ", 2)
    if len(parts) < 2:
        return None
    if parts[0] == "SIP/2.0":
        return Message(status=int(parts[1]), reason=parts[2] if len(parts) > 2 else "")
    return Message(method=parts[0], target=parts[1])


def build(start: str, headers: list[tuple[str, str]], body: str = "", kind: str = "application/sdp") -> bytes:
    """A datagram from a start line, headers in order and a body of a content type."""
    lines = [start, *(f"{name}: {value}" for name, value in headers)]
    if body:
        lines.append(f"Content-Type: {kind}")
    payload = body.encode()
    lines.append(f"Content-Length: {len(payload)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + payload


def answer_to(request: Message, status: int, reason: str, *, tag: str, contact: str, body: str = "") -> bytes:
    """A response to a request; ``tag`` completes the To header when it has none."""
    to = request.headers.get("to", "")
    if "tag=" not in to:
        to = f"{to};tag={tag}"
    headers = [("Via", via) for via in request.vias]
    headers += [
        ("From", request.headers.get("from", "")),
        ("To", to),
        ("Call-ID", request.call_id),
        ("CSeq", request.headers.get("cseq", "")),
        ("Contact", f"<{contact}>"),
        ("Allow", "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO"),
    ]
    return build(f"SIP/2.0 {status} {reason}", headers, body)


def uri_in(header: str) -> str:
    """The URI of a name-addr header (``"x" <sip:a@b>;tag=1`` gives ``sip:a@b``)."""
    return header.partition("<")[2].partition(">")[0] if "<" in header else header.partition(";")[0].strip()


def sdp(address: str, port: int) -> str:
    """An offer or answer: G.711 u-law with telephone events on one port."""
    return (
        f"v=0\r\no=- 1 1 IN IP4 {address}\r\ns=-\r\nc=IN IP4 {address}\r\nt=0 0\r\n"
        f"m=audio {port} RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\n"
        "a=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n"
    )


def media_of(body: bytes) -> tuple[str, int] | None:
    """Address and port of the first audio stream in an SDP body."""
    address, port = "", 0
    for line in body.decode("utf-8", "replace").splitlines():
        if line.startswith("c=IN IP4 "):
            address = line[9:].strip()
        elif line.startswith("m=audio "):
            port = int(line.split()[1])
    return (address, port) if address and port else None
