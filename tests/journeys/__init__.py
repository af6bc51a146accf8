"""Whole ways on real parts: PBX, callers, browser, database, bus, worker."""
