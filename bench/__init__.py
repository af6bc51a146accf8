"""Measurements, each one command (``./hotline bench NAME``), each ending in one RESULT line."""
