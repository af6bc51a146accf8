"""Composition roots: one file a process, the only place that wires real adapters together."""
