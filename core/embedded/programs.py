"""Programs that Hotline does not bring in a wheel: installed on this machine, or fetched (see debian.py).

    program = sipp()
    subprocess.run(program.command("-v"), env=program.environment())

Each function returns quickly when the program is installed or cached, and raises ProgramUnavailableError with
one sentence for the user when it cannot be had. HOTLINE_FETCHED_PROGRAMS=1 passes over installed programs.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from core.embedded.apt import Progress
from core.embedded.debian import PackageSet, ProgramUnavailableError, Tree, fetch

_LARGE_AND_IDLE = ("perl", "libperl", "systemd", "libllvm", "libz3", "libgl1-mesa-dri", "adwaita-icon-theme",
                   "hicolor-icon-theme", "login", "passwd", "pci.ids", "tzdata")  # fmt: skip

ASTERISK = PackageSet(
    "asterisk",
    ("asterisk", "asterisk-core-sounds-en-gsm", "asterisk-moh-opsound-wav"),
    without=(*_LARGE_AND_IDLE, "libsnmp", "pinentry", "libsemanage", "libcodec2"),
    minimum_major=20,
    rolling_first_on=("debian",),
)
SIPP = PackageSet("sipp", ("sip-tester",), without=_LARGE_AND_IDLE, minimum_major=3)
CHROMIUM = PackageSet(
    "chromium",
    ("chromium", "fonts-liberation", "fonts-wqy-microhei"),
    without=(*_LARGE_AND_IDLE, "libc6"),
    minimum_major=100,
    host_suite_only=True,
)
ESPEAK = PackageSet("espeak", ("espeak-ng",), without=_LARGE_AND_IDLE, minimum_major=1)


@dataclass(frozen=True)
class Program:
    """How to start a program. `root` is the unpacked tree, or / for an installed one."""

    argv_prefix: tuple[str, ...]
    version: str
    env: Mapping[str, str] = field(default_factory=dict)
    root: Path = Path("/")

    @property
    def is_fetched(self) -> bool:
        """Whether it runs from the cache."""
        return self.root != Path("/")

    def command(self, *arguments: str) -> list[str]:
        """The argument list for subprocess."""
        return [*self.argv_prefix, *arguments]

    def environment(self) -> dict[str, str]:
        """This process's environment with what the program needs on top."""
        return {**os.environ, **self.env}


def asterisk(progress: Progress = lambda _line: None) -> Program:
    """Asterisk 20 or newer with English sounds and music."""
    return _installed(("asterisk", "/usr/sbin/asterisk"), "-V", minimum_major=20) or _through_own_loader(
        fetch(ASTERISK, progress), "usr/sbin/asterisk", "asterisk"
    )


def sipp(progress: Progress = lambda _line: None) -> Program:
    """SIPp, the caller of the tests."""
    return _installed(("sipp",), "-v", minimum_major=3) or _through_own_loader(
        fetch(SIPP, progress), "usr/bin/sipp", "sip-tester"
    )


def espeak(progress: Progress = lambda _line: None) -> Program:
    """espeak-ng, the voice of the prompts."""
    installed = _installed(("espeak-ng",), "--version", minimum_major=1)
    if installed:
        return installed
    tree = fetch(ESPEAK, progress)
    data = str(tree.library_directory())
    return _through_own_loader(tree, "usr/bin/espeak-ng", "espeak-ng", {"ESPEAK_DATA_PATH": data})


def chromium(progress: Progress = lambda _line: None) -> Program:
    """Chromium with fonts for Latin and Chinese text; as root it needs --no-sandbox.

    Its processes start themselves again through /proc/self/exe, so it cannot run through a loader of its own:
    it is taken from the machine's own suite and runs on the machine's own C library.
    """
    names = ("chromium", "google-chrome", "google-chrome-stable", "chromium-browser", *_playwright_browsers())
    installed = _installed(names, "--version", minimum_major=100)
    if installed:
        return installed
    try:
        return _on_host_loader(fetch(CHROMIUM, progress))
    except ProgramUnavailableError as error:
        # Ubuntu has Chromium as a snap only.
        raise ProgramUnavailableError(f"{error} Another way: python -m playwright install chromium") from error


def _playwright_browsers() -> list[str]:
    found = sorted((Path.home() / ".cache/ms-playwright").glob("chromium-*/chrome-linux*/chrome"), reverse=True)
    return [str(path) for path in found]


def _installed(names: tuple[str, ...], version_option: str, minimum_major: int) -> Program | None:
    if os.environ.get("HOTLINE_FETCHED_PROGRAMS"):
        return None
    for path in filter(None, map(shutil.which, names)):
        try:
            result = subprocess.run([path, version_option], capture_output=True, text=True, timeout=20, check=False)
        except (OSError, subprocess.TimeoutExpired):
            continue
        version = re.search(r"(\d+)(?:\.\d+)+", result.stdout + result.stderr)
        if version and int(version[1]) >= minimum_major:
            return Program((path,), version[0])
    return None


def _through_own_loader(tree: Tree, path: str, package: str, env: Mapping[str, str] | None = None) -> Program:
    libraries = _library_path(tree)
    prefix = (str(tree.loader()), "--library-path", libraries, str(tree.root / path))
    configuration = tree.root / "etc/ssl/openssl.cnf"
    own = {"OPENSSL_CONF": str(configuration)} if configuration.exists() else {}
    return Program(prefix, tree.versions[package], {**own, **(env or {})}, tree.root)


def _library_path(tree: Tree) -> str:
    directories = {path.parent for path in (tree.root / "usr/lib").glob("*-linux-gnu*/*.so*")}
    directories |= {path.parent for path in (tree.root / "usr/lib").glob("*-linux-gnu*/pulseaudio/*.so*")}
    if not directories:
        raise ProgramUnavailableError(f"the tree {tree.root} holds no libraries: remove it and start again")
    return ":".join(map(str, sorted(directories)))


def _on_host_loader(tree: Tree) -> Program:
    fonts = write_fonts_configuration(tree)
    env = {"LD_LIBRARY_PATH": _library_path(tree), "FONTCONFIG_FILE": str(fonts)}
    binary = tree.root / "usr/lib/chromium/chromium"
    return Program((str(binary),), tree.versions["chromium"], env, tree.root)


def write_fonts_configuration(tree: Tree) -> Path:
    """Write a fontconfig file that names the tree's fonts and the machine's; return its path."""
    path = tree.root / "hotline-fonts.conf"
    families = "".join(
        f"<alias><family>{generic}</family><prefer>{preferred}</prefer></alias>\n"
        for generic, preferred in _FONT_PREFERENCES.items()
    )
    path.write_text(
        '<?xml version="1.0"?>\n<!DOCTYPE fontconfig SYSTEM "fonts.dtd">\n<fontconfig>\n'
        f"<dir>{tree.root}/usr/share/fonts</dir>\n<dir>/usr/share/fonts</dir>\n"
        f"<cachedir>{tree.root}/fontcache</cachedir>\n{families}</fontconfig>\n"
    )
    return path


_CHINESE = "<family>WenQuanYi Micro Hei</family>"
_FONT_PREFERENCES = {
    "sans-serif": f"<family>Liberation Sans</family>{_CHINESE}",
    "serif": f"<family>Liberation Serif</family>{_CHINESE}",
    "monospace": "<family>Liberation Mono</family><family>WenQuanYi Micro Hei Mono</family>",
}
