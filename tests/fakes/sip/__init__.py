"""Fake phones at the protocol level: SIP over UDP, enough to call, to be called and to take times."""
