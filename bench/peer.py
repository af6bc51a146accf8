"""Asterisk's own app_queue beside the product on the same Asterisk: its configuration in the fastest setting."""

from __future__ import annotations

from telephony.asterisk.pbx import AgentPhone, render_phones

MODULES = ("app_queue.so",)
IDLE_NUMBER = "7001"
"""Leads to a queue of ten members of whom one is available and nine are paused."""
FREED_NUMBER = "7002"
"""Leads to a queue of ten available members."""
MEMBERS = 10
HOST = "127.0.0.4"
"""From where the peer's customers call: a trunk and a context of their own, of which the product hears nothing."""

_TRUNK = f"""
[peer-trunk]
type=endpoint
context=peer-inbound
disallow=all
allow=ulaw,alaw,g722
media_address=127.0.0.1
bind_rtp_to_media_address=yes
direct_media=no
dtmf_mode=auto_info

[peer-trunk-addresses]
type=identify
endpoint=peer-trunk
match={HOST}
"""

_FASTEST = (
    "strategy=leastrecent\nautofill=yes\nretry=1\ntimeout=15\nringinuse=no\nwrapuptime=0\n"
    "joinempty=yes\nleavewhenempty=no\nannounce-frequency=0\nannounce-holdtime=no\nreportholdtime=no\n"
)


def phones(group: str) -> list[str]:
    """The names of the ten members' phones of ``idle`` or ``freed``."""
    return [f"peer-{group}-{number}" for number in range(MEMBERS)]


def _queue(group: str, available: int) -> str:
    members = "".join(
        f"member => PJSIP/{name},0,,,no,0,{'no' if number < available else 'yes'}\n"
        for number, name in enumerate(phones(group))
    )
    return f"[{group}]\n{_FASTEST}{members}\n"


def configuration(phones_at: tuple[str, int]) -> dict[str, str]:
    """Texts for the PBX's files by name; the members' phones are rung at ``phones_at`` (address, port)."""
    contacts = [
        AgentPhone(name, "sip", contact=f"sip:{name}@{phones_at[0]}:{phones_at[1]}")
        for group in ("idle", "freed")
        for name in phones(group)
    ]
    return {
        "queues.conf": "[general]\npersistentmembers=no\nautofill=yes\n\n"
        + _queue("idle", 1)
        + _queue("freed", MEMBERS),
        "pjsip.conf": render_phones(contacts) + _TRUNK,
        "extensions.conf": (
            "[peer-inbound]\n"
            f"exten => {IDLE_NUMBER},1,Queue(idle)\n same => n,Hangup()\n"
            f"exten => {FREED_NUMBER},1,Queue(freed)\n same => n,Hangup()\n"
        ),
    }
