"""A contact center in memory: days, rival rules, our own engine, and what each of them does for the customers. Pure."""
