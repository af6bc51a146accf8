"""Run as a script: drop to a user, ask the kernel to end us with our parent, become the given program.

``python -S -E leash.py PARENT_PID SIGNAL USER|- PROGRAM [ARGUMENT …]``. Standard library only, because it
runs before anything is set up. On systems without ``prctl`` only the user is changed.
"""

from __future__ import annotations

import ctypes
import os
import sys

_PR_SET_PDEATHSIG = 1


def drop_to(user: str) -> None:
    """Become ``user`` for good, with that user's groups. Needs root."""
    import pwd  # noqa: PLC0415  (not needed for the usual start as ourselves)

    entry = pwd.getpwnam(user)
    os.setgroups([])
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)


def end_with_parent(parent: int, signal_number: int) -> None:
    """Have the kernel send us ``signal_number`` when the parent dies; leave now if it is already gone."""
    if not sys.platform.startswith("linux"):
        return
    # A change of user clears the setting, so this comes after drop_to.
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal_number, 0, 0, 0)
    if os.getppid() != parent:  # it died between its fork and our prctl
        sys.exit(1)


def main(arguments: list[str]) -> None:
    """See the module's docstring."""
    parent, signal_number, user, program = int(arguments[0]), int(arguments[1]), arguments[2], arguments[3]
    if user != "-":
        drop_to(user)
    end_with_parent(parent, signal_number)
    os.execvp(program, arguments[3:])


if __name__ == "__main__":
    main(sys.argv[1:])
