"""Examine a PBX over AMI: can Hotline work with it, and if not, what has to be pasted where."""

from __future__ import annotations

import configparser
import re
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import quote

from core.errors import HotlineError
from telephony.asterisk.pbx import advice
from telephony.asterisk.pbx.configuration import AMI_CLASSES
from telephony.asterisk.pbx.modules import REQUIRED, REQUIRED_FOR_BROWSERS
from telephony.asterisk.pbx.probe import Packet, Probe, value
from telephony.asterisk.pbx.process import missing_modules

CONTEXTS = (
    "hotline-inbound",
    "hotline-menu",
    "hotline-wait",
    "hotline-goodbye",
    "hotline-agent",
    "hotline-hold",
    "hotline-park",
    "hotline-check",
)
ACTIONS = (
    "AGI", "BlindTransfer", "Bridge", "BridgeList", "CoreShowChannels", "DeviceStateList", "Getvar", "Hangup",
    "MixMonitor", "MixMonitorMute", "ModuleCheck", "Originate", "PJSIPShowContacts", "Ping", "Redirect", "Reload",
    "Setvar", "Status", "StopMixMonitor",
)  # fmt: skip
_OLDEST, _OLDEST_TRIED = 18, 20
_MOST_ENDPOINTS = 200


class Level(StrEnum):
    """How much a finding matters: `fail` keeps calls from working."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True)
class Finding:
    """One line of the report; `paste` is what to put where, empty when nothing has to be done."""

    level: Level
    text: str
    paste: str = ""


Findings = Iterator[Finding]


def ok(text: str) -> Finding:
    """A finding that needs nothing."""
    return Finding(Level.OK, text)


def examine(url: str) -> Findings:
    """Look at everything, in an order in which the first failure explains the next. Never raises HotlineError."""
    try:
        with Probe.from_url(url) as probe:
            yield from _examine(probe, url)
    except HotlineError as error:
        text = f"{error.message}; AMI is switched on by enabled=yes in the [general] of manager.conf"
        yield Finding(Level.FAIL, text, "manager.conf:\n" + advice.ami_user())


def _examine(probe: Probe, url: str) -> Findings:
    reply = probe.login()
    if value(reply, "Response") != "Success":
        user = url.rsplit("//", maxsplit=1)[-1].split(":", maxsplit=1)[0]
        text = f"AMI is there but refuses the user {user!r}: {value(reply, 'Message')}"
        yield Finding(Level.FAIL, text, "manager.conf, then `manager reload`:\n" + advice.ami_user(user))
        return
    yield ok("AMI: signed in")
    for look in (_version, _clock, _actions, _classes, _modules, _dialplan, _endpoints, _self_call):
        yield from look(probe)


def _version(probe: Probe) -> Findings:
    version = value(probe.action("CoreSettings"), "AsteriskVersion")
    yield judge_version(version)


def judge_version(version: str) -> Finding:
    """20 and newer are tried; 18 and 19 may do."""
    match = re.match(r"(?:GIT-|certified/)?(\d+)", version)
    major = int(match[1]) if match else 0
    if major >= _OLDEST_TRIED:
        return ok(f"version: Asterisk {version}")
    if major >= _OLDEST:
        return Finding(Level.WARN, f"version: Asterisk {version} is older than what we try ({_OLDEST_TRIED})")
    return Finding(Level.FAIL, f"version: Asterisk {version or 'unknown'}; {_OLDEST_TRIED} or newer is needed")


def _clock(probe: Probe) -> Findings:
    before = time.time()
    stamp = value(probe.action("Ping"), "Timestamp")
    after = time.time()
    try:
        offset = float(stamp) - (before + after) / 2
    except ValueError:
        yield Finding(Level.WARN, "clock: this Asterisk does not tell its time")
        return
    yield judge_clock(offset)


def judge_clock(offset_seconds: float) -> Finding:
    """Waiting times are measured on two clocks: a second apart shows, more is wrong."""
    text = f"clock: {offset_seconds:+.3f} s from ours"
    if abs(offset_seconds) < 0.5:
        return ok(text)
    level = Level.WARN if abs(offset_seconds) < 5 else Level.FAIL
    return Finding(level, text, "let both machines keep time by NTP (chrony or systemd-timesyncd)")


def _actions(probe: Probe) -> Findings:
    offered = {name for name, _text in probe.action("ListCommands")}
    missing = [name for name in ACTIONS if name not in offered]
    if not missing:
        yield ok("rights: every action that we use is allowed")
        return
    paste = (
        "manager.conf, then `manager reload`; if the class is there, its module is not loaded:\n" + advice.ami_user()
    )
    yield Finding(Level.FAIL, f"rights: not allowed or not there: {', '.join(missing)}", paste)


def _classes(probe: Probe) -> Findings:
    config = probe.action("GetConfig", Filename="manager.conf", Category=probe.user)
    lines = [text for name, text in config if name.startswith("Line-")]
    read = next((line.split("=", 1)[1] for line in lines if line.startswith("read=")), None)
    if read is None:
        yield Finding(Level.WARN, f"rights: cannot see which event classes we get; needed: {AMI_CLASSES}")
        return
    given = {name.strip() for name in read.split(",")}
    missing = [name for name in AMI_CLASSES.split(",") if name not in given and "all" not in given]
    if missing:
        yield Finding(
            Level.FAIL, f"rights: no events of class {', '.join(missing)}", f"manager.conf: read={AMI_CLASSES}"
        )
    elif given & {"all", "dialplan", "verbose", "command"}:
        yield Finding(
            Level.WARN, "rights: more event classes than needed cost time", f"manager.conf: read={AMI_CLASSES}"
        )
    else:
        yield ok(f"rights: events of class {', '.join(sorted(given))}")


def _modules(probe: Probe) -> Findings:
    missing = missing_modules(probe, REQUIRED)
    for_browsers = missing_modules(probe, REQUIRED_FOR_BROWSERS)
    if missing:
        yield Finding(Level.FAIL, f"modules: not loaded: {', '.join(missing)}", _load(missing))
    if for_browsers:
        text = f"modules: no phones in browsers without {', '.join(for_browsers)}"
        yield Finding(Level.FAIL, text, _load(for_browsers))
    if not missing and not for_browsers:
        yield ok(f"modules: all {len(REQUIRED) + len(REQUIRED_FOR_BROWSERS)} loaded")


def _load(names: list[str]) -> str:
    return "modules.conf, then restart Asterisk:\n" + "".join(f"load={name}\n" for name in names)


def _dialplan(probe: Probe) -> Findings:
    missing = [name for name in CONTEXTS if not probe.listing("ShowDialPlan", Context=name)]
    if missing:
        paste = f"extensions.conf (FreePBX: extensions_custom.conf), then `dialplan reload`:\n{advice.INCLUDE}"
        yield Finding(Level.FAIL, f"dialplan: no context {', '.join(missing)}", paste)
    else:
        yield ok(f"dialplan: {', '.join(CONTEXTS)}")


def _endpoints(probe: Probe) -> Findings:
    names = [value(row, "ObjectName") for row in probe.listing("PJSIPShowEndpoints")]
    details = [detail for name in names[:_MOST_ENDPOINTS] for detail in _detail(probe, name)]
    trunks = [detail for detail in details if value(detail, "Context") == "hotline-inbound"]
    if trunks:
        yield ok(
            f"endpoints: {len(names)}; calls come in by {', '.join(value(trunk, 'ObjectName') for trunk in trunks)}"
        )
    else:
        text = f"endpoints: {len(names)}, and none leads into hotline-inbound"
        yield Finding(Level.FAIL, text, "pjsip.conf:\n" + advice.TRUNK)
    for detail in details:
        yield from judge_endpoint(detail)


def _detail(probe: Probe, name: str) -> list[Packet]:
    rows = probe.listing("PJSIPShowEndpoint", Endpoint=name)
    return [row for row in rows if value(row, "Event") == "EndpointDetail"]


def judge_endpoint(detail: Packet) -> Findings:
    """What is wrong with one endpoint of ours; nothing is said of endpoints of others."""
    name, context = value(detail, "ObjectName"), value(detail, "Context")
    if not context.startswith("hotline-"):
        return
    codecs = set(re.findall(r"[a-z0-9]+", value(detail, "Allow")))
    if not codecs & {"ulaw", "alaw"}:
        yield Finding(
            Level.WARN, f"codecs: {name} speaks neither ulaw nor alaw", f"pjsip.conf [{name}]: allow=ulaw,alaw"
        )
    if value(detail, "DirectMedia") == "true":
        text = f"{name}: media past Asterisk cannot be held or recorded"
        yield Finding(Level.WARN, text, f"pjsip.conf [{name}]: direct_media=no")
    if value(detail, "Webrtc") == "yes" and value(detail, "RtpTimeout") in {"", "0"}:
        text = f"{name}: a browser that dies keeps its call for ever"
        yield Finding(Level.WARN, text, f"pjsip.conf [{name}]: rtp_timeout=5")


def _self_call(probe: Probe) -> Findings:
    check = uuid.uuid4().hex
    probe.action(
        "Originate", Channel="Local/s@hotline-check", Application="Wait", Data="2", Async="true",
        Variable=f"__HOTLINE_CHECK={check}",
    )  # fmt: skip
    answer = _await_check(probe, check)
    if answer is None:
        text = "self-call: no answer; Originate, the dialplan or events of class user do not work"
        yield Finding(Level.FAIL, text)
        return
    yield from judge_sounds(value(answer, "English"), value(answer, "Chinese"), value(answer, "Directory"))
    music = any(value(packet, "Event") == "MusicOnHoldStart" for packet in probe.events)
    silent = Finding(
        Level.WARN, "music: class default is silent", "musiconhold.conf:\n[default]\nmode=files\ndirectory=moh"
    )
    yield ok("music: class default plays") if music else silent


def _await_check(probe: Probe, check: str) -> Packet | None:
    passed: list[Packet] = []
    while packet := probe.wait_event("UserEvent", 5):
        if value(packet, "Check") == check:
            break
        passed.append(packet)
    probe.events.extend(passed)
    return packet


def judge_sounds(english: str, chinese: str, directory: str) -> Findings:
    """A missing prompt ends the menu's command, so a caller would hear nothing of it."""
    missing = [name for name, there in (("English", english), ("Chinese", chinese)) if there != "1"]
    if not missing:
        yield ok(f"sounds: English and Chinese prompts in {directory}")
    else:
        yield Finding(Level.FAIL, f"sounds: no {' and '.join(missing)} prompts", advice.copy_sounds(directory))


def own_ami_url(directory: Path) -> str | None:
    """The AMI address of our own Asterisk in `directory`, read from what was rendered for it."""
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    if not parser.read(directory / "etc/manager.conf"):
        return None
    general = parser["general"]
    user = next(name for name in parser.sections() if name != "general")
    host, port, secret = general["bindaddr"], general["port"], parser[user]["secret"]
    return f"ami://{quote(user)}:{quote(secret)}@{host}:{port}"


def report(findings: Findings, write: Callable[[str], object]) -> bool:
    """Write one line a finding, what to paste below it; True when nothing failed."""
    worst_is_fail = False
    for finding in findings:
        worst_is_fail |= finding.level is Level.FAIL
        write(f"{finding.level:<5} {finding.text}")
        for line in finding.paste.splitlines():
            write(f"        {line}")
    return not worst_is_fail
