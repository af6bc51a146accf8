"""The names of all keys in Valkey. Nothing there is the truth: wiping it at any moment loses nothing."""

from __future__ import annotations


def events_stream(domain: str) -> str:
    """Stream of commits: each event of one has fields ``n0`` (name), ``p0`` (JSON payload), ``o0`` (position), …"""
    return f"hotline:{{{domain}}}:events"


def generation(domain: str) -> str:
    """A random value that changes exactly when Valkey has lost its memory."""
    return f"hotline:{{{domain}}}:generation"


def waits(domain: str) -> str:
    """Where everybody stands who waits, as the writer saw it lately; JSON of ``routing.writer.teller``."""
    return f"hotline:{{{domain}}}:waits"


def sign_in_failures(kind: str, value: str) -> str:
    """Counter of failed sign-ins for a login or an address."""
    return f"hotline:sign_in_failures:{kind}:{value}"


def chat_signals(domain: str) -> str:
    """Pub/sub channel of what passes in a chat and is kept nowhere; JSON of ``core.chat_signals``."""
    return f"hotline:{{{domain}}}:chat_signals"


def chat_rate(kind: str, value: str) -> str:
    """Counter of what a visitor, or an address, has sent lately."""
    return f"hotline:chat_rate:{kind}:{value}"
