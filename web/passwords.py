"""Passwords by argon2id, in a thread of its own: one check costs some 50 ms of a core and 64 MiB."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_HASHER = PasswordHasher()
_THREADS = ThreadPoolExecutor(max_workers=2, thread_name_prefix="password")
_NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$MIIRqgvgQbgj220jfp0MPA$YfwJSVjtjSU0zzV/P3S9nnQ/USre2wvJMjfCIjrTQbg"
"""A hash that fits no password that anybody knows, with the costs of a real one."""


def hash_password(password: str) -> str:
    """The hash to store. Takes some 50 ms; in a coroutine use ``asyncio.to_thread``."""
    return _HASHER.hash(password)


async def is_right(stored: str | None, password: str) -> bool:
    """Whether the password fits; for an unknown user (None) the same work is done for nothing."""
    loop = asyncio.get_running_loop()
    fits = await loop.run_in_executor(_THREADS, _fits, stored or _NOBODY, password)
    return fits and stored is not None


def _fits(stored: str, password: str) -> bool:
    try:
        return _HASHER.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False
