"""What an administrator pastes into an Asterisk that is not ours."""

from __future__ import annotations

from telephony.asterisk.pbx.configuration import AMI_CLASSES, AMI_WRITE_CLASSES, DIALPLAN
from telephony.asterisk.pbx.install import SOUNDS
from telephony.asterisk.pbx.sections import section

INCLUDE = f"#include {DIALPLAN}"
HTTP = section(
    "general",
    [("enabled", True), ("bindaddr", "0.0.0.0"), ("bindport", 8088), ("sessionlimit", 10000),  # noqa: S104
     ("tlsenable", True), ("tlsbindaddr", "0.0.0.0:8089"), ("tlscertfile", "/etc/asterisk/keys/asterisk.pem")],
)  # fmt: skip
TRANSPORT = section("hotline-wss", [("type", "transport"), ("protocol", "wss"), ("bind", "0.0.0.0")])  # noqa: S104
TRUNK = section(
    "your-trunk",
    [("type", "endpoint"), ("context", "hotline-inbound"), ("disallow", "all"), ("allow", "alaw,ulaw"),
     ("direct_media", False), ("dtmf_mode", "auto_info"), ("trust_id_inbound", True)],
)  # fmt: skip
AGENTS = "#tryinclude /path/to/pjsip_agents.conf"


def ami_user(user: str = "hotline", secret: str = "a-long-random-secret", permit: str = "127.0.0.0/8") -> str:  # noqa: S107
    """The AMI user with the classes that Hotline needs."""
    return section(
        user,
        [("secret", secret), ("deny", "0.0.0.0/0.0.0.0"), ("permit", permit),
         ("read", AMI_CLASSES), ("write", AMI_WRITE_CLASSES), ("writetimeout", 5000)],
    )  # fmt: skip


def copy_sounds(directory: str) -> str:
    """Commands that put our prompts where Asterisk looks for sounds."""
    return "\n".join(f"cp -r {SOUNDS}/{language}/hotline {directory}/{language}/" for language in ("en", "zh"))


def everything() -> str:
    """All pieces under the names of the files that take them."""
    pieces = (
        ("manager.conf, then: asterisk -rx 'manager reload'", ami_user()),
        ("extensions.conf (FreePBX: extensions_custom.conf), then: asterisk -rx 'dialplan reload'", INCLUDE),
        ("pjsip.conf: the trunk leads into our context", TRUNK),
        ("pjsip.conf: browsers reach Asterisk, agents' phones come from HOTLINE_PBX_AGENTS_FILE", TRANSPORT + AGENTS),
        ("http.conf: the websocket of browser phones", HTTP),
        ("shell: prompts", copy_sounds("/usr/share/asterisk/sounds")),
        ("environment of Hotline", "AMI_URL=ami://hotline:a-long-random-secret@127.0.0.1:5038"),
    )
    return "\n".join(f"; ---- {where}\n{text.rstrip()}\n" for where, text in pieces)
