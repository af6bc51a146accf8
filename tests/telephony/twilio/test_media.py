"""Files from customers: fetched from Twilio's places only, of welcome kinds only, never more than the limit."""

from __future__ import annotations

import asyncio
import gzip
import zipfile
from collections.abc import AsyncIterator
from io import BytesIO
from typing import Any

import pytest

from core.db import Database
from telephony.messages.fetching import Fetcher, FileNotNow, FileRefused
from telephony.messages.files import Files
from telephony.messages.incoming import IncomingFile
from telephony.messages.media_kinds import checked_kind
from telephony.twilio.media import TwilioMedia
from tests.fakes.twilio import SID, TOKEN, Answer, FakeTwilio
from tests.telephony.messages.company import deliver, open_account, text

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 100


def zipped() -> bytes:
    held = BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", b"\0" * 1_000_000)
    return held.getvalue()


@pytest.fixture
async def twilio() -> AsyncIterator[FakeTwilio]:
    async with FakeTwilio() as fake:
        yield fake


async def fetch(twilio: FakeTwilio, url: str, **limits: Any) -> Any:
    async with Fetcher(TwilioMedia(SID, TOKEN, twilio.url), **limits) as fetcher:
        return await fetcher.fetch(url)


def served(body: bytes, kind: str, **options: Any) -> Any:
    headers = {"Content-Type": kind} | options.pop("headers", {})
    return lambda asked: Answer(200, body, headers, **options)


async def test_a_picture_comes_by_a_redirect_and_the_credentials_go_to_the_first_hop_only(twilio: FakeTwilio) -> None:
    twilio.media["/first"] = lambda asked: Answer(307, b"", {"Location": "/second"})
    twilio.media["/second"] = served(PNG, "image/png")
    found = await fetch(twilio, f"{twilio.url}/first")
    assert (found.content, found.content_type) == (PNG, "image/png")
    assert [asked.is_authorised for asked in twilio.asked] == [True, False]
    assert "authorization" not in twilio.asked[1].headers
    assert {asked.headers["accept-encoding"] for asked in twilio.asked} == {"identity"}


@pytest.mark.parametrize(
    "url",
    [
        "http://api.twilio.com/x",
        "https://api.twilio.com:8443/x",
        "https://user@api.twilio.com/x",
        "https://twilio.com.evil.example/x",
        "https://eviltwilio.com/x",
        "https://api.twilio.com\\@evil.example/x",
        "https://169.254.169.254/latest/meta-data",
        "https://s3-external-1.amazonaws.com/other/x",
        "https://s3-external-1.amazonaws.com/media.twiliocdn.com/../other/x",
        "http://127.0.0.1:1/x",
        "https://[::1]/x",
        "file:///etc/passwd",
        "gopher://api.twilio.com/x",
        "https://[",
        "",
    ],
)
async def test_no_other_place_is_asked_not_even_by_a_redirect(twilio: FakeTwilio, url: str) -> None:
    with pytest.raises(FileRefused, match=r"file\.source"):
        await fetch(twilio, url)
    if url:
        twilio.media["/lure"] = lambda asked: Answer(302, b"", {"Location": url})
        with pytest.raises(FileRefused):
            await fetch(twilio, f"{twilio.url}/lure")


