"""Mails of all sorts, as they lie in a mailbox."""

from __future__ import annotations

from collections.abc import Mapping

ANN = "ann@customer.example"
BOB = "bob@customer.example"


def mail(
    body: str | bytes = "Hello", *, sender: str = f"Ann Example <{ANN}>", subject: str = "Where is my parcel?",
    message_id: str | None = "<one@customer.example>", to: str = "help@example.org", **headers: str,
) -> bytes:  # fmt: skip
    """A plain mail; ``headers`` by name, with underscores for hyphens."""
    lines = [f"From: {sender}", f"To: {to}", f"Subject: {subject}", "Date: Sun, 22 Nov 2026 10:00:00 +0000"]
    lines += [f"Message-ID: {message_id}"] if message_id else []
    named: Mapping[str, str] = {"MIME-Version": "1.0", "Content-Type": "text/plain; charset=utf-8",
                                **{name.replace("_", "-"): value for name, value in headers.items()}}  # fmt: skip
    lines += [f"{name}: {value}" for name, value in named.items()]
    raw = body.encode() if isinstance(body, str) else body
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n") + b"\r\n"


def multipart(kind: str, *parts: bytes, border: str = "b0", **headers: str) -> bytes:
    """A mail of several parts, each with its own headers."""
    body = b"".join(b"--" + border.encode() + b"\r\n" + part + b"\r\n" for part in parts)
    typed = {"Content_Type": f"multipart/{kind}; boundary={border}", **headers}
    return mail(body + b"--" + border.encode() + b"--", **typed)  # type: ignore[arg-type]


def part(kind: str, content: bytes, *lines: str) -> bytes:
    """One part."""
    return "\r\n".join([f"Content-Type: {kind}", *lines]).encode() + b"\r\n\r\n" + content


def bounce(about: str, status: str = "5.1.1", action: str = "failed") -> bytes:
    """What a mail server writes that could not deliver ``about`` (a Message-ID)."""
    report = "Reporting-MTA: dns; mx.example\r\n\r\n"
    report += f"Final-Recipient: rfc822; {ANN}\r\nAction: {action}\r\nStatus: {status}\r\n"
    return multipart(
        "report; report-type=delivery-status",
        part("text/plain", b"I am sorry to say so."),
        part("message/delivery-status", report.encode()),
        part("message/rfc822", f"Message-ID: {about}\r\nSubject: Re: x\r\n\r\nHello".encode()),
        sender="MAILER-DAEMON@mx.example", message_id="<bounce@mx.example>", Auto_Submitted="auto-replied",
    )  # fmt: skip
