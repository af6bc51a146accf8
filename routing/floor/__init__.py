"""The rules: what a fact does to interactions, agents and reservations. Pure, on values held in memory."""