async def test_a_host_of_twilios_that_leads_to_us_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    async def resolve(*_: Any, **__: Any) -> Any:
        return [(2, 1, 6, "", ("203.0.114.7", 443)), (2, 1, 6, "", ("127.0.0.1", 443))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", resolve, raising=False)
    async with Fetcher(TwilioMedia(SID, TOKEN)) as fetcher:
        with pytest.raises(FileRefused, match=r"file\.source"):
            await fetcher.fetch("https://api.twilio.com/x")


@pytest.mark.parametrize(
    ("body", "kind", "code", "options"),
    [
        (PNG + b"\0" * 2000, "image/png", "file.too_large", {}),
        (PNG, "image/png", "file.too_large", {"length": 10**15}),
        (b"", "image/png", "file.empty", {}),
        (gzip.compress(PNG * 100), "image/png", "file.encoding", {"headers": {"Content-Encoding": "gzip"}}),
        (b"MZ\x90\0", "image/png", "file.kind", {}),
        (zipped(), "application/zip", "file.kind", {"headers": {}}),
        (b"<svg onload=alert(1)>", "image/svg+xml", "file.kind", {}),
        (b"<html><script>", "text/plain", "file.kind", {}),
        (b"\xff\xfe\x00", "text/plain", "file.kind", {}),
        (PNG, "application/pdf", "file.kind", {}),
    ],
    ids=["too large", "announced too large", "empty", "packed", "program", "archive", "drawing", "page", "binary",
         "other kind"],
)  # fmt: skip
async def test_what_is_unwelcome_is_refused(
    twilio: FakeTwilio, body: bytes, kind: str, code: str, options: dict[str, Any]
) -> None:
    twilio.media["/x"] = served(body, kind, **options)
    with pytest.raises(FileRefused) as caught:
        await fetch(twilio, f"{twilio.url}/x", largest=2000)
    assert caught.value.code == code


async def test_a_circle_of_redirects_ends(twilio: FakeTwilio) -> None:
    twilio.media["/x"] = lambda asked: Answer(302, b"", {"Location": "/x"})
    with pytest.raises(FileRefused, match=r"file\.redirects"):
        await fetch(twilio, f"{twilio.url}/x")
    assert len(twilio.asked) == 4


async def test_one_that_never_ends_is_cut_off(twilio: FakeTwilio) -> None:
    twilio.silent = True
    with pytest.raises(FileNotNow):
        await fetch(twilio, f"{twilio.url}/x", seconds=0.2)


@pytest.mark.parametrize(
    ("told", "head", "kind"),
    [
        ("audio/ogg; codecs=opus", b"OggS\0\0", "audio/ogg"),
        ("video/mp4", b"\0\0\0\x18ftypisom", "video/mp4"),
        ("audio/mp4", b"\0\0\0\x18ftypisom", "video/mp4"),
        ("", b"%PDF-1.7", "application/pdf"),
        ("text/vcard", b"BEGIN:VCARD\r\n", "text/vcard"),
        ("text/html", b"hello", None),
        ("image/png", b"hello", None),
    ],
)
def test_kinds(told: str, head: bytes, kind: str | None) -> None:
    assert checked_kind(told, head) == kind


async def test_files_are_stored_refused_or_waited_for(quiet_database: Database, twilio: FakeTwilio) -> None:
    account = await open_account(quiet_database)
    twilio.media["/good"] = served(PNG, "image/png")
    twilio.media["/bad"] = served(b"MZ", "image/png")
    sources = (f"{twilio.url}/good", f"{twilio.url}/bad", f"{twilio.url}/not-there-yet", "http://10.0.0.1/x")
    attached = tuple(IncomingFile(str(n), "image/png", source=source) for n, source in enumerate(sources))
    await deliver(quiet_database, account, text("look", "SM1", files=attached))
    async with Fetcher(TwilioMedia(SID, TOKEN, twilio.url)) as fetcher:
        await Files(quiet_database, fetcher).work_off()
        async with quiet_database.unit_of_work("test") as work:
            found = await work.fetch("select state, reason, size, content from message_files order by position")
            names = await work.fetch("select name from event_log where name = 'message.state_changed'")
            assert [tuple(row)[:3] for row in found] == [
                ("stored", None, len(PNG)),
                ("refused", "file.kind", None),
                ("waiting", None, None),
                ("refused", "file.source", None),
            ]
            assert bytes(found[0]["content"]) == PNG and len(names) == 3
        for _ in range(8):
            async with quiet_database.unit_of_work("test") as work:
                await work.fetch("update message_files set next_at = now() where state = 'waiting'")
            await Files(quiet_database, fetcher).work_off()
    async with quiet_database.unit_of_work("test") as work:
        found = await work.fetch("select state, reason, attempts from message_files where position = 2")
        assert tuple(found[0]) == ("refused", "file.unreachable", 8)
