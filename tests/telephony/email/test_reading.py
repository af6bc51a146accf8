"""Mails of all sorts, and such as were built to do harm."""

from __future__ import annotations

import time
from base64 import b64encode

import pytest

from telephony.email.html_text import text_of
from telephony.email.kinds import Kind, kind_of
from telephony.email.quoting import fold
from telephony.email.reading import read_mail
from telephony.email.subject import bare_subject
from tests.telephony.email.mails import ANN, bounce, mail, multipart, part

OURS = "help@example.org"
HTML = (
    b"<html><head><style>p{color:red}</style><title>t</title></head><body><script>alert(1)</script><!-- <p>no</p> -->"
    b"<p>Hello &amp; welcome</p><img src='https://spy.example/pixel.gif'><div>Line <b>two</b></div>"
    b"<blockquote>quoted<br>twice</blockquote></body></html>"
)


def test_a_plain_mail_is_read() -> None:
    read = read_mail(mail("Hello", References="<a@x> <b@x>", In_Reply_To="<b@x>"))
    assert (read.sender, read.sender_name, read.subject, read.text) == (
        ANN, "Ann Example", "Where is my parcel?", "Hello"
    )  # fmt: skip
    assert (read.message_id, read.ancestors, read.root) == ("<one@customer.example>", ("<b@x>", "<a@x>"), "<a@x>")


def test_plain_text_goes_before_html_and_html_becomes_words() -> None:
    both = multipart("alternative", part("text/html", HTML), part("text/plain", b"plain"))
    assert read_mail(both).text == "plain"
    only = read_mail(multipart("alternative", part("text/html", HTML)))
    assert only.text == "Hello & welcome\n\nLine two\n\n> quoted\n> twice" and only.files == ()


@pytest.mark.parametrize(
    ("charset", "raw"),
    [("gb2312", "订单镕".encode("gbk")), ("utf-8", "订单镕".encode("gb18030")), ("no-such", "订单镕".encode())],
)
def test_wrongly_named_encodings_are_read(charset: str, raw: bytes) -> None:
    assert read_mail(mail(raw, Content_Type=f"text/plain; charset={charset}")).text == "订单镕"


def test_raw_bytes_in_headers_are_read() -> None:
    raw = mail(subject="SUBJECT").replace(b"SUBJECT", "我的订单".encode("gb18030"))
    assert read_mail(raw).subject == "我的订单"


@pytest.mark.parametrize(
    ("name", "content", "kind", "refused"),
    [
        ("photo.png", b"\x89PNG\r\n\x1a\nx", "image/png", None),
        ("bomb.zip", b"PK\x03\x04" + b"\0" * 50, "application/zip", None),
        ("page.html", b"<script>alert(1)</script>", "application/octet-stream", None),
        ("picture.svg", b"<svg onload=alert(1)>", "application/octet-stream", None),
        ("invoice.pdf.exe", b"hello", "application/octet-stream", "file.executable"),
        ("invoice.pdf", b"MZ\x90\x00", "application/octet-stream", "file.executable"),
        ("run.JS ", b"x", "application/octet-stream", "file.executable"),
    ],
)
def test_files_are_what_their_bytes_say(name: str, content: bytes, kind: str, refused: str | None) -> None:
    lines = ("Content-Transfer-Encoding: base64", f'Content-Disposition: attachment; filename="{name}"')
    attached = part("image/jpeg", b64encode(content), *lines)
    (file,) = read_mail(multipart("mixed", part("text/plain", b"see"), attached)).files
    assert (file.content_type, file.refused) == (kind, refused)
    assert (file.content is None) == (refused is not None)


def _nested(depth: int) -> bytes:
    body = b"".join(
        f'--b{n}\r\nContent-Type: multipart/mixed; boundary="b{n + 1}"\r\n\r\n'.encode() for n in range(depth)
    )
    return mail(body, Content_Type='multipart/mixed; boundary="b0"')


