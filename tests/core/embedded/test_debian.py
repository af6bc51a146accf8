"""Programs from Debian packages: what is decided without a mirror."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.embedded import apt, debian
from core.embedded.apt import Distribution, Pinned
from core.embedded.debian import PackageSet, ProgramUnavailableError, fetch

HELLO = PackageSet("hello", ("hello",))


def test_without_apt_the_message_says_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLINE_CACHE", str(tmp_path))
    monkeypatch.setattr(debian, "usable", lambda: False)
    with pytest.raises(ProgramUnavailableError, match="install it by hand"):
        fetch(HELLO)


def test_a_cache_made_elsewhere_serves_without_apt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLINE_CACHE", str(tmp_path))
    monkeypatch.setattr(debian, "usable", lambda: False)
    monkeypatch.setattr(debian, "read_distribution", lambda: Distribution("debian", "bookworm"))
    monkeypatch.setattr(debian.platform, "machine", lambda: "x86_64")
    tree = tmp_path / "debian/hello-bookworm-x86_64/tree"
    tree.mkdir(parents=True)
    manifest = {"request": ["hello"], "suite": "bookworm", "versions": {"hello": "1"}}
    (tree / "hotline-manifest.json").write_text(json.dumps(manifest))
    assert fetch(HELLO).versions == {"hello": "1"}


def test_a_plan_is_read_with_its_versions() -> None:
    output = (
        "Reading package lists...\n"
        "'http://mirror.test/pool/libc6_2.43-7_amd64.deb' libc6_2.43-7_amd64.deb 1866392 SHA256:00\n"
        "'http://mirror.test/pool/a_22%2b1_all.deb' a_1%3a22+1~x_all.deb 12 SHA256:00\n"
    )
    assert apt.parse_plan(output) == [Pinned("libc6", "2.43-7"), Pinned("a", "1:22+1~x")]


@pytest.mark.parametrize(
    ("version", "major"), [("1:22.10.1+dfsg~cs6-1", 22), ("3.6.1-1+b2", 3), ("2:1snap1", 1), ("x", 0)]
)
def test_the_major_number_of_a_version(version: str, major: int) -> None:
    assert apt.upstream_major(version) == major


def test_the_rolling_suite_is_asked_on_the_mirror_that_serves_the_machine() -> None:
    targets = [
        "http://mirror.test/debian/|bookworm|main|Packages",
        "http://mirror.test/debian/|bookworm|main|Translations",
        "http://mirror.test/debian/|bookworm-updates|main|Packages",
        "http://mirror.test/security/|bookworm-security|main|Packages",
        "http://other.test/tool/|nodistro|main|Packages",
    ]
    (line,) = apt.source_lines(targets, Distribution("debian", "bookworm"), "sid")
    assert line.endswith("http://mirror.test/debian/ sid main")
    assert line.startswith("deb ")


@pytest.mark.parametrize(
    ("identity", "expected"), [("debian", ("host", "sid")), ("ubuntu", ("host", "devel")), ("arch", ("host",))]
)
def test_suites_by_distribution(identity: str, expected: tuple[str, ...]) -> None:
    assert apt.suites(Distribution(identity, "x")) == expected
    assert apt.suites(Distribution(identity, "x"), rolling_first=True) == expected[::-1]


def test_os_release_is_read(tmp_path: Path) -> None:
    (tmp_path / "os-release").write_text('PRETTY_NAME="X"\nID=debian\nVERSION_CODENAME="bookworm"\n')
    assert apt.read_distribution(tmp_path / "os-release") == Distribution("debian", "bookworm")
    assert apt.read_distribution(tmp_path / "none") == Distribution("", "")
