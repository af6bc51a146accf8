"""Channels: what the telephone network tells us, and what we tell it."""
