"""The other systems of the company: one port, one file for each kind."""
