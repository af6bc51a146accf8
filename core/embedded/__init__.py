"""Servers that we bring ourselves: PostgreSQL, Valkey and Node from wheels, the PBX from Debian packages."""
