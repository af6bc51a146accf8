"""Programs from the machine's own Debian or Ubuntu mirror, unpacked without root and without installing.

`fetch(PackageSet(...))` gives a `Tree`: the packages with everything they need, unpacked side by side in the
cache (`~/.cache/hotline`, or HOTLINE_CACHE). No maintainer script runs, no file outside of the cache changes.
The downloaded packages stay in the cache, so a tree can be made again without a mirror.
"""

from __future__ import annotations

import fcntl
import json
import os
import platform
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from core.embedded.apt import (
    HOST,
    AptError,
    Distribution,
    Pinned,
    PrivateApt,
    Progress,
    read_distribution,
    suites,
    upstream_major,
    usable,
)

_MERGED = ("bin", "sbin", "lib", "lib64")
_UNNEEDED = ("doc", "man", "info", "locale", "lintian", "bug", "bash-completion")


class ProgramUnavailableError(Exception):
    """Neither the cache nor this machine's package mirror has the program; the message says what to do."""

    code = "program_unavailable"


@dataclass(frozen=True)
class PackageSet:
    """What to fetch. `without` are prefixes of package names that the program runs well without.

    `minimum_major` is asked of the first package; `host_suite_only` is for programs that must run on the
    machine's own C library; `rolling_first_on` names distributions whose stable releases have no such package.
    """

    name: str
    packages: tuple[str, ...]
    without: tuple[str, ...] = ()
    minimum_major: int = 0
    host_suite_only: bool = False
    rolling_first_on: tuple[str, ...] = ()

    @property
    def main(self) -> str:
        """The package whose version is the program's version."""
        return self.packages[0]


@dataclass(frozen=True)
class Tree:
    """Unpacked packages below `root`; `versions` by package name."""

    root: Path
    suite: str
    versions: dict[str, str]

    def library_directory(self) -> Path:
        """Directory of the tree's shared libraries and of its loader."""
        return self.loader().parent

    def loader(self) -> Path:
        """The tree's own dynamic loader, through which its programs run on any C library."""
        found = sorted((self.root / "usr/lib").glob("*/ld-linux-*.so.*"))
        if not found:
            raise ProgramUnavailableError(f"the tree {self.root} holds no dynamic loader: remove it and start again")
        return found[0]


def cache_root() -> Path:
    """Directory of everything downloaded: HOTLINE_CACHE, else ~/.cache/hotline."""
    chosen = os.environ.get("HOTLINE_CACHE")
    return Path(chosen).expanduser().absolute() if chosen else Path.home() / ".cache/hotline"


def cached(package_set: PackageSet) -> Tree | None:
    """The unpacked tree when the cache holds a whole one that answers this request."""
    return _read_tree(_place(package_set, read_distribution()), package_set)


def fetch(package_set: PackageSet, progress: Progress = lambda _line: None) -> Tree:
    """Give the tree from the cache, else from kept packages, else from the mirror.

    Waits for another process that fetches the same set. Raises ProgramUnavailableError.
    """
    distribution = read_distribution()
    place = _place(package_set, distribution)
    tree = _read_tree(place, package_set)
    if tree:
        return tree
    if not usable():
        raise ProgramUnavailableError(
            f"{package_set.main} is not installed and this machine has no apt to fetch it with: install it by hand"
        )
    place.mkdir(parents=True, exist_ok=True)
    with _exclusively(place / "lock", package_set.main, progress):
        return _read_tree(place, package_set) or _make_tree(place, package_set, distribution, progress)


def _place(package_set: PackageSet, distribution: Distribution) -> Path:
    machine = platform.machine() or "unknown"
    return cache_root() / "debian" / f"{package_set.name}-{distribution.codename or distribution.id}-{machine}"


def _request(package_set: PackageSet) -> list[str]:
    return [*package_set.packages, *(f"-{prefix}" for prefix in package_set.without)]


def _read_manifest(path: Path, package_set: PackageSet) -> tuple[str, dict[str, str]] | None:
    try:
        manifest = json.loads(path.read_text())
    except (OSError, ValueError):
        return None
    if manifest.get("request") != _request(package_set):
        return None
    return manifest["suite"], manifest["versions"]


def _read_tree(place: Path, package_set: PackageSet) -> Tree | None:
    manifest = _read_manifest(place / "tree/hotline-manifest.json", package_set)
    return Tree(place / "tree", *manifest) if manifest else None


