"""Programs from Debian packages: from a package mirror of the test's own, through the machine's real apt."""

from __future__ import annotations

import hashlib
import subprocess
import threading
from pathlib import Path

import pytest

from core.embedded import apt, debian, programs
from core.embedded.debian import PackageSet, ProgramUnavailableError, fetch

HELLO = PackageSet("hello", ("hello",))


def make_package(directory: Path, name: str, version: str, files: dict[str, str], depends: str = "") -> Path:
    """Build a .deb; `files` by path below /."""
    tree = directory / f"{name}-tree"
    (tree / "DEBIAN").mkdir(parents=True)
    control = f"Package: {name}\nVersion: {version}\nArchitecture: all\nMaintainer: Nobody\nDescription: test\n"
    (tree / "DEBIAN/control").write_text(control + (f"Depends: {depends}\n" if depends else ""))
    (tree / "DEBIAN/postinst").write_text(f"#!/bin/sh\ntouch {directory}/script-ran\n")
    (tree / "DEBIAN/postinst").chmod(0o755)
    for path, text in files.items():
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_text(text)
        (tree / path).chmod(0o4755)
    package = directory / f"{name}_{version}_all.deb"
    subprocess.run(
        ["dpkg-deb", "--build", "--root-owner-group", str(tree), str(package)], check=True, capture_output=True
    )
    return package


def make_index(directory: Path) -> None:
    """Write the mirror's index of the packages in it."""
    entries = []
    for package in sorted(directory.glob("*.deb")):
        control = subprocess.run(["dpkg-deb", "-f", str(package)], check=True, capture_output=True, text=True).stdout
        data = package.read_bytes()
        entries.append(
            f"{control}Filename: ./{package.name}\nSize: {len(data)}\nSHA256: {hashlib.sha256(data).hexdigest()}\n"
        )
    (directory / "Packages").write_text("\n".join(entries))


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A mirror with hello, which needs its library and a large idle thing; apt is set up with it alone."""
    directory = tmp_path / "mirror"
    directory.mkdir()
    make_package(directory, "hello", "2.4-1", {"usr/bin/hello": "#!/bin/sh\necho hi\n"}, "libhello, large-idle")
    make_package(
        directory, "libhello", "1.0", {"lib/x-linux-gnu/libhello.so.1": "", "usr/share/doc/libhello/README": ""}
    )
    make_package(directory, "large-idle", "9", {"usr/share/idle": "x"})
    make_index(directory)
    (tmp_path / "sources.list").write_text(f"deb [trusted=yes] file:{directory} ./\n")
    configuration = tmp_path / "apt.conf"
    configuration.write_text(
        f'Dir::Etc::sourcelist "{tmp_path}/sources.list";\nDir::Etc::sourceparts "/dev/null";\n'
        f'APT::Update::Post-Invoke {{"touch {tmp_path}/hook-ran";}};\n'
    )
    monkeypatch.setenv("APT_CONFIG", str(configuration))
    monkeypatch.setenv("HOTLINE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(debian, "suites", lambda _distribution, **_order: (apt.HOST,))
    return directory


def test_a_program_comes_with_what_it_needs_and_without_what_it_does_not(mirror: Path) -> None:
    lines: list[str] = []
    tree = fetch(PackageSet("hello", ("hello",), without=("large",)), lines.append)
    assert tree.versions == {"hello": "2.4-1", "libhello": "1.0"}
    assert (tree.root / "usr/bin/hello").read_text().endswith("echo hi\n")
    assert (tree.root / "usr/lib/x-linux-gnu/libhello.so.1").exists(), "/lib is merged into /usr/lib"
    assert not (tree.root / "usr/share/doc/libhello/README").exists()
    assert any("2 packages" in line for line in lines)


def test_nothing_of_the_package_or_of_the_machine_runs_or_changes(mirror: Path) -> None:
    tree = fetch(HELLO)
    assert not (mirror / "script-ran").exists()
    assert not (mirror.parent / "hook-ran").exists()
    mode = (tree.root / "usr/bin/hello").stat().st_mode
    assert mode & 0o111
    assert not mode & 0o6000, "no setuid programs"


def test_the_second_time_needs_no_mirror(mirror: Path) -> None:
    first = fetch(HELLO)
    (mirror / "Packages").unlink()
    assert fetch(HELLO) == first
    assert debian.cached(HELLO) == first


def test_a_lost_tree_is_made_again_from_the_kept_packages(mirror: Path) -> None:
    tree = fetch(HELLO)
    (tree.root / "hotline-manifest.json").unlink()
    for package in mirror.glob("*.deb"):
        package.unlink()
    assert fetch(HELLO).versions == tree.versions


def test_another_request_under_the_same_name_is_fetched_anew(mirror: Path) -> None:
    fetch(HELLO)
    assert "hello" not in fetch(PackageSet("hello", ("libhello",))).versions


def test_what_the_mirror_does_not_have_is_one_clear_sentence(mirror: Path) -> None:
    with pytest.raises(ProgramUnavailableError, match=r"neither installed, nor in the cache .*, nor to be had"):
        fetch(PackageSet("nothing", ("no-such-package",)))


def test_a_version_that_is_too_old_is_not_taken(mirror: Path) -> None:
    with pytest.raises(ProgramUnavailableError, match=r"only version 2\.4-1"):
        fetch(PackageSet("hello", ("hello",), minimum_major=3))


def test_a_package_that_was_tampered_with_on_the_way_is_refused(mirror: Path) -> None:
    with (mirror / "hello_2.4-1_all.deb").open("ab") as file:
        file.write(b"more")
    with pytest.raises(ProgramUnavailableError):
        fetch(HELLO)
    assert debian.cached(HELLO) is None


def test_a_damaged_package_in_the_cache_leaves_no_half_tree(mirror: Path) -> None:
    tree = fetch(HELLO)
    (tree.root / "hotline-manifest.json").unlink()
    package = next((tree.root.parent / "debs").glob("hello_*.deb"))
    package.write_bytes(package.read_bytes()[:200])
    with pytest.raises(ProgramUnavailableError, match="cannot be unpacked"):
        fetch(HELLO)
    assert debian.cached(HELLO) is None


def test_two_at_once_fetch_once(mirror: Path) -> None:
    lines: list[str] = []
    found: list[debian.Tree] = []
    threads = [threading.Thread(target=lambda: found.append(fetch(HELLO, lines.append))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert sum("unpacking" in line for line in lines) == 1


@pytest.mark.journey
def test_sipp_comes_from_the_machines_mirror_into_an_empty_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOTLINE_CACHE", str(tmp_path))
    monkeypatch.setenv("HOTLINE_FETCHED_PROGRAMS", "1")
    program = programs.sipp()
    assert program.is_fetched
    result = subprocess.run(
        program.command("-v"), env=program.environment(), capture_output=True, text=True, check=False
    )
    assert "SIPp v3" in result.stdout


_PAGE = """<canvas id=c width=80 height=40></canvas><script>
const shape = text => { const x = c.getContext('2d'); x.clearRect(0, 0, 80, 40); x.font = '32px sans-serif';
  x.fillText(text, 0, 32); return x.getImageData(0, 0, 80, 40).data.join() };
