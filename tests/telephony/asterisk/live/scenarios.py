"""What the SIP ends of these tests do, as SIPp scenarios."""

from __future__ import annotations

from html import escape

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<scenario name="test">\n'
_INVITE = """<send retrans="500"><![CDATA[
INVITE sip:[service]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: {display} <sip:{number}@[local_ip]:[local_port]>;tag=[pid]t[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:{number}@[local_ip]:[local_port]>
Max-Forwards: 70
{extra}Content-Type: application/sdp
Content-Length: [len]

v=0
o=user1 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [local_ip]
t=0 0
m=audio [media_port] RTP/AVP 0
a=rtpmap:0 PCMU/8000
]]></send>
"""
_PROGRESS = "".join(f'<recv response="{code}" optional="true"/>' for code in (100, 180, 183))
_ACK = """<recv response="200" rrs="true"/>
<send><![CDATA[
ACK [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
[routes]
From: {display} <sip:{number}@[local_ip]:[local_port]>;tag=[pid]t[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0

]]></send>
"""
_INFO = """<pause milliseconds="{pause}"/>
<send retrans="500"><![CDATA[
INFO [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
[routes]
From: {display} <sip:{number}@[local_ip]:[local_port]>;tag=[pid]t[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: {sequence} INFO
Max-Forwards: 70
Content-Type: application/dtmf-relay
Content-Length: [len]

Signal={key}
Duration=120
]]></send>
<recv response="200"/>
"""
_BYE = """<send retrans="500"><![CDATA[
BYE [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
[routes]
From: {display} <sip:{number}@[local_ip]:[local_port]>;tag=[pid]t[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: 90 BYE
Max-Forwards: 70
Content-Length: 0

]]></send>
<recv response="200"/>
"""
_WAIT_FOR_BYE = """<recv request="BYE" timeout="60000"/>
<send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>
"""


def caller(
    number: str = "+8613900000001",
    display: str = "",
    keys: str = "",
    pause: int = 600,
    talk: int | None = None,
    extra: str = "",
) -> str:
    """A customer: calls, presses ``keys`` one after the other, and hangs up after ``talk`` milliseconds (None:
    waits to be hung up on)."""
    values = {"number": number, "display": display, "extra": extra, "talk": talk or 0, "pause": pause}
    parts = [_HEAD, _INVITE.format(**values)]
    parts += [_PROGRESS, _ACK.format(**values)]
    parts += [_INFO.format(**values, key=key, sequence=n) for n, key in enumerate(keys, start=2)]
    if talk is None:
        parts.append(_WAIT_FOR_BYE)
    else:
        parts += [f'<pause milliseconds="{talk}"/>\n', _BYE.format(**values)]
    return "".join([*parts, "</scenario>\n"])


def _answer(status: str, body: str = "") -> str:
    sdp = (
        "Contact: <sip:[local_ip]:[local_port]>\nContent-Type: application/sdp\nContent-Length: [len]\n\n"
        "v=0\no=a 1 1 IN IP4 [local_ip]\ns=-\nc=IN IP4 [local_ip]\nt=0 0\n"
        "m=audio [media_port] RTP/AVP 0\na=rtpmap:0 PCMU/8000\n"
    )
    tail = sdp if body else "Contact: <sip:[local_ip]:[local_port]>\nContent-Length: 0\n\n"
    return (
        f"<send><![CDATA[\nSIP/2.0 {escape(status)}\n[last_Via:]\n[last_From:]\n"
        f"[last_To:];tag=[pid]a[call_number]\n[last_Call-ID:]\n[last_CSeq:]\n{tail}]]></send>\n"
    )


def phone_rings() -> str:
    """A phone that rings and is never answered."""
    return "".join(
        [_HEAD, '<recv request="INVITE"/>', _answer("180 Ringing"), '<recv request="CANCEL" timeout="60000"/>',
         _answer("200 OK"), _answer_invite("487 Request Terminated"), "</scenario>\n"]
    )  # fmt: skip


def _answer_invite(status: str) -> str:
    return _answer(status).replace("[last_CSeq:]", "CSeq: 1 INVITE")


def phone_says(status: str) -> str:
    """A phone that refuses with this status at once."""
    return "".join([_HEAD, '<recv request="INVITE"/>', _answer(status), '<recv request="ACK"/>', "</scenario>\n"])


_INVITE_KEPT = """<recv request="INVITE"><action>
<ereg regexp=".*" search_in="hdr" header="From:" assign_to="1"/>
<ereg regexp=".*" search_in="hdr" header="To:" assign_to="2"/>
</action></recv>
"""
_BYE_BY_PHONE = """<pause milliseconds="{talk}"/>
<send retrans="500"><![CDATA[
BYE sip:asterisk@127.0.0.1 SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: [$2];tag=[pid]a[call_number]
To: [$1]
Call-ID: [call_id]
CSeq: 2 BYE
Max-Forwards: 70
Content-Length: 0

]]></send>
<recv response="200"/>
"""


def phone_answers(talk: int | None = None, ring: int = 0) -> str:
    """A phone that answers after ``ring`` ms and hangs up after ``talk`` ms, or waits to be hung up on."""
    end = _WAIT_FOR_BYE if talk is None else _BYE_BY_PHONE.format(talk=talk)
    pause = f'<pause milliseconds="{ring}"/>'
    answer = [_answer("180 Ringing"), pause, _answer("200 OK", body="sdp"), '<recv request="ACK"/>']
    return "".join([_HEAD, _INVITE_KEPT, *answer, end, '<Reference variables="1,2"/>', "</scenario>\n"])
