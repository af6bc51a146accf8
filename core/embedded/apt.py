"""A private view of the machine's own apt: same mirrors, same keys, nothing of the machine changed.

Mirrors, proxies and signing keys are taken from the configuration that apt itself reads; lists, package cache
and installed-package status are ours. With the empty status file apt resolves the whole closure of a package.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

Progress = Callable[[str], None]

DISTRIBUTION_KEYRINGS = {
    "debian": Path("/usr/share/keyrings/debian-archive-keyring.gpg"),
    "ubuntu": Path("/usr/share/keyrings/ubuntu-archive-keyring.gpg"),
}
ROLLING_SUITES = {"debian": "sid", "ubuntu": "devel"}
MOVING_NAMES = frozenset({"stable", "testing", "unstable", "sid", "devel"})
HOST = "host"
_FRESH_SECONDS = 900
_HOOKS = ("APT::Update::Pre-Invoke", "APT::Update::Post-Invoke", "APT::Update::Post-Invoke-Success")
_PLANNED = re.compile(r"^'[^']+' ([^_\s]+)_([^_\s]+)_[^_\s]+\.deb ")


class AptError(Exception):
    """apt is missing, or its mirror did not answer, or cannot give what was asked."""


@dataclass(frozen=True)
class Distribution:
    """What /etc/os-release says: `debian`, `bookworm`."""

    id: str
    codename: str


@dataclass(frozen=True)
class Pinned:
    """One package at one version, as apt resolved it."""

    name: str
    version: str


def read_distribution(os_release: Path = Path("/etc/os-release")) -> Distribution:
    """Read the distribution's id and codename; both empty when the file is not there."""
    if not os_release.exists():
        return Distribution("", "")
    pairs = (line.split("=", 1) for line in os_release.read_text().splitlines() if "=" in line)
    values = {key: value.strip().strip('"') for key, value in pairs}
    return Distribution(values.get("ID", ""), values.get("VERSION_CODENAME", ""))


def suites(distribution: Distribution, *, rolling_first: bool = False) -> tuple[str, ...]:
    """Suites to ask, in order: the machine's own and the rolling one of the same distribution."""
    rolling = ROLLING_SUITES.get(distribution.id)
    if rolling is None:
        return (HOST,)
    return (rolling, HOST) if rolling_first else (HOST, rolling)


def usable() -> bool:
    """Whether this machine has the tools of a Debian-like system."""
    return all(shutil.which(tool) for tool in ("apt-get", "apt-cache", "dpkg-deb", "tar"))


def parse_plan(output: str) -> list[Pinned]:
    """Packages that an installation would download (`apt-get --print-uris install`), in apt's order."""
    matches = (_PLANNED.match(line) for line in output.splitlines())
    return [Pinned(match[1], unquote(match[2])) for match in matches if match]


def upstream_major(version: str) -> int:
    """Major number of a Debian version: `1:22.10.1+dfsg-1` is 22; 0 when there is none."""
    match = re.match(r"(?:\d+:)?(\d+)", version)
    return int(match[1]) if match else 0


def source_lines(targets: Iterable[str], distribution: Distribution, suite: str) -> list[str]:
    """One-line sources for another suite on the mirrors that serve the machine's own suite.

    `targets` are lines `repo-uri|release|component|created-by` of `apt-get indextargets`.
    """
    keyring = DISTRIBUTION_KEYRINGS.get(distribution.id)
    option = f"[signed-by={keyring}] " if keyring and keyring.exists() else ""
    wanted: dict[str, None] = {}
    for line in targets:
        uri, release, component, created_by = line.strip().split("|")
        if created_by == "Packages" and release in MOVING_NAMES | {distribution.codename}:
            wanted[f"deb {option}{uri} {suite} {component}"] = None
    return list(wanted)


