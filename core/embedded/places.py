"""Where a server that may not run as root can read its binaries and keep its data."""

from __future__ import annotations

import hashlib
import os
import pwd
import secrets
import shutil
import stat
from pathlib import Path

UNPRIVILEGED_USER = "nobody"
SYSTEM_PLACE = Path("/var/lib/hotline")


def server_user() -> str | None:
    """The user that a server which refuses root has to run as; None when we are not root ourselves."""
    return UNPRIVILEGED_USER if os.geteuid() == 0 else None


def reachable_by_others(path: Path) -> bool:
    """Whether a user with no special rights can enter every directory on the way to ``path``."""
    real = path.resolve()
    return all(parent.stat().st_mode & stat.S_IXOTH for parent in real.parents if parent.exists())


def own(path: Path, user: str | None) -> None:
    """Give ``path`` to ``user``; nothing when the user is ourselves."""
    if user is not None:
        entry = pwd.getpwnam(user)
        os.chown(path, entry.pw_uid, entry.pw_gid)


def data_directory(wanted: Path, user: str | None) -> Path:
    """Make ``wanted`` a directory that ``user`` owns and can reach (mode 0700) and return its real path.

    A root user's home is closed to others. Then the data goes to /var/lib/hotline and ``wanted`` becomes a
    link to it, so that the directory is still found, and deleted, where everybody expects it.
    """
    if not wanted.exists() and not wanted.is_symlink():
        open_directory(wanted.parent)
        if user is not None and not reachable_by_others(wanted):
            wanted.symlink_to(_system_directory(wanted))
        else:
            wanted.mkdir(mode=0o700)
    real = wanted.resolve()
    make_owned(real, user)
    return real


def make_owned(directory: Path, user: str | None) -> None:
    """Make sure of a directory that only ``user`` can enter."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    directory.chmod(0o700)
    own(directory, user)


def open_directory(directory: Path) -> None:
    """Make sure of a directory that others can enter, whatever the umask is."""
    if not directory.exists():
        directory.mkdir(parents=True)
        directory.chmod(0o755)


def _system_directory(wanted: Path) -> Path:
    digest = hashlib.sha256(str(wanted.absolute()).encode()).hexdigest()[:8]
    open_directory(SYSTEM_PLACE)
    return SYSTEM_PLACE / f"{wanted.parent.name}-{digest}-{secrets.token_hex(3)}"


def readable_copy(trees: tuple[Path, ...], name: str, user: str | None) -> Path:
    """The directory that holds ``trees`` side by side where ``user`` can run them: their own, or a copy."""
    home = trees[0].parent
    if user is None or all(reachable_by_others(tree / "x") for tree in trees):
        return home
    copy = SYSTEM_PLACE / name
    if copy.exists():
        return copy
    open_directory(SYSTEM_PLACE)
    half = copy.with_name(f"{name}.{secrets.token_hex(4)}")
    for tree in trees:
        shutil.copytree(tree, half / tree.name, symlinks=True)
    half.chmod(0o755)
    try:
        half.rename(copy)
    except OSError:  # somebody else made it at the same time
        shutil.rmtree(half)
    return copy
