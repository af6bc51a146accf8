"""The configuration of a domain as YAML: read, checked, planned, applied, taken back, exported."""
