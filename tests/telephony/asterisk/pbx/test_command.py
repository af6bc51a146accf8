"""`./hotline pbx`."""

from __future__ import annotations

import pytest

from processes import pbx_cli
from telephony.asterisk.pbx.configuration import DIALPLAN
from tests.telephony.asterisk.pbx.conftest import Switch


def test_config_prints_what_another_asterisk_needs(capsys: pytest.CaptureFixture[str]) -> None:
    assert pbx_cli.main(["config"]) == 0
    printed = capsys.readouterr().out
    assert f"#include {DIALPLAN}" in printed
    for file in ("manager.conf", "extensions.conf", "pjsip.conf", "http.conf"):
        assert file in printed


def test_prompts_are_up_to_date() -> None:
    assert pbx_cli.main(["prompts", "--check"]) == 0


def test_doctor_fails_where_there_is_no_pbx(capsys: pytest.CaptureFixture[str]) -> None:
    assert pbx_cli.main(["doctor", "--ami-url", "ami://a:b@127.0.0.1:9"]) == 1
    assert "no AMI at 127.0.0.1:9" in capsys.readouterr().out


@pytest.mark.journey
def test_doctor_finds_a_running_pbx_healthy(switch: Switch, capsys: pytest.CaptureFixture[str]) -> None:
    assert pbx_cli.main(["doctor", "--ami-url", switch.pbx.ami_url]) == 0
    assert "fail" not in capsys.readouterr().out