@contextmanager
def _exclusively(path: Path, what: str, progress: Progress) -> Iterator[None]:
    with path.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress(f"{what}: another process is fetching it, waiting")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _make_tree(place: Path, package_set: PackageSet, distribution: Distribution, progress: Progress) -> Tree:
    kept = place / "debs/hotline-manifest.json"
    manifest = _read_manifest(kept, package_set)
    if manifest is None:
        _download(place, package_set, distribution, progress)
        manifest = _read_manifest(kept, package_set)
    if manifest is None:
        raise ProgramUnavailableError(f"{package_set.main}: the cache {place} cannot be written")
    progress(f"{package_set.main}: unpacking {len(manifest[1])} packages")
    _unpack(place)
    return Tree(place / "tree", *manifest)


def _download(place: Path, package_set: PackageSet, distribution: Distribution, progress: Progress) -> None:
    def say(line: str) -> None:
        progress(f"{package_set.main}: {line}")

    partial = place / "debs.partial"
    partial.mkdir(exist_ok=True)
    views = cache_root() / "debian/apt"
    views.mkdir(parents=True, exist_ok=True)
    with _exclusively(views / "lock", "apt", say):
        apt, plan = _choose_suite(package_set, distribution, say)
        wanted = [package for package in plan if not package.name.startswith(package_set.without or ("\0",))]
        say(f"fetching version {_version_of(package_set.main, plan)} from {apt.suite}, {len(wanted)} packages")
        try:
            apt.download(wanted, partial, say)
        except AptError as error:
            raise ProgramUnavailableError(f"{package_set.main}: {error}") from error
    _keep(partial, place / "debs", package_set, apt.suite, wanted)


def _keep(partial: Path, debs: Path, package_set: PackageSet, suite: str, wanted: list[Pinned]) -> None:
    versions = {package.name: package.version for package in wanted}
    manifest = {"request": _request(package_set), "suite": suite, "versions": versions}
    (partial / "hotline-manifest.json").write_text(json.dumps(manifest, indent=1))
    if debs.exists():
        shutil.rmtree(debs)
    partial.rename(debs)


def _choose_suite(
    package_set: PackageSet, distribution: Distribution, say: Progress
) -> tuple[PrivateApt, list[Pinned]]:
    reasons: list[str] = []
    for suite in _suites(package_set, distribution):
        apt = PrivateApt(cache_root() / "debian/apt", suite, distribution)
        say(f"asking this machine's package mirror, suite {apt.suite}")
        try:
            return apt, _plan(apt, package_set)
        except AptError as error:
            reasons.append(str(error))
    raise ProgramUnavailableError(
        f"{package_set.main} is neither installed, nor in the cache {cache_root()}, nor to be had from this "
        f"machine's package mirror ({'; '.join(reasons)}). Install it by hand and start again."
    )


def _suites(package_set: PackageSet, distribution: Distribution) -> tuple[str, ...]:
    if package_set.host_suite_only:
        return (HOST,)
    return suites(distribution, rolling_first=distribution.id in package_set.rolling_first_on)


def _plan(apt: PrivateApt, package_set: PackageSet) -> list[Pinned]:
    apt.update()
    plan = apt.plan(package_set.packages)
    version = _version_of(package_set.main, plan)
    if upstream_major(version) < package_set.minimum_major:
        raise AptError(f"{apt.suite} has only version {version}")
    return plan


def _version_of(name: str, plan: list[Pinned]) -> str:
    return next((package.version for package in plan if package.name == name), "0")


def _unpack(place: Path) -> None:
    fresh = place / "tree.partial"
    if fresh.exists():
        shutil.rmtree(fresh)
    (fresh / "usr").mkdir(parents=True)
    for name in _MERGED:
        (fresh / "usr" / name).mkdir()
        (fresh / name).symlink_to(f"usr/{name}")
    with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as pool:
        for _done in pool.map(lambda package: _unpack_one(package, fresh), sorted((place / "debs").glob("*.deb"))):
            pass
    shutil.copy(place / "debs/hotline-manifest.json", fresh)
    if (place / "tree").exists():
        shutil.rmtree(place / "tree")
    fresh.rename(place / "tree")


def _unpack_one(package: Path, directory: Path) -> None:
    excludes = [f"--exclude=./usr/share/{name}/*" for name in _UNNEEDED]
    unpack = ["tar", "-x", "-C", str(directory), "--keep-directory-symlink", "--no-same-owner",
              "--no-same-permissions", *excludes]  # fmt: skip
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", str(package)], stdout=subprocess.PIPE) as reader:
        result = subprocess.run(unpack, stdin=reader.stdout, capture_output=True, text=True, check=False)
    if reader.returncode != 0 or result.returncode != 0:
        raise ProgramUnavailableError(f"{package.name} in the cache cannot be unpacked: {result.stderr.strip()[-300:]}")
