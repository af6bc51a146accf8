"""The outside world, faked at the level of its protocols."""
