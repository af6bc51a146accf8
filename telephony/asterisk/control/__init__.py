"""Call control: what happens on the PBX becomes facts, what routing decides becomes orders to the PBX."""