class PrivateApt:
    """apt with its own state below `base`, for one suite; `HOST` is the machine's own configuration.

    Not for two processes at once: the caller holds a lock.
    """

    def __init__(self, base: Path, suite: str, distribution: Distribution) -> None:
        self.suite = distribution.codename or distribution.id if suite == HOST else suite
        self._is_host = suite == HOST
        self._directory = base / self.suite
        self._distribution = distribution
        self._configuration = self._directory / "apt.conf"

    def update(self) -> None:
        """Fetch the package lists of the suite unless they are minutes old. Raises AptError."""
        self._prepare()
        stamp = self._directory / "updated"
        if stamp.exists() and 0 <= time.time() - stamp.stat().st_mtime < _FRESH_SECONDS:
            return
        result = self._run("apt-get", "update", "-q", "-o", "APT::Update::Error-Mode=any")
        if result.returncode != 0:
            raise AptError(f"the package lists of {self.suite} could not be fetched: {_last_error(result)}")
        stamp.touch()

    def plan(self, packages: Sequence[str]) -> list[Pinned]:
        """The closure of `packages`, without recommendations. Raises AptError when the suite lacks one."""
        # A simulation (-s) would say the same and take three times as long.
        result = self._run("apt-get", "-y", "--print-uris", "install", *packages)
        if result.returncode != 0:
            raise AptError(f"{self.suite} cannot give {' '.join(packages)}: {_last_error(result)}")
        return parse_plan(result.stdout)

    def download(self, pinned: Sequence[Pinned], directory: Path, progress: Progress) -> None:
        """Download and verify packages into `directory`; those already there are kept. Raises AptError."""
        names = [f"{package.name}={package.version}" for package in pinned]
        command = ["apt-get", "-q", "-c", str(self._configuration), "download", *names]
        with subprocess.Popen(
            command, cwd=directory, env=_environment(), text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        ) as process:  # fmt: skip
            lines = _follow(process, len(names), progress)
        if process.returncode != 0:
            raise AptError("the package download failed: " + (lines[-1] if lines else "no output"))

    def _prepare(self) -> None:
        for name in ("state/lists/partial", "cache/archives/partial", "sources", "log"):
            (self._directory / name).mkdir(parents=True, exist_ok=True)
        (self._directory / "state/status").touch()
        self._configuration.write_text("\n".join(self._settings()) + "\n")

    def _settings(self) -> list[str]:
        base = self._directory
        settings = [f"#clear {hook};" for hook in _HOOKS]
        settings += [
            f'Dir::State "{base}/state/";',
            f'Dir::State::status "{base}/state/status";',
            f'Dir::Cache "{base}/cache/";',
            'Dir::Cache::archives "archives/";',
            'Dir::Cache::pkgcache "pkgcache.bin";',
            'Dir::Cache::srcpkgcache "srcpkgcache.bin";',
            f'Dir::Log "{base}/log/";',
            'Dir::Etc::preferences "/dev/null";',
            'Dir::Etc::preferencesparts "/dev/null";',
            'APT::Install-Recommends "false";',
            'APT::Sandbox::User "";' if os.geteuid() != 0 else 'APT::Sandbox::User "root";',
            'Acquire::Languages "none";',
            'Acquire::Retries "3";',
            'Acquire::http::Timeout "20";',
        ]
        return settings + self._source_settings()

    def _source_settings(self) -> list[str]:
        if self._is_host:
            return []
        listing = self._directory / "sources/hotline.list"
        lines = source_lines(_index_targets(), self._distribution, self.suite) or self._lines_by_own_lists()
        if not lines:
            raise AptError(f"apt's configuration names no mirror of {self._distribution.id}")
        listing.write_text("\n".join(lines) + "\n")
        return ['Dir::Etc::sourcelist "/dev/null";', f'Dir::Etc::sourceparts "{listing.parent}/";']

    def _lines_by_own_lists(self) -> list[str]:
        """A machine whose own package lists were removed (a container) tells its mirrors only after an update."""
        host = PrivateApt(self._directory.parent, HOST, self._distribution)
        host.update()
        return source_lines(_index_targets("-c", str(host._configuration)), self._distribution, self.suite)

    def _run(self, tool: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [tool, "-c", str(self._configuration), *arguments]
        return subprocess.run(command, env=_environment(), text=True, capture_output=True, check=False)


def _index_targets(*options: str) -> list[str]:
    form = "$(REPO_URI)|$(RELEASE)|$(COMPONENT)|$(CREATED_BY)"
    command = ["apt-get", *options, "indextargets", "--format", form]
    result = subprocess.run(command, env=_environment(), text=True, capture_output=True, check=False)
    return result.stdout.splitlines()


def _follow(process: subprocess.Popen[str], total: int, progress: Progress) -> list[str]:
    lines: list[str] = []
    fetched = 0
    for line in process.stdout or ():
        lines.append(line.strip())
        if line.startswith("Get:"):
            fetched += 1
            if fetched % 20 == 0 or fetched == total:
                progress(f"{fetched} of {total} packages")
    return lines


def _last_error(result: subprocess.CompletedProcess[str]) -> str:
    lines = [line for line in result.stderr.splitlines() if line.startswith(("E:", "W:"))]
    return lines[-1] if lines else f"exit status {result.returncode}"


def _environment() -> dict[str, str]:
    return {**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
