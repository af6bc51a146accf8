"""The matching of waiting items with free agents. Pure: no database, no clock, no bus."""