document.title = shape('客') !== shape('户') && shape('客') !== shape('A') ? 'distinct' : 'boxes' </script>"""


@pytest.mark.journey
def test_the_fetched_browser_draws_chinese_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLINE_FETCHED_PROGRAMS", "1")
    program = programs.chromium()
    page = tmp_path / "page.html"
    page.write_text(f'<meta charset="utf-8">{_PAGE}', encoding="utf-8")
    command = program.command(
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", f"--user-data-dir={tmp_path}/profile",
        "--dump-dom", page.as_uri(),
    )  # fmt: skip
    result = subprocess.run(command, env=program.environment(), capture_output=True, text=True, timeout=60, check=False)
    assert "<title>distinct</title>" in result.stdout, result.stderr[-1000:]


def test_mirrors_are_found_where_the_machine_has_no_package_lists_of_its_own(
    mirror: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, ...]] = []

    def targets(*options: str) -> list[str]:
        asked.append(options)
        return [f"file:{mirror}|bookworm|main|Packages"] if options else []

    monkeypatch.setattr(apt, "_index_targets", targets)
    rolling = apt.PrivateApt(tmp_path / "views", "sid", apt.Distribution("debian", "bookworm"))
    rolling._prepare()
    assert f"file:{mirror} sid main" in (tmp_path / "views/sid/sources/hotline.list").read_text()
    assert asked == [(), ("-c", str(tmp_path / "views/bookworm/apt.conf"))]
    assert (tmp_path / "views/bookworm/updated").exists()
