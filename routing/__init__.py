"""Which agent gets which interaction: the engine, the one writer of a domain, presence and wrap-up."""
