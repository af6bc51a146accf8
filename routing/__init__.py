"""Which agent gets which interaction, decided by one writer a domain."""
