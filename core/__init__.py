"""The shared floor: words, ids, clock, errors, settings, database, bus, tables."""
