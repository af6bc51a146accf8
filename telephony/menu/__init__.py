"""Self-service menus: one definition in YAML, one pure interpreter; each channel has an adapter elsewhere."""
