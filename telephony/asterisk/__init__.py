"""Calls through Asterisk: the link, translation of its events, call control, and the PBX itself."""
