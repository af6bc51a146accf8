"""The doctor: judgements on values, and a look at a real Asterisk, whole and crippled."""

from __future__ import annotations

import pytest

from telephony.asterisk.pbx import doctor
from telephony.asterisk.pbx.doctor import Finding, Level
from tests.telephony.asterisk.pbx.conftest import POOR_USER, Switch


def levels(findings: list[Finding], start: str) -> list[Level]:
    return [finding.level for finding in findings if finding.text.startswith(start)]


@pytest.mark.parametrize(
    ("version", "level"),
    [
        ("22.10.1+dfsg", Level.OK),
        ("20.6.0~dfsg", Level.OK),
        ("certified/20.7-cert1", Level.OK),
        ("GIT-master", Level.FAIL),
        ("18.10.0", Level.WARN),
        ("16.28", Level.FAIL),
        ("", Level.FAIL),
    ],
)
def test_old_versions_are_named(version: str, level: Level) -> None:
    assert doctor.judge_version(version).level is level


@pytest.mark.parametrize(("offset", "level"), [(0.1, Level.OK), (-2.0, Level.WARN), (60.0, Level.FAIL)])
def test_a_clock_that_is_off_is_named(offset: float, level: Level) -> None:
    finding = doctor.judge_clock(offset)
    assert finding.level is level
    assert bool(finding.paste) is (level is not Level.OK)


def test_an_endpoint_that_would_hang_or_cannot_be_held_is_named() -> None:
    detail = [("ObjectName", "a1"), ("Context", "hotline-no-dial"), ("Allow", "(g729)"), ("DirectMedia", "true"),
              ("Webrtc", "yes"), ("RtpTimeout", "0")]  # fmt: skip
    pastes = [finding.paste for finding in doctor.judge_endpoint(detail)]
    assert [paste.split(": ")[1] for paste in pastes] == ["allow=ulaw,alaw", "direct_media=no", "rtp_timeout=5"]


def test_endpoints_of_others_are_left_alone() -> None:
    assert not list(doctor.judge_endpoint([("ObjectName", "x"), ("Context", "from-internal"), ("DirectMedia", "true")]))


def test_missing_prompts_come_with_the_commands_that_copy_them() -> None:
    (finding,) = doctor.judge_sounds("1", "", "/usr/share/asterisk/sounds")
    assert finding.level is Level.FAIL
    assert "Chinese" in finding.text
    assert "/usr/share/asterisk/sounds/zh/" in finding.paste


def test_the_report_has_a_line_a_finding_and_says_whether_any_failed() -> None:
    lines: list[str] = []
    findings = [doctor.ok("clock: good"), Finding(Level.WARN, "music: silent", "file:\nline")]
    assert doctor.report(iter(findings), lines.append)
    assert lines == ["ok    clock: good", "warn  music: silent", "        file:", "        line"]
    assert not doctor.report(iter([Finding(Level.FAIL, "x")]), lines.append)


def test_where_nothing_listens_the_ami_user_is_what_to_paste() -> None:
    (finding,) = doctor.examine("ami://hotline:x@127.0.0.1:9")
    assert finding.level is Level.FAIL
    assert "[hotline]" in finding.paste


@pytest.mark.parametrize(
    "url", ["", "http://", "ami://host", "ami://u:p@", "ami://u:p@host:99999999", "ami://u:%0d%0a@127.0.0.1:9"]
)
def test_an_address_that_is_none_is_a_finding_and_no_crash(url: str) -> None:
    (finding,) = doctor.examine(url)
    assert finding.level is Level.FAIL


@pytest.mark.journey
def test_our_own_asterisk_is_healthy(switch: Switch) -> None:
    findings = list(doctor.examine(switch.pbx.ami_url))
    assert {finding.level for finding in findings} == {Level.OK}, findings
    assert len(findings) >= 9
    assert doctor.own_ami_url(switch.pbx.config.directory) == switch.pbx.ami_url


@pytest.mark.journey
def test_a_user_without_rights_is_told_what_is_missing(switch: Switch) -> None:
    url = switch.pbx.ami_url.replace(f"//hotline:{switch.pbx.ami_secret}", f"//{POOR_USER}:poor-secret")
    findings = list(doctor.examine(url))
    (rights, *_rest) = [finding for finding in findings if finding.text.startswith("rights: not allowed")]
    assert "Originate" in rights.text
    assert "write=" in rights.paste
    assert levels(findings, "self-call") == [Level.FAIL]
    assert levels(findings, "modules") == [Level.OK]


@pytest.mark.journey
def test_a_wrong_secret_is_told_apart_from_a_dead_port(switch: Switch) -> None:
    (finding,) = doctor.examine(switch.pbx.ami_url.replace(switch.pbx.ami_secret, "wrong"))
    assert "refuses the user 'hotline'" in finding.text
