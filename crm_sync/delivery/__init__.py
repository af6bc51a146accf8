"""Delivery of the outbox: due rows, leases, attempts, dead letters and their replay."""