HOSTILE = {
    "a subject of a megabyte": mail(subject="x" * 1_000_000),
    "a folded subject of a megabyte": mail(subject="\r\n ".join(["y" * 70] * 14_000)),
    "encoded words without end": mail(subject="=?utf-8?q?x?= " * 50_000),
    "brackets in an address": mail(sender="(" * 50_000 + ANN),
    "addresses without end": mail(to=", ".join(f"a{n}@b.example" for n in range(50_000))),
    "a content type of a megabyte": mail(Content_Type="text/plain; " + "a=b; " * 200_000),
    "nested a thousand deep": _nested(1_000),
    "a hundred thousand parts": multipart("mixed", *[part("text/plain", b"x")] * 100_000),
    "no headers": b"\r\nhello",
    "nothing": b"",
    "noise": bytes(range(256)) * 4_000,
    "references without end": mail(References="<a@b> " * 100_000),
    "base64 that is none": mail("!!!" * 100_000, Content_Transfer_Encoding="base64"),
    "tags that never end": mail("<a href='" * 100_000, Content_Type="text/html"),
    "comments that never end": mail("<!--" * 200_000, Content_Type="text/html"),
    "nested blocks": mail("<div><blockquote>" * 60_000, Content_Type="text/html"),
    "scripts that never end": mail("<script " * 100_000 + "<script>" * 100_000, Content_Type="text/html"),
    "quotes that never end": mail("<p " + "\"'" * 400_000, Content_Type="text/html"),
    "entities": mail("&" * 500_000 + "&#x110000;&#0;", Content_Type="text/html"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_mail_is_read_quickly_and_raises_nothing(name: str) -> None:
    started = time.process_time()
    read = read_mail(HOSTILE[name])
    fold(read.text[:64_000])
    assert time.process_time() - started < 3.0
    assert read.message_id.startswith("<") and len(read.message_id) < 250
    assert len(read.ancestors) <= 30 and len(read.recipients) <= 50 and len(read.files) <= 50


def test_headers_cannot_be_smuggled_in() -> None:
    read = read_mail(mail(subject="=?utf-8?q?Hi=0D=0ABcc:_x@y.example?=", sender='"Eve\\\r\n Bcc: x" <eve@x.example>'))
    assert "\n" not in bare_subject(read.subject) and "\n" not in read.sender_name and read.sender == "eve@x.example"


def test_without_an_id_the_bytes_are_the_id() -> None:
    one, two = read_mail(mail("a", message_id=None)), read_mail(mail("b", message_id=None))
    assert one.message_id != two.message_id == read_mail(mail("b", message_id=None)).message_id


@pytest.mark.parametrize(
    ("subject", "bare"),
    [
        ("Re: AW: Fwd: Parcel", "Parcel"),
        ("回复：转发: 订单", "订单"),
        ("Re[2]: x", "x"),
        ("Regarding you", "Regarding you"),
    ],
)
def test_subjects_are_bared(subject: str, bare: str) -> None:
    assert bare_subject(subject) == bare


@pytest.mark.parametrize(
    ("text", "visible"),
    [
        ("Yes.\n\nOn Sun, 22 Nov 2026 at 10:00, Support <help@example.org> wrote:\n> Is it?", "Yes."),
        ("Yes.\n\nOn Sun, 22 Nov 2026 at 10:00, Support\n<help@example.org> wrote:\n\n> Is it?", "Yes."),
        ("Ja.\n\nAm 22.11.2026 um 10:00 schrieb Support:\n> Ist es?", "Ja."),
        ("好的\n\n在 2026年11月22日，Support 写道：\n> 在吗", "好的"),
        ("好的\n\n发件人: Support\n发送时间: 2026年\n收件人: Ann\n主题: 订单\n\n在吗", "好的"),
        ("Ja\n\nVon: Support\nGesendet: heute\nAn: Ann\nBetreff: x\n\nalt", "Ja"),
        ("ok\n-----Original Message-----\nold", "ok"),
        ("Hello\n-- \nAnn Example\nPhone 1", "Hello"),
        ("Hello\n\nSent from my iPhone", "Hello"),
        ("> Is it?\nYes it is.", "Yes it is."),
        ("> A?\nyes\n> B?\nno", "> A?\nyes\n> B?\nno"),
        ("From: the beginning I said\nso", "From: the beginning I said\nso"),
        ("On Monday I wrote: it is late", "On Monday I wrote: it is late"),
    ],
)
def test_what_is_new_is_shown(text: str, visible: str) -> None:
    shown, folded = fold(text)
    assert shown == visible and (folded or shown == text)


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (mail(), Kind.PERSON),
        (mail(Auto_Submitted="no"), Kind.PERSON),
        (mail(Auto_Submitted="auto-replied"), Kind.ROBOT),
        (mail(Precedence="bulk"), Kind.ROBOT),
        (mail(List_Id="<news.example>"), Kind.ROBOT),
        (mail(Return_Path="<>"), Kind.ROBOT),
        (mail(sender=OURS), Kind.LOOP),
        (mail(sender="Help+0190@EXAMPLE.org"), Kind.LOOP),
        (mail(message_id="<01900000-0000-7000-8000-000000000000@example.org>"), Kind.LOOP),
        (bounce("<x@example.org>"), Kind.REPORT),
    ],
)
def test_robots_and_ourselves_are_recognised(raw: bytes, kind: Kind) -> None:
    assert kind_of(read_mail(raw), OURS) is kind


def test_a_report_names_the_mail_and_the_status() -> None:
    report = read_mail(bounce("<x@example.org>", "5.2.2")).report
    assert report is not None and (report.action, report.status, report.ids) == (
        "failed",
        "5.2.2",
        ("<x@example.org>",),
    )


def test_no_markup_survives() -> None:
    assert "<" not in text_of("<<p>script>alert(1)<</p>/script><img src=x onerror=alert(1)>".replace("<<", "<"))


def test_of_a_mail_that_is_too_large_no_half_file_is_kept() -> None:
    raw = multipart("mixed", part("text/plain", b"see"), part("application/pdf", b"%PDF-" + b"x" * 500))
    read = read_mail(raw[:600], is_whole=False)
    assert (read.text, read.fault) == ("see", "mail.too_large")
    assert [(file.content, file.refused) for file in read.files] == [(None, "mail.too_large")]
